// Fetches all that happened to what a text may name (users, names, roles, providers), to their keys, and the records
// behind it. Names lead to all users who ever bore them, so that it can be decided whose an event was.
// Parameters: id (AIDA…, AROA… or <account>:root), name and role (<account>/<name in lower case>), provider (ARN),
//   bare (a name in lower case, of any account); those that the text cannot be are null. In Neo4j Browser, ahead of it:
//   :param {id: null, name: null, role: null, provider: null, bare: 'alice'}
// Columns: kind (of row), fields (a list, in the order of the struct of that name in queries/reach.py, or in
//   queries/past.py for Match, Attempted, Event and SignIn), record (the packed record, for Event only).
// For Browser: drawn (what is asked about, with its names, keys, tags and who made or changed it).
CALL () {
  MATCH (n:User {id: $id})
  WHERE n.kind IS NOT NULL
  RETURN n
  UNION
  MATCH (n:RoleId {id: $id})
  WHERE EXISTS { (n)-[:NAMED]->() }
  RETURN n
  UNION
  MATCH (n:Name {id: $name})
  RETURN n
  UNION
  MATCH (n:Role {id: $role})
  RETURN n
  UNION
  MATCH (n:Provider {id: $provider})
  RETURN n
  UNION
  UNWIND CASE WHEN $bare IS NULL THEN [] ELSE [$bare] END AS bare
  MATCH (n:Name)
  USING INDEX n:Name(id)
  WHERE n.id ENDS WITH '/' + bare
  RETURN n
  UNION
  UNWIND CASE WHEN $bare IS NULL THEN [] ELSE [$bare] END AS bare
  MATCH (n:Role)
  USING INDEX n:Role(id)
  WHERE n.id ENDS WITH '/' + bare AND (
    EXISTS { (n)<-[:NAMED|ATTEMPTED]-() } OR EXISTS { (n)-[:CREATED_BY|CHANGED_BY|TAGGED|UNTAGGED]->() })
  RETURN n
  UNION
  // Names of providers are as they were written: (?i) compares ASCII letters without case, as AWS does.
  UNWIND CASE WHEN $bare IS NULL THEN [] ELSE [$bare] END AS bare
  MATCH (n:Provider)
  USING INDEX n:Provider(id)
  WHERE n.id IS NOT NULL AND n.id =~ '(?is).*/\\Q' + replace(bare, '\\E', '\\E\\\\E\\Q') + '\\E' AND (
    EXISTS { (n)<-[:ATTEMPTED]-() } OR EXISTS { (n)-[:CREATED_BY|CHANGED_BY|TAGGED|UNTAGGED]->() })
  RETURN n
}
WITH collect(n) AS match
// Step by step, each from what the one before found, until nothing new is there (as in who.cypher).
WITH match, reduce(far = {found: match, new: match}, thousand IN range(1, 1000) |
  CASE WHEN far.new = [] THEN far ELSE reduce(near = far, step IN range(1, 1000) |
    CASE WHEN near.new = [] THEN near ELSE reduce(all = near.found, new IN [COLLECT {
      UNWIND near.new AS n
      CALL (n) {
        MATCH (n:User|RoleId)-[:NAMED]->(m)
        RETURN m
        UNION
        MATCH (n:Name)<-[:NAMED]-(m)
        RETURN m
        UNION
        MATCH (n:Name)-[:RENAMED]-(m)
        RETURN m
        UNION
        MATCH (n:User|Name)<-[:BELONGS_TO]-(m)
        RETURN m
      }
      WITH m WHERE NOT m IN near.found
      RETURN DISTINCT m
    }] | {found: all + new, new: new}) END) END).found AS about
// Labels of ours, ahead of whatever others people gave to nodes.
WITH match, about, ['AccessKey', 'Session', 'User', 'Name', 'Role', 'RoleId', 'Identity', 'Account', 'Provider', 'Service', 'Stack',
  'Workload'] AS ours
