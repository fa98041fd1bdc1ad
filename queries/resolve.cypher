// Fetches the nodes that an id may mean: an access key, a user, sessions (by id, ARN, principal id, or their role's id
// or ARN; those that began in the 36 hours before $at if that is given), an event.
// Parameters: id; root (id of the root user that the id may mean, or ''); life (the id if it is a role's, or '');
//   within, beyond (first and last text that a session ARN of the role that the id may mean can have, or ''); at
//   (instant or null). In Neo4j Browser, ahead of it:
//   :param {id: 'AKIA…', root: '', life: '', within: '', beyond: '', at: null}
// Columns: label, id, kind, name (ARN), start, expires, last, key (the session's key where it has just one),
//   record (of an event, zlib).
// For Browser: drawn (the node, and of a session whose it is).
CALL () {
  MATCH (k:AccessKey {id: $id})
  WHERE k.lasting IS NOT NULL OR k.issued IS NOT NULL OR k.first IS NOT NULL
  RETURN 'AccessKey' AS label, k.id AS id, 'key' AS kind, null AS name, k.issued AS start, k.expires AS expires,
    k.last AS last, k.id AS key, null AS record, [k] AS drawn
  UNION ALL
  MATCH (e:Event {id: $id})
  WHERE e.at IS NOT NULL
  RETURN 'Event' AS label, e.id AS id, 'event' AS kind, nullIf(e.name, e.id) AS name, e.at AS start, null AS expires,
    e.at AS last, null AS key, e.record AS record, COLLECT { MATCH (e)-[:ABOUT]->(n) RETURN n } AS drawn
  UNION ALL
  UNWIND CASE $id WHEN $root THEN [$id] ELSE [$id, $root] END AS user
  MATCH (u:User {id: user})
  WHERE u.kind IS NOT NULL
  RETURN 'User' AS label, u.id AS id, 'user' AS kind, u.arn AS name, null AS start, null AS expires, null AS last,
    null AS key, null AS record, [u] AS drawn
  UNION ALL
  MATCH (u:User)-[n:NAMED {arn: $id}]->(m)
  USING INDEX SEEK n:NAMED(arn)
  RETURN 'User' AS label, u.id AS id, 'user' AS kind, n.arn AS name, n.first AS start, null AS expires,
    n.last AS last, null AS key, null AS record, [u, m] AS drawn
  UNION ALL
  CALL () {
    MATCH (s:Session {id: $id})
    RETURN s
    UNION
    MATCH (s:Session {arn: $id})
    USING INDEX SEEK s:Session(arn)
    WHERE s.kind IN ['role', 'federated']
    RETURN s
    UNION
    MATCH (s:Session {principal: $id})
    USING INDEX SEEK s:Session(principal)
    WHERE s.kind IN ['role', 'federated']
    RETURN s
    UNION
    MATCH (s:Session)
    USING INDEX s:Session(principal)
    WHERE $life <> '' AND $life + ':' < s.principal < $life + ';'
    RETURN s
    UNION
    MATCH (s:Session)
    USING INDEX s:Session(arn)
    WHERE $within <> '' AND $within <= s.arn <= $beyond AND s.kind = 'role'
    RETURN s
  }
  WITH s
  WHERE s.kind IS NOT NULL AND (s.id = $id OR $at IS NULL OR s.start IS NULL
    OR datetime($at) - duration('PT36H') <= s.start <= datetime($at))
  CALL (s) {
    OPTIONAL MATCH (s)<-[:BELONGS_TO]-(k)
    RETURN max(k.expires) AS expires, CASE count(k) WHEN 1 THEN min(k.id) END AS key
  }
  RETURN 'Session' AS label, s.id AS id, s.kind AS kind, s.arn AS name, s.start AS start, expires, s.last AS last,
    key, null AS record, COLLECT { MATCH (s)-[:ASSUMED|ACTS_AS]->(m) RETURN m } + s AS drawn
}
RETURN label, id, kind, name, start, expires, last, key, record, drawn
