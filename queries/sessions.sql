-- Fetches sessions that fit all that is asked for, newest first; forwarded ones are counted per principal and service
-- unless :forwarded is 1. Whom a session leads back to is not decided here. (CROSS JOIN: `who.sql` says why.)
-- Parameters, each null where it was not asked for: principal (the text itself), name (in lower case, of any account),
--   user_name and role (<account>/<name in lower case>), person (the text itself), account, tag_key, tag_value (null
--   for any), since, until, earliest (when a session that lived at since can have begun); forwarded (0 or 1), limit,
--   many (tags to look at where nothing but a tag was asked for, else -1).
-- Columns: id, kind, arn, principal, account, name, start, first, last, source_identity, count (of sessions), keys
--   (number), some_keys (JSON array of ids), ends (latest expiry), issuers (JSON array of [label, id, name, how,
--   principal]), people (JSON array of [id, name]).
WITH RECURSIVE
users (id) AS (
  SELECT u.id FROM user u WHERE u.id = :principal OR u.arn = :principal
  UNION SELECT n.from_id FROM named n
    WHERE n.from_label = 'User' AND (n.arn = :principal OR n.to_id = :user_name OR lower(n.name) = :name)
),
roles (id) AS (
  SELECT :role WHERE :role IS NOT NULL
  UNION SELECT n.to_id FROM named n WHERE n.to_label = 'Role' AND lower(n.name) = :name
  UNION SELECT n.to_id FROM named n WHERE n.from_label = 'RoleId' AND n.from_id = :principal
),
lives (id) AS (
  SELECT n.from_id FROM named n
    WHERE n.from_label = 'RoleId' AND (n.from_id = :principal
      OR (n.to_id IN (SELECT id FROM roles) AND :principal NOT IN (SELECT from_id FROM named)))
),
of_principal (id) AS (
  SELECT s.id FROM users u CROSS JOIN session s ON s.user = u.id
  UNION SELECT s.id FROM session s WHERE s.principal = :principal
  UNION SELECT s.id FROM session s WHERE s.arn = :principal AND s.kind IN ('role', 'federated')
  UNION SELECT s.id FROM lives l CROSS JOIN session s ON s.principal > l.id || ':' AND s.principal < l.id || ';'
  UNION  -- the role's id is not known where only the issuance was seen, to EC2 or Lambda
  SELECT s.id FROM session s
    WHERE s.principal IS NULL AND :principal IS NOT NULL
      AND (s.role IN (SELECT id FROM roles) OR substr(s.role, instr(s.role, '/') + 1) = :name)
),
people (id) AS (
  SELECT i.id FROM identity i
    WHERE i.id = :person OR replace(i.id, '|', '/') = :person OR i.name = :person COLLATE NOCASE
      OR substr(i.id, instr(i.id, '|') + 1) = :person COLLATE NOCASE
  UNION  -- one person of Identity Center is known by name to the role's account, by id to the calls made for it
  SELECT o.to_id FROM people p
    CROSS JOIN issued_by e ON e.to_label = 'Identity' AND e.to_id = p.id
    CROSS JOIN on_behalf_of o ON o.from_id = e.session
  UNION
  SELECT e.to_id FROM people p
    CROSS JOIN on_behalf_of o ON o.to_id = p.id
    CROSS JOIN issued_by e ON e.session = o.from_id AND e.to_label = 'Identity'
),
led (label, id) AS (
  SELECT e.from_label, e.from_id FROM people p CROSS JOIN issued_by e ON e.to_label = 'Identity' AND e.to_id = p.id
    WHERE e.event NOT IN (SELECT to_id FROM amends)
  UNION
  SELECT 'Session', o.from_id FROM people p CROSS JOIN on_behalf_of o ON o.to_id = p.id
  UNION
  SELECT 'Session', s.id FROM session s
    WHERE s.source_identity IS NOT NULL AND s.source_identity = :person COLLATE NOCASE
  UNION
  SELECT 'Session', s.id FROM session s NOT INDEXED  -- sessions of Identity Center bear the person's name
    WHERE :person IS NOT NULL AND s.name = :person COLLATE NOCASE AND s.role LIKE '%/awsreservedsso\_%' ESCAPE '\'
  UNION
  SELECT 'AccessKey', k.id FROM access_key k
    WHERE k.source_identity IS NOT NULL AND k.source_identity = :person COLLATE NOCASE
  UNION  -- the session of a key, the keys of a session, and what they issued
  SELECT 'Session', b.to_id FROM led l
    CROSS JOIN belongs_to b ON b.from_id = l.id AND b.to_label = 'Session' WHERE l.label = 'AccessKey'
  UNION
  SELECT 'AccessKey', b.from_id FROM led l
    CROSS JOIN belongs_to b ON b.to_label = 'Session' AND b.to_id = l.id WHERE l.label = 'Session'
  UNION
  SELECT e.from_label, e.from_id FROM led l CROSS JOIN issued_by e ON e.to_label = l.label AND e.to_id = l.id
    WHERE e.event NOT IN (SELECT to_id FROM amends)
),
of_person (id) AS (SELECT id FROM led WHERE label = 'Session'),
tagged_key (label, id) AS (
  SELECT * FROM (SELECT t.from_label, t.from_id FROM session_tag t
    WHERE t.tag_key = :tag_key COLLATE NOCASE AND t.tag_value = :tag_value COLLATE NOCASE
      AND t.at >= coalesce(:earliest, '') AND t.at < coalesce(:until, '~') AND t.event NOT IN (SELECT to_id FROM amends)
    ORDER BY t.at DESC LIMIT :many)
  UNION
  SELECT * FROM (SELECT t.from_label, t.from_id FROM session_tag t
    WHERE :tag_value IS NULL AND t.tag_key = :tag_key COLLATE NOCASE
      AND t.at >= coalesce(:earliest, '') AND t.at < coalesce(:until, '~') AND t.event NOT IN (SELECT to_id FROM amends)
    ORDER BY t.at DESC LIMIT :many)
),
of_tag (id) AS (
  SELECT t.id FROM tagged_key t WHERE t.label = 'Session'
  UNION SELECT b.to_id FROM tagged_key t
    CROSS JOIN belongs_to b ON b.from_id = t.id AND b.to_label = 'Session' WHERE t.label = 'AccessKey'
),
wanted (id) AS (
  SELECT id FROM of_principal
    WHERE (:person IS NULL OR id IN (SELECT id FROM of_person)) AND (:tag_key IS NULL OR id IN (SELECT id FROM of_tag))
  UNION ALL
  SELECT id FROM of_person WHERE :principal IS NULL AND (:tag_key IS NULL OR id IN (SELECT id FROM of_tag))
  UNION ALL
  SELECT id FROM of_tag WHERE :principal IS NULL AND :person IS NULL
),
-- Ids begin with the start, so those of a time are neighbours, the newest last; undated ones begin with a dash.
dated (id) AS (
  SELECT s.id FROM session s
    WHERE :principal IS NULL AND :person IS NULL AND :tag_key IS NULL
      AND s.id >= coalesce(:earliest, '0') AND s.id < coalesce(:until, '~')
      AND (s.kind <> 'forwarded' OR :forwarded = 1) AND (:account IS NULL OR s.account = :account)
      AND (:since IS NULL OR s.start >= :since OR s.last >= :since OR EXISTS (
        SELECT 1 FROM belongs_to b CROSS JOIN access_key k ON k.id = b.from_id
          WHERE b.to_label = 'Session' AND b.to_id = s.id AND k.expires >= :since))
    ORDER BY s.id DESC LIMIT :limit
),
undated (id) AS (
  SELECT s.id FROM session s
    WHERE :principal IS NULL AND :person IS NULL AND :tag_key IS NULL AND s.id < '0'
),
fitting AS (
  SELECT s.id, 1 AS count, NULL AS keys, s.start, s.first, s.last
    FROM (SELECT id FROM wanted UNION ALL SELECT id FROM dated UNION ALL SELECT id FROM undated) w
    CROSS JOIN session s ON s.id = w.id
    WHERE (s.kind <> 'forwarded' OR :forwarded = 1) AND (:account IS NULL OR s.account = :account)
      AND (:until IS NULL OR coalesce(s.start, s.first) < :until)
      AND (:since IS NULL OR s.start >= :since OR s.last >= :since OR EXISTS (
        SELECT 1 FROM belongs_to b CROSS JOIN access_key k ON k.id = b.from_id
          WHERE b.to_label = 'Session' AND b.to_id = s.id AND k.expires >= :since))
    ORDER BY coalesce(s.start, s.first) DESC, s.id LIMIT :limit
),
folded AS (
  SELECT max(s.id) AS id, count(*) AS count,
      sum((SELECT count(*) FROM belongs_to b WHERE b.to_label = 'Session' AND b.to_id = s.id)) AS keys,
      min(s.start) AS start, min(s.first) AS first, max(s.last) AS last
    FROM session s
    WHERE s.user IS NOT NULL AND s.kind = 'forwarded' AND :forwarded = 0
      AND ((:principal IS NULL AND :person IS NULL AND :tag_key IS NULL) OR s.id IN (SELECT id FROM wanted))
      AND (:account IS NULL OR s.account = :account)
      AND (:until IS NULL OR s.start < :until)
      AND (:since IS NULL OR s.start >= :since OR s.last >= :since)
    GROUP BY s.user, s.name
)
SELECT s.id AS id, s.kind AS kind, s.arn AS arn, s.principal AS principal, s.account AS account, s.name AS name,
    f.start AS start, f.first AS first, f.last AS last, s.source_identity AS source_identity, f.count AS count,
    coalesce(f.keys, (SELECT count(*) FROM belongs_to b WHERE b.to_label = 'Session' AND b.to_id = s.id)) AS keys,
    (SELECT json_group_array(k.id) FROM (
      SELECT b.from_id AS id FROM belongs_to b WHERE b.to_label = 'Session' AND b.to_id = s.id
        ORDER BY b.from_id LIMIT 20) k) AS some_keys,
    (SELECT max(k.expires) FROM belongs_to b CROSS JOIN access_key k ON k.id = b.from_id
      WHERE b.to_label = 'Session' AND b.to_id = s.id) AS ends,
    (SELECT json_group_array(json_array(e.to_label, e.to_id, i.name, e.how, e.principal))
      FROM issued_by e LEFT JOIN identity i ON e.to_label = 'Identity' AND i.id = e.to_id
      WHERE (e.session = s.id OR (e.from_label = 'Session' AND e.from_id = s.id))
        AND e.event NOT IN (SELECT to_id FROM amends)) AS issuers,
    (SELECT json_group_array(json_array(o.to_id, i.name))
      FROM on_behalf_of o LEFT JOIN identity i ON i.id = o.to_id WHERE o.from_id = s.id) AS people
  FROM (SELECT * FROM fitting UNION ALL SELECT * FROM folded) f CROSS JOIN session s ON s.id = f.id
