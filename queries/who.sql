-- Fetches all that may matter to who is behind a credential: what can be reached from it by issuance, ownership,
-- session, role, user and name, and who made or changed what was reached. It decides nothing.
-- CROSS JOIN, so that every SQLite goes from what was reached to the rows about it, and never reads a table whole.
-- Parameters: label, id (a node: AccessKey, Session, User); label 'many' and as id a JSON array of [label, id].
-- Columns: kind (of row), fields (a JSON array, in the order of the struct of that name in queries/reach.py).
WITH RECURSIVE
reach (label, id) AS (
  SELECT :label, :id WHERE :label <> 'many'
  UNION
  SELECT value ->> 0, value ->> 1 FROM json_each(iif(:label = 'many', :id, '[]'))
  UNION  -- the credential that issued it
  SELECT i.to_label, i.to_id FROM reach r
    CROSS JOIN issued_by i ON i.from_label = r.label AND i.from_id = r.id WHERE r.label IN ('AccessKey', 'Session')
  UNION  -- the session or user whose key it is
  SELECT b.to_label, b.to_id FROM reach r
    CROSS JOIN belongs_to b ON b.from_id = r.id WHERE r.label = 'AccessKey'
  UNION  -- what else was issued for the session
  SELECT i.from_label, i.from_id FROM reach r
    CROSS JOIN issued_by i ON i.session = r.id WHERE r.label = 'Session'
  UNION  -- and, where nothing was, for the same session a second off
  SELECT i.from_label, i.from_id FROM reach r
    CROSS JOIN issued_by i ON i.session IN (
      strftime('%Y-%m-%dT%H:%M:%SZ', substr(r.id, 1, 20), '-1 second') || substr(r.id, 21),
      strftime('%Y-%m-%dT%H:%M:%SZ', substr(r.id, 1, 20), '+1 second') || substr(r.id, 21))
    WHERE r.label = 'Session' AND NOT EXISTS (SELECT 1 FROM issued_by WHERE session = r.id)
  UNION  -- sessions of the same sign-in
  SELECT 'Session', o.id FROM reach r
    CROSS JOIN session s ON s.id = r.id
    CROSS JOIN session o ON o.sign_in = s.sign_in AND o.principal = s.principal WHERE r.label = 'Session'
  UNION
  SELECT 'Role', s.role FROM reach r
    CROSS JOIN session s ON s.id = r.id WHERE r.label = 'Session' AND s.role IS NOT NULL
  UNION
  SELECT 'User', s.user FROM reach r
    CROSS JOIN session s ON s.id = r.id WHERE r.label = 'Session' AND s.user IS NOT NULL
  UNION  -- a caller of another account, known by its principal id: a role session that was alive
  SELECT 'Session', s.id FROM reach r
    CROSS JOIN issued_by i ON i.from_label = r.label AND i.from_id = r.id
    CROSS JOIN session s ON s.principal = i.principal AND s.kind = 'role'
     AND s.start BETWEEN strftime('%Y-%m-%dT%H:%M:%SZ', i.at, '-12 hours') AND i.at
    WHERE r.label IN ('AccessKey', 'Session') AND i.principal IS NOT NULL
  UNION  -- or a user
  SELECT 'User', u.id FROM reach r
    CROSS JOIN issued_by i ON i.from_label = r.label AND i.from_id = r.id
    CROSS JOIN user u ON u.id = i.principal WHERE r.label IN ('AccessKey', 'Session') AND i.principal IS NOT NULL
  UNION  -- or by its ARN
  SELECT 'User', n.from_id FROM reach r
    CROSS JOIN issued_by i ON i.from_label = r.label AND i.from_id = r.id
    CROSS JOIN named n ON n.arn = i.principal AND n.from_label = 'User'
    WHERE r.label IN ('AccessKey', 'Session') AND i.principal IS NOT NULL
  UNION  -- names of users, who else bore them, and what they became
  SELECT n.to_label, n.to_id FROM reach r
    CROSS JOIN named n ON n.from_label = 'User' AND n.from_id = r.id WHERE r.label = 'User'
  UNION
  SELECT n.from_label, n.from_id FROM reach r
    CROSS JOIN named n ON n.to_label = 'Name' AND n.to_id = r.id WHERE r.label = 'Name'
  UNION
  SELECT 'Name', n.to_id FROM reach r
    CROSS JOIN renamed n ON n.from_id = r.id WHERE r.label = 'Name'
  UNION
  SELECT 'Name', n.from_id FROM reach r
    CROSS JOIN renamed n ON n.to_id = r.id WHERE r.label = 'Name'
  UNION
  SELECT 'Provider', i.provider FROM reach r
    CROSS JOIN identity i ON i.id = r.id WHERE r.label = 'Identity' AND i.provider IS NOT NULL
  UNION  -- who made a long-lived key
  SELECT c.to_label, c.to_id FROM reach r
    CROSS JOIN created_by c ON c.from_label = 'AccessKey' AND c.from_id = r.id WHERE r.label = 'AccessKey'
  UNION  -- and who set a user's password
  SELECT c.to_label, c.to_id FROM reach r
    CROSS JOIN changed_by c ON c.from_label = r.label AND c.from_id = r.id
     AND c.what IN ('CreateLoginProfile', 'UpdateLoginProfile')
    WHERE r.label IN ('User', 'Name')
  UNION  -- whoever had CloudFormation work with the session's role shortly before
  SELECT c.to_label, c.to_id FROM reach r
    CROSS JOIN session s ON s.id = r.id AND s.name = 'AWSCloudFormation'
    CROSS JOIN runs_as a ON a.to_id = s.role AND a.from_label = 'Stack'
    CROSS JOIN created_by c ON c.from_label = 'Stack' AND c.from_id = a.from_id
     AND c.at BETWEEN strftime('%Y-%m-%dT%H:%M:%SZ', s.start, '-1 hour') AND s.start
    WHERE r.label = 'Session'
  UNION
  SELECT c.to_label, c.to_id FROM reach r
    CROSS JOIN session s ON s.id = r.id AND s.name = 'AWSCloudFormation'
    CROSS JOIN runs_as a ON a.to_id = s.role AND a.from_label = 'Stack'
    CROSS JOIN changed_by c ON c.from_label = 'Stack' AND c.from_id = a.from_id
     AND c.at BETWEEN strftime('%Y-%m-%dT%H:%M:%SZ', s.start, '-1 hour') AND s.start
    WHERE r.label = 'Session'
),
-- Who changed what was reached: their sessions and names, but not the whole of their own lineage.
changers (label, id) AS (
  SELECT c.to_label, c.to_id FROM reach r
    CROSS JOIN changed_by c ON c.from_label = r.label AND c.from_id = r.id
    WHERE r.label IN ('Role', 'Name', 'User', 'Provider', 'Identity')
),
owners (label, id) AS (
  SELECT label, id FROM changers
  UNION
  SELECT b.to_label, b.to_id FROM owners o
    CROSS JOIN belongs_to b ON b.from_id = o.id WHERE o.label = 'AccessKey'
  UNION
  SELECT 'User', s.user FROM owners o
    CROSS JOIN session s ON s.id = o.id WHERE o.label = 'Session' AND s.user IS NOT NULL
),
known (label, id) AS (
  SELECT label, id FROM reach UNION SELECT label, id FROM owners
)
SELECT 'Key' AS kind,
    json_array(k.id, k.lasting, k.issued, k.expires, k.source_identity, k.first, k.last) AS fields
  FROM reach r CROSS JOIN access_key k ON k.id = r.id WHERE r.label = 'AccessKey'