CALL (match, about, ours) {
  UNWIND match AS m
  RETURN 'Match' AS kind, [[l IN labels(m) WHERE l IN ours][0], m.id] AS fields, null AS record, m AS drawn
  UNION ALL
  UNWIND about AS u
  WITH u WHERE u:User AND u.kind IS NOT NULL
  RETURN 'User' AS kind, [u.id, u.kind, u.account, u.arn, u.created] AS fields, null AS record, u AS drawn
  UNION ALL
  UNWIND about AS u
  MATCH (u:User)-[n:NAMED]->(m)
  RETURN 'Named' AS kind,
    [u.id, [l IN labels(m) WHERE l IN ours][0], m.id, n.arn, n.name, n.first, n.last] AS fields, null AS record,
    m AS drawn
  UNION ALL
  UNWIND about AS r
  MATCH (r:Role)<-[n:NAMED]-(m)
  RETURN 'Named' AS kind,
    [m.id, [l IN labels(r) WHERE l IN ours][0], r.id, n.arn, n.name, n.first, n.last] AS fields, null AS record,
    m AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n:Name)-[e:RENAMED]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Renamed' AS kind, [n.id, m.id, e.event, e.at, e.name] AS fields, null AS record, m AS drawn
  UNION ALL
  UNWIND about AS k
  WITH k WHERE k:AccessKey AND (k.lasting IS NOT NULL OR k.issued IS NOT NULL OR k.first IS NOT NULL)
  RETURN 'Key' AS kind, [k.id, k.lasting, k.issued, k.expires, k.source_identity, k.first, k.last] AS fields,
    null AS record, k AS drawn
  UNION ALL
  UNWIND about AS k
  MATCH (k:AccessKey)-[b:BELONGS_TO]->(m)
  RETURN 'Belongs' AS kind,
    [k.id, [l IN labels(m) WHERE l IN ours][0], m.id, b.first, b.name] AS fields, null AS record, m AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n)-[e:CREATED_BY]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Created' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, [l IN labels(m) WHERE l IN ours][0], m.id,
      e.event, e.at, e.what] AS fields,
    null AS record, m AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n)-[e:CHANGED_BY]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Changed' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, [l IN labels(m) WHERE l IN ours][0], m.id,
      e.event, e.at, e.what, e.detail] AS fields,
    null AS record, m AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n)<-[e:ATTEMPTED]-(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Attempted' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, [l IN labels(m) WHERE l IN ours][0], m.id,
      e.event, e.at, e.what, e.error] AS fields,
    null AS record, m AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n:User|Name|Role|Provider)-[e:TAGGED]->(g)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Tagged' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, g.key, g.value, e.event, e.at] AS fields, null AS record, g AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n)-[e:UNTAGGED]->(g)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Untagged' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, g.key, e.event, e.at] AS fields, null AS record, g AS drawn
  UNION ALL
  UNWIND about AS n
  MATCH (n)-[e:LISTED]->()
  RETURN 'Listed' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, e.event, e.at] AS fields, null AS record, null AS drawn
  UNION ALL
  UNWIND about AS u
  MATCH (u:User)<-[:ACTS_AS]-(s)
  WHERE s.kind = 'console' AND s.start IS NOT NULL
  CALL (s) {
    OPTIONAL MATCH (s)-[e:ISSUED_BY]->(:User)
    WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
    RETURN min(e.event) AS event
  }
  RETURN 'SignIn' AS kind, [s.id, u.id, s.start, s.mfa, event] AS fields, null AS record, s AS drawn
  UNION ALL
  UNWIND about AS n
  CALL (n) {
    MATCH (n)-[e:CREATED_BY|CHANGED_BY|UNTAGGED]->()
    RETURN e.event AS event
    UNION
    MATCH (n)<-[e:ATTEMPTED]-()
    RETURN e.event AS event
    UNION
    MATCH (n:User|Name|Role|Provider)-[e:TAGGED]->()
    RETURN e.event AS event
  }
  WITH DISTINCT event
  MATCH (e:Event {id: event})
  USING INDEX SEEK e:Event(id)
  WHERE e.at IS NOT NULL
  RETURN 'Event' AS kind, [e.id, nullIf(e.name, e.id)] AS fields, e.record AS record, null AS drawn
}
RETURN kind, fields, record, drawn
