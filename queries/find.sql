-- Fetches principals, sessions, keys and people that a text may mean, the newest of each; it says of none why it fits.
-- Forwarded sessions are left out: their user and their key are found. (CROSS JOIN: `who.sql` says why.)
-- Parameters: part (a LIKE pattern, \ escapes), key_part (the same, where it may be of a key's id), first_id and
--   last_id (principal ids that begin so), first_address and last_address, tag_key and tag_value (the value null for
--   any); those not asked for are null; limit (rows of each kind), many (rows of which the limit is made, where several
--   are of one session).
-- Columns: label, id, key (a key of the session), name, arn, account, principal, source_identity, told (the address or
--   tag that was asked for, or null), first, last.
WITH
addressed (label, id, told, first, last) AS (
  SELECT f.from_label, f.from_id, p.address, f.first, f.last
    FROM place p CROSS JOIN seen_from f ON f.to_id = p.id WHERE p.address BETWEEN :first_address AND :last_address
    ORDER BY f.last DESC, f.from_id LIMIT :many
),
session_tagged (label, id, told, first, last) AS (
  SELECT * FROM (
    SELECT t.from_label, t.from_id, t.tag_key || '=' || t.tag_value, t.at, t.at
      FROM session_tag t
      WHERE t.tag_key = :tag_key COLLATE NOCASE AND t.tag_value = :tag_value COLLATE NOCASE
        AND t.event NOT IN (SELECT to_id FROM amends)
      ORDER BY t.at DESC LIMIT :many)
  UNION ALL
  SELECT * FROM (
    SELECT t.from_label, t.from_id, t.tag_key || '=' || t.tag_value, t.at, t.at
      FROM session_tag t
      WHERE :tag_value IS NULL AND t.tag_key = :tag_key COLLATE NOCASE
        AND t.event NOT IN (SELECT to_id FROM amends)
      ORDER BY t.at DESC LIMIT :many)
),
held (label, id, told, first, last) AS (
  SELECT coalesce(b.to_label, h.label), coalesce(b.to_id, h.id), h.told, min(h.first), max(h.last)
    FROM (SELECT * FROM addressed UNION ALL SELECT * FROM session_tagged) h
    LEFT JOIN belongs_to b ON h.label = 'AccessKey' AND b.from_id = h.id AND b.to_label = 'Session'
    GROUP BY 1, 2, 3
),
principal_tagged (label, id, told, first, last) AS (
  SELECT t.from_label, t.from_id, t.tag_key || '=' || t.tag_value, min(t.at), max(t.at)
    FROM tagged t
    WHERE t.tag_key = :tag_key COLLATE NOCASE AND (:tag_value IS NULL OR t.tag_value = :tag_value COLLATE NOCASE)
      AND t.event NOT IN (SELECT to_id FROM amends)
    GROUP BY 1, 2, 3 ORDER BY 5 DESC, 2 LIMIT :limit
),
-- A part of an ARN can stand anywhere in it: the table is read once, in its own order, which no index betters.
session_called (id) AS (
  SELECT id FROM (SELECT s.id FROM session s NOT INDEXED
    WHERE :part IS NOT NULL AND s.kind <> 'forwarded' AND s.arn LIKE :part ESCAPE '\'
    ORDER BY s.start DESC, s.id LIMIT :limit)
  UNION
  SELECT id FROM (SELECT s.id FROM session s
    WHERE s.principal BETWEEN :first_id AND :last_id
      -- Told by the index alone: a user's session that is not forwarded has no service in its id.
      AND (instr(s.principal, ':') > 0 OR s.id = s.start || '/' || s.principal)
    ORDER BY s.start DESC, s.id LIMIT :limit)
  UNION
  SELECT id FROM (SELECT s.id FROM session s
    WHERE s.source_identity IS NOT NULL AND s.source_identity LIKE :part ESCAPE '\'
    ORDER BY s.start DESC, s.id LIMIT :limit)
),
key_called (id) AS (
  SELECT id FROM (SELECT k.id FROM access_key k
    WHERE :key_part IS NOT NULL AND k.id LIKE :key_part ESCAPE '\'
    ORDER BY coalesce(k.last, k.issued) DESC, k.id LIMIT :limit)
  UNION
  SELECT id FROM (SELECT k.id FROM access_key k
    WHERE k.source_identity IS NOT NULL AND k.source_identity LIKE :part ESCAPE '\'
    ORDER BY coalesce(k.last, k.issued) DESC, k.id LIMIT :limit)
  UNION  -- the long-lived ones of a user who is called so, by whom they were used or for whose name they were made
  SELECT id FROM (SELECT DISTINCT k.id, coalesce(k.last, k.issued) AS moment
    FROM named n CROSS JOIN belongs_to b ON b.to_label = 'User' AND b.to_id = n.from_id
    CROSS JOIN access_key k ON k.id = b.from_id AND k.lasting IS NOT NULL
    WHERE n.from_label = 'User'
      AND (n.name LIKE :part ESCAPE '\' OR instr(:part, '/') > 0 AND n.arn LIKE :part ESCAPE '\')
    ORDER BY moment DESC, k.id LIMIT :limit)
  UNION
  SELECT id FROM (SELECT k.id FROM belongs_to b CROSS JOIN access_key k ON k.id = b.from_id AND k.lasting IS NOT NULL
    WHERE b.to_label = 'Name' AND substr(b.to_id, 14) LIKE :part ESCAPE '\'
    ORDER BY coalesce(k.last, k.issued) DESC, k.id LIMIT :limit)
),
hits (label, id, told, first, last) AS (
  SELECT * FROM held
  UNION ALL SELECT * FROM principal_tagged
  UNION ALL SELECT 'Session', id, NULL, NULL, NULL FROM session_called
  UNION ALL SELECT 'AccessKey', id, NULL, NULL, NULL FROM key_called
),
mentioned (label, id, at) AS (
  SELECT from_label, from_id, at FROM created_by WHERE from_label IN ('Name', 'Role', 'Provider')
  UNION ALL SELECT from_label, from_id, at FROM changed_by WHERE from_label IN ('Name', 'Role', 'Provider')
  UNION ALL SELECT to_label, to_id, at FROM attempted WHERE to_label IN ('Name', 'Role', 'Provider')
  UNION ALL SELECT from_label, from_id, at FROM tagged WHERE from_label IN ('Name', 'Role', 'Provider')
  UNION ALL SELECT from_label, from_id, at FROM untagged WHERE from_label IN ('Name', 'Role', 'Provider')
  UNION ALL SELECT 'Name', from_id, at FROM renamed
  UNION ALL SELECT 'Name', to_id, at FROM renamed
  UNION ALL SELECT 'Name', to_id, last FROM belongs_to WHERE to_label = 'Name'
)
SELECT h.label AS label, h.id AS id,
    (SELECT min(b.from_id) FROM belongs_to b WHERE b.to_label = 'Session' AND b.to_id = s.id) AS key,
    s.name AS name, s.arn AS arn, s.account AS account, s.principal AS principal,
    s.source_identity AS source_identity, h.told AS told,
    coalesce(h.first, s.first, s.start) AS first, coalesce(h.last, s.last, s.start) AS last
  FROM hits h CROSS JOIN session s ON h.label = 'Session' AND s.id = h.id
UNION ALL
SELECT h.label, h.id, h.id,
    (SELECT coalesce(n.name, b.name, substr(b.to_id, 14)) FROM belongs_to b
      LEFT JOIN named n ON n.from_label = b.to_label AND n.from_id = b.to_id
      WHERE b.from_id = h.id AND (b.to_label = 'Name' OR b.to_label = 'User' AND n.name IS NOT NULL)
      ORDER BY b.to_label <> 'User', n.last DESC, b.to_id DESC LIMIT 1),
    (SELECT coalesce(s.arn, u.arn, n.arn) FROM belongs_to b
      LEFT JOIN session s ON b.to_label = 'Session' AND s.id = b.to_id
      LEFT JOIN user u ON b.to_label = 'User' AND u.id = b.to_id
      LEFT JOIN named n ON n.from_label = 'User' AND n.from_id = u.id
      WHERE b.from_id = h.id ORDER BY b.to_label <> 'User', n.last DESC, b.to_id DESC LIMIT 1),
    (SELECT coalesce(s.account, u.account, substr(b.to_id, 1, 12)) FROM belongs_to b
      LEFT JOIN session s ON b.to_label = 'Session' AND s.id = b.to_id
      LEFT JOIN user u ON b.to_label = 'User' AND u.id = b.to_id
      WHERE b.from_id = h.id ORDER BY b.to_label <> 'User', b.to_id DESC LIMIT 1),
    NULL, k.source_identity, h.told, coalesce(h.first, k.first, k.issued), coalesce(h.last, k.last, k.issued)
  FROM hits h CROSS JOIN access_key k ON h.label = 'AccessKey' AND k.id = h.id
UNION ALL
SELECT 'User', u.id, NULL, n.name, coalesce(n.arn, u.arn), u.account, u.id, NULL, h.told, h.first, h.last
  FROM hits h CROSS JOIN user u ON h.label = 'User' AND u.id = h.id
  LEFT JOIN named n ON n.from_label = 'User' AND n.from_id = u.id
UNION ALL
SELECT 'Role', n.to_id, NULL, n.name, n.arn, substr(n.to_id, 1, 12), n.from_id, NULL, h.told, h.first, h.last
  FROM hits h CROSS JOIN named n ON h.label = 'Role' AND n.to_label = 'Role' AND n.to_id = h.id
UNION ALL
SELECT h.label, h.id, NULL, NULL, NULL, NULL, NULL, NULL, h.told, h.first, h.last
  FROM hits h WHERE h.label IN ('Name', 'Role', 'Provider')
UNION ALL
SELECT * FROM (
  SELECT 'User', u.id, NULL, n.name, coalesce(n.arn, u.arn), u.account, u.id, NULL, NULL, n.first, n.last
    FROM user u LEFT JOIN named n ON n.from_label = 'User' AND n.from_id = u.id
    WHERE :part IS NOT NULL AND (u.id LIKE :part ESCAPE '\' OR u.account LIKE :part ESCAPE '\'
      OR u.arn LIKE :part ESCAPE '\' OR n.arn LIKE :part ESCAPE '\' OR n.name LIKE :part ESCAPE '\')
    ORDER BY n.last DESC, u.id LIMIT :limit)
UNION ALL
SELECT * FROM (
  SELECT 'Role', n.to_id, NULL, n.name, n.arn, substr(n.to_id, 1, 12), n.from_id, NULL, NULL, n.first, n.last
    FROM named n
    WHERE :part IS NOT NULL AND n.to_label = 'Role'
      AND (n.from_id LIKE :part ESCAPE '\' OR n.arn LIKE :part ESCAPE '\' OR n.to_id LIKE :part ESCAPE '\')
    ORDER BY n.last DESC, n.to_id LIMIT :limit)
UNION ALL
SELECT * FROM (
  SELECT m.label, m.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, min(m.at), max(m.at)
    FROM mentioned m WHERE :part IS NOT NULL AND m.id LIKE :part ESCAPE '\'
      AND NOT EXISTS (SELECT 1 FROM named n WHERE n.to_label = m.label AND n.to_id = m.id)
    GROUP BY m.label, m.id ORDER BY 11 DESC, m.id LIMIT :limit)
UNION ALL
SELECT * FROM (
  SELECT 'Identity', i.id, NULL, i.name, i.provider, NULL, NULL, NULL, NULL,
      (SELECT min(e.at) FROM issued_by e WHERE e.to_label = 'Identity' AND e.to_id = i.id),
      coalesce((SELECT max(e.at) FROM issued_by e WHERE e.to_label = 'Identity' AND e.to_id = i.id),
        (SELECT max(o.last) FROM on_behalf_of o WHERE o.to_id = i.id),
        (SELECT max(r.at) FROM requested r WHERE r.from_id = i.id))
    FROM identity i
    WHERE :part IS NOT NULL AND (i.id LIKE :part ESCAPE '\' OR i.name LIKE :part ESCAPE '\')
    ORDER BY 11 DESC, i.id LIMIT :limit)
