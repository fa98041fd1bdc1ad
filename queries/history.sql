-- Fetches all that happened to what a text may name (users, names, roles, providers), to their keys, and the records
-- behind it. Names lead to all users who ever bore them, so that it can be decided whose an event was.
-- CROSS JOIN: from what it is about to the rows of that, whatever SQLite would rather do (`who.sql` says why).
-- Parameters: id (AIDA…, AROA… or <account>:root), name and role (<account>/<name in lower case>), provider (ARN),
--   bare (a name in lower case, of any account); those that the text cannot be are null.
-- Columns: kind (of row), fields (a JSON array, in the order of the struct of that name in queries/reach.py, or in
--   queries/history.py for Match, Attempted, Event and SignIn), record (the packed record, for Event only).
WITH RECURSIVE
match (label, id) AS (
  SELECT 'User', u.id FROM user u WHERE u.id = :id
  UNION
  SELECT DISTINCT 'RoleId', n.from_id FROM named n WHERE n.from_label = 'RoleId' AND n.from_id = :id
  UNION
  SELECT 'Name', :name WHERE :name IS NOT NULL
  UNION
  SELECT 'Role', :role WHERE :role IS NOT NULL
  UNION
  SELECT 'Provider', :provider WHERE :provider IS NOT NULL
  UNION
  SELECT t.label, t.id FROM (
      SELECT to_label AS label, to_id AS id FROM named
      UNION SELECT 'Name', to_id FROM renamed
      UNION SELECT 'Name', from_id FROM renamed
      UNION SELECT from_label, from_id FROM created_by WHERE from_label IN ('Name', 'Role', 'Provider')
      UNION SELECT from_label, from_id FROM changed_by WHERE from_label IN ('Name', 'Role', 'Provider')
      UNION SELECT from_label, from_id FROM tagged WHERE from_label IN ('Name', 'Role', 'Provider')
      UNION SELECT from_label, from_id FROM untagged WHERE from_label IN ('Name', 'Role', 'Provider')
      UNION SELECT to_label, to_id FROM attempted WHERE to_label IN ('Name', 'Role', 'Provider')
      UNION SELECT to_label, to_id FROM belongs_to WHERE to_label = 'Name'
    ) t
    WHERE :bare IS NOT NULL AND lower(substr(t.id, -(length(:bare) + 1))) = '/' || :bare
),
about (label, id) AS (
  SELECT label, id FROM match
  UNION
  SELECT n.to_label, n.to_id FROM about a
    CROSS JOIN named n ON n.from_label = a.label AND n.from_id = a.id WHERE a.label IN ('User', 'RoleId')
  UNION
  SELECT n.from_label, n.from_id FROM about a
    CROSS JOIN named n ON n.to_label = 'Name' AND n.to_id = a.id WHERE a.label = 'Name'
  UNION
  SELECT 'Name', n.to_id FROM about a CROSS JOIN renamed n ON n.from_id = a.id WHERE a.label = 'Name'
  UNION
  SELECT 'Name', n.from_id FROM about a CROSS JOIN renamed n ON n.to_id = a.id WHERE a.label = 'Name'
  UNION
  SELECT 'AccessKey', b.from_id FROM about a
    CROSS JOIN belongs_to b ON b.to_label = a.label AND b.to_id = a.id WHERE a.label IN ('User', 'Name')
),
passed (event) AS (SELECT to_id FROM amends),
happened (event) AS (
  SELECT e.event FROM about a CROSS JOIN created_by e ON e.from_label = a.label AND e.from_id = a.id
  UNION SELECT e.event FROM about a CROSS JOIN changed_by e ON e.from_label = a.label AND e.from_id = a.id
  UNION SELECT e.event FROM about a CROSS JOIN attempted e ON e.to_label = a.label AND e.to_id = a.id
  UNION SELECT e.event FROM about a CROSS JOIN tagged e ON e.from_label = a.label AND e.from_id = a.id
  UNION SELECT e.event FROM about a CROSS JOIN untagged e ON e.from_label = a.label AND e.from_id = a.id
)
SELECT 'Match' AS kind, json_array(m.label, m.id) AS fields, NULL AS record FROM match m
UNION ALL
SELECT 'User', json_array(u.id, u.kind, u.account, u.arn, u.created), NULL
  FROM about a CROSS JOIN user u ON u.id = a.id WHERE a.label = 'User'
