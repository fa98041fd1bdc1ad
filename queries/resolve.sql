-- Fetches the nodes that an id may mean: an access key, a user, sessions (by id, ARN, principal id, or their role's id
-- or ARN; those that began in the 36 hours before :at if that is given), an event.
-- Parameters: id; root (id of the root user that the id may mean, or ''); life (the id if it is a role's, or '');
-- within, beyond (first and last text that a session ARN of the role that the id may mean can have, or ''); at (instant
-- or null).
-- Columns: label, id, kind, name (ARN), start, expires, last, key (the session's key where it has just one),
-- record (of an event, zlib).
SELECT 'AccessKey' AS label, k.id, 'key' AS kind, NULL AS name, k.issued AS start, k.expires, k.last, k.id AS key,
    NULL AS record
  FROM access_key k WHERE k.id = :id
UNION ALL
SELECT 'Event', e.id, 'event', e.name, e.at, NULL, e.at, NULL, e.record FROM event e WHERE e.id = :id
UNION ALL
SELECT 'User', u.id, 'user', u.arn, NULL, NULL, NULL, NULL, NULL FROM user u WHERE u.id IN (:id, :root)
UNION ALL
SELECT 'User', n.from_id, 'user', n.arn, n.first, NULL, n.last, NULL, NULL
  FROM named n WHERE n.arn = :id AND n.from_label = 'User'
UNION ALL
SELECT 'Session', s.id, s.kind, s.arn, s.start,
    (SELECT max(k.expires) FROM belongs_to b JOIN access_key k ON k.id = b.from_id
      WHERE b.to_label = 'Session' AND b.to_id = s.id),
    s.last,
    (SELECT CASE count(*) WHEN 1 THEN min(b.from_id) END FROM belongs_to b
      WHERE b.to_label = 'Session' AND b.to_id = s.id),
    NULL
  FROM (
    SELECT id FROM session WHERE id = :id
    UNION SELECT id FROM session WHERE arn = :id AND kind IN ('role', 'federated')
    UNION SELECT id FROM session WHERE principal = :id AND kind IN ('role', 'federated')
    UNION SELECT id FROM session WHERE :life <> '' AND principal > :life || ':' AND principal < :life || ';'
    UNION SELECT id FROM session WHERE :within <> '' AND arn BETWEEN :within AND :beyond
      AND kind IN ('role', 'federated')
  ) found
  CROSS JOIN session s ON s.id = found.id
  WHERE s.id = :id OR :at IS NULL OR s.start IS NULL
    OR s.start BETWEEN strftime('%Y-%m-%dT%H:%M:%SZ', :at, '-36 hours') AND :at