UNION ALL
SELECT 'Session', json_array(s.id, s.kind, s.arn, s.principal, s.account, s.name, s.start, s.source_identity,
    s.sign_in, s.first, s.last, s.role, s.role_arn, s.user)
  FROM known r CROSS JOIN session s ON s.id = r.id WHERE r.label = 'Session'
UNION ALL
SELECT 'Belongs', json_array(b.from_id, b.to_label, b.to_id, b.first, b.name)
  FROM known r CROSS JOIN belongs_to b ON b.from_id = r.id WHERE r.label = 'AccessKey'
UNION ALL
SELECT 'Issued', json_array(i.from_label, i.from_id, i.to_label, i.to_id, i.event, i.at, i.how, i.principal, i.session)
  FROM reach r CROSS JOIN issued_by i ON i.from_label = r.label AND i.from_id = r.id
  WHERE r.label IN ('AccessKey', 'Session') AND i.event NOT IN (SELECT to_id FROM amends)
UNION ALL
SELECT 'SessionTag', json_array(t.from_label, t.from_id, t.tag_key, t.tag_value, t.event, t.transitive, t.inherited)
  FROM reach r CROSS JOIN session_tag t ON t.from_label = r.label AND t.from_id = r.id
  WHERE r.label IN ('AccessKey', 'Session')
UNION ALL
SELECT 'User', json_array(u.id, u.kind, u.account, u.arn, u.created)
  FROM known r CROSS JOIN user u ON u.id = r.id WHERE r.label = 'User'
UNION ALL
SELECT 'Named', json_array(n.from_id, n.to_label, n.to_id, n.arn, n.name, n.first, n.last)
  FROM known r CROSS JOIN named n ON n.from_label = 'User' AND n.from_id = r.id WHERE r.label = 'User'
UNION ALL
SELECT 'Named', json_array(n.from_id, n.to_label, n.to_id, n.arn, n.name, n.first, n.last)
  FROM reach r CROSS JOIN named n ON n.to_label = 'Role' AND n.to_id = r.id WHERE r.label = 'Role'