UNION ALL
SELECT 'Named', json_array(n.from_id, n.to_label, n.to_id, n.arn, n.name, n.first, n.last), NULL
  FROM about a CROSS JOIN named n ON n.from_label = 'User' AND n.from_id = a.id WHERE a.label = 'User'
UNION ALL
SELECT 'Named', json_array(n.from_id, n.to_label, n.to_id, n.arn, n.name, n.first, n.last), NULL
  FROM about a CROSS JOIN named n ON n.to_label = 'Role' AND n.to_id = a.id WHERE a.label = 'Role'
UNION ALL
SELECT 'Renamed', json_array(n.from_id, n.to_id, n.event, n.at, n.name), NULL
  FROM about a CROSS JOIN renamed n ON n.from_id = a.id
  WHERE a.label = 'Name' AND n.event NOT IN (SELECT event FROM passed)
UNION ALL
SELECT 'Key', json_array(k.id, k.lasting, k.issued, k.expires, k.source_identity, k.first, k.last), NULL
  FROM about a CROSS JOIN access_key k ON k.id = a.id WHERE a.label = 'AccessKey'
UNION ALL
SELECT 'Belongs', json_array(b.from_id, b.to_label, b.to_id, b.first, b.name), NULL
  FROM about a CROSS JOIN belongs_to b ON b.from_id = a.id WHERE a.label = 'AccessKey'
UNION ALL
SELECT 'Created', json_array(c.from_label, c.from_id, c.to_label, c.to_id, c.event, c.at, c.what), NULL
  FROM about a CROSS JOIN created_by c ON c.from_label = a.label AND c.from_id = a.id
  WHERE c.event NOT IN (SELECT event FROM passed)
UNION ALL
SELECT 'Changed', json_array(c.from_label, c.from_id, c.to_label, c.to_id, c.event, c.at, c.what, c.detail), NULL
  FROM about a CROSS JOIN changed_by c ON c.from_label = a.label AND c.from_id = a.id
  WHERE c.event NOT IN (SELECT event FROM passed)
UNION ALL
SELECT 'Attempted', json_array(t.to_label, t.to_id, t.from_label, t.from_id, t.event, t.at, t.what, t.error), NULL
  FROM about a CROSS JOIN attempted t ON t.to_label = a.label AND t.to_id = a.id
  WHERE t.event NOT IN (SELECT event FROM passed)
UNION ALL
SELECT 'Tagged', json_array(t.from_label, t.from_id, t.tag_key, t.tag_value, t.event, t.at), NULL
  FROM about a CROSS JOIN tagged t ON t.from_label = a.label AND t.from_id = a.id
  WHERE t.event NOT IN (SELECT event FROM passed)
UNION ALL
SELECT 'Untagged', json_array(t.from_label, t.from_id, t.tag_key, t.event, t.at), NULL
  FROM about a CROSS JOIN untagged t ON t.from_label = a.label AND t.from_id = a.id
  WHERE t.event NOT IN (SELECT event FROM passed)
UNION ALL
SELECT 'Listed', json_array(l.from_label, l.from_id, l.event, l.at), NULL
  FROM about a CROSS JOIN listed l ON l.from_label = a.label AND l.from_id = a.id
UNION ALL
SELECT 'SignIn', json_array(s.id, s.user, s.start, s.mfa, (SELECT min(i.event) FROM issued_by i
    WHERE i.from_label = 'Session' AND i.from_id = s.id AND i.to_label = 'User'
      AND i.event NOT IN (SELECT event FROM passed))), NULL
  FROM about a CROSS JOIN session s ON s.user = a.id
  WHERE a.label = 'User' AND s.kind = 'console' AND s.start IS NOT NULL
UNION ALL
SELECT 'Event', json_array(e.id, e.name), e.record
  FROM happened h CROSS JOIN event e ON e.id = h.event
