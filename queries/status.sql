-- Fetches how many nodes there are, which baselines were read, and whether the record itself was touched.
-- Parameters: touches (names of events, each between spaces).
-- Columns: kind (count, baseline or touch), name (of the nodes, or the account), what and detail (event name and what it
--   was about), count, at, event, record (the packed record of a touch); null where a kind has no such thing.
SELECT 'count' AS kind, 'users' AS name, NULL AS what, NULL AS detail, count(*) AS count, NULL AS at, NULL AS event,
    NULL AS record
  FROM user
UNION ALL
SELECT 'count', 'roles', NULL, NULL, count(*), NULL, NULL, NULL FROM (
  SELECT to_id FROM named WHERE to_label = 'Role'
  UNION SELECT from_id FROM created_by WHERE from_label = 'Role'
  UNION SELECT role FROM session WHERE role IS NOT NULL)
UNION ALL
SELECT 'count', CASE WHEN s.kind = 'forwarded' THEN 'forwarded sessions' ELSE 'sessions' END, NULL, NULL, count(*),
    NULL, NULL, NULL
  FROM session s GROUP BY 2
UNION ALL
SELECT 'count', CASE WHEN k.lasting = 1 THEN 'long-lived keys' ELSE 'temporary keys' END, NULL, NULL, count(*),
    NULL, NULL, NULL
  FROM access_key k GROUP BY 2
UNION ALL
SELECT 'count', 'identities', NULL, NULL, count(*), NULL, NULL, NULL FROM identity
UNION ALL
SELECT 'count', 'records kept', NULL, NULL, count(*), NULL, NULL, NULL FROM event
UNION ALL
SELECT 'baseline', l.to_id, NULL, NULL, count(DISTINCT l.from_id), l.at, NULL, NULL FROM listed l GROUP BY l.to_id, l.at
UNION ALL
SELECT 'touch', c.from_id, c.what, c.detail, NULL, c.at, c.event, e.record
  FROM changed_by c LEFT JOIN event e ON e.id = c.event
  WHERE c.from_label = 'Account' AND instr(:touches, ' ' || c.what || ' ') > 0
    AND c.event NOT IN (SELECT to_id FROM amends)