UNION ALL
SELECT 'Renamed', json_array(n.from_id, n.to_id, n.event, n.at, n.name)
  FROM reach r CROSS JOIN renamed n ON n.from_id = r.id
  WHERE r.label = 'Name' AND n.event NOT IN (SELECT to_id FROM amends)
UNION ALL
SELECT 'Tagged', json_array(t.from_label, t.from_id, t.tag_key, t.tag_value, t.event, t.at)
  FROM reach r CROSS JOIN tagged t ON t.from_label = r.label AND t.from_id = r.id
  WHERE r.label IN ('User', 'Name', 'Role', 'Provider') AND t.event NOT IN (SELECT to_id FROM amends)
UNION ALL
SELECT 'Untagged', json_array(t.from_label, t.from_id, t.tag_key, t.event, t.at)
  FROM reach r CROSS JOIN untagged t ON t.from_label = r.label AND t.from_id = r.id
  WHERE r.label IN ('User', 'Name', 'Role', 'Provider') AND t.event NOT IN (SELECT to_id FROM amends)
UNION ALL
SELECT 'Listed', json_array(l.from_label, l.from_id, l.event, l.at)
  FROM reach r CROSS JOIN listed l ON l.from_label = r.label AND l.from_id = r.id WHERE r.label IN ('User', 'Role')
UNION ALL
SELECT 'Created', json_array(c.from_label, c.from_id, c.to_label, c.to_id, c.event, c.at, c.what)
  FROM reach r CROSS JOIN created_by c ON c.from_label = r.label AND c.from_id = r.id
  WHERE c.event NOT IN (SELECT to_id FROM amends)
UNION ALL
SELECT 'Changed', json_array(c.from_label, c.from_id, c.to_label, c.to_id, c.event, c.at, c.what, c.detail)
  FROM reach r CROSS JOIN changed_by c ON c.from_label = r.label AND c.from_id = r.id
  WHERE r.label IN ('Role', 'Name', 'User', 'Provider', 'Identity')
    AND c.event NOT IN (SELECT to_id FROM amends)
UNION ALL
SELECT 'Identity', json_array(i.id, i.kind, i.name, i.provider)
  FROM reach r CROSS JOIN identity i ON i.id = r.id WHERE r.label = 'Identity'
UNION ALL
SELECT 'Behalf', json_array(b.from_id, b.to_id)
  FROM reach r CROSS JOIN on_behalf_of b ON b.from_id = r.id WHERE r.label = 'Session'
UNION ALL
SELECT 'Within', json_array(w.from_id, w.to_id, k.kind)
  FROM reach r CROSS JOIN runs_in w ON w.from_id = r.id LEFT JOIN workload k ON k.id = w.to_id WHERE r.label = 'Session'
UNION ALL
SELECT 'Operated', json_array(s.id, c.from_id, c.to_label, c.to_id, c.event, c.at, c.what)
  FROM reach r
  CROSS JOIN session s ON s.id = r.id AND s.name = 'AWSCloudFormation'
  CROSS JOIN runs_as a ON a.to_id = s.role AND a.from_label = 'Stack'
  CROSS JOIN created_by c ON c.from_label = 'Stack' AND c.from_id = a.from_id
   AND c.at BETWEEN strftime('%Y-%m-%dT%H:%M:%SZ', s.start, '-1 hour') AND s.start
  WHERE r.label = 'Session' AND c.event NOT IN (SELECT to_id FROM amends)
    AND a.event NOT IN (SELECT to_id FROM amends)
    AND a.at <= s.start AND NOT EXISTS (  -- the stack's role then
      SELECT 1 FROM runs_as b WHERE b.from_label = 'Stack' AND b.from_id = a.from_id AND b.to_id <> a.to_id
        AND b.at > a.at AND b.at <= s.start)
UNION ALL
SELECT 'Operated', json_array(s.id, c.from_id, c.to_label, c.to_id, c.event, c.at, c.what)
  FROM reach r
  CROSS JOIN session s ON s.id = r.id AND s.name = 'AWSCloudFormation'
  CROSS JOIN runs_as a ON a.to_id = s.role AND a.from_label = 'Stack'
  CROSS JOIN changed_by c ON c.from_label = 'Stack' AND c.from_id = a.from_id
   AND c.at BETWEEN strftime('%Y-%m-%dT%H:%M:%SZ', s.start, '-1 hour') AND s.start
  WHERE r.label = 'Session' AND c.event NOT IN (SELECT to_id FROM amends)
    AND a.event NOT IN (SELECT to_id FROM amends)
    AND a.at <= s.start AND NOT EXISTS (  -- the stack's role then
      SELECT 1 FROM runs_as b WHERE b.from_label = 'Stack' AND b.from_id = a.from_id AND b.to_id <> a.to_id
        AND b.at > a.at AND b.at <= s.start)
UNION ALL
SELECT 'Place', json_array(p.address, p.agent, p.region, f.first, f.last)
  FROM seen_from f CROSS JOIN place p ON p.id = f.to_id WHERE f.from_label = :label AND f.from_id = :id
