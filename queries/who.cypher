// Fetches all that may matter to who is behind a credential: what can be reached from it by issuance, ownership,
// session, role, user and name, and who made or changed what was reached. It decides nothing.
// Parameters: label, id (a node: AccessKey, Session, User …). In Neo4j Browser, ahead of it:
//   :param label => 'AccessKey'
//   :param id => 'ASIA…'
// Columns: kind (of row), fields (a list, in the order of the struct of that name in queries/reach.py).
// For Browser: drawn (beside the credential itself, all that was reached; Browser joins it by its edges).
MATCH (asked:AccessKey|Session|User|Identity|Service|Workload|Account {id: $id})
WHERE $label IN labels(asked)
// Step by step, each from what the one before found, until nothing new is there: at most a million steps, of which
// those left over cost nothing. Nodes are told apart, not paths, so cycles end and nothing multiplies.
WITH asked, reduce(far = {found: [asked], new: [asked]}, thousand IN range(1, 1000) |
  CASE WHEN far.new = [] THEN far ELSE reduce(near = far, step IN range(1, 1000) |
    CASE WHEN near.new = [] THEN near ELSE reduce(all = near.found, new IN [COLLECT {
      UNWIND near.new AS n
      CALL (n) {
        // the credential that issued it, whose key it is, of which role or user the session, via which provider
        MATCH (n)-[:ISSUED_BY|BELONGS_TO|ASSUMED|ACTS_AS|VIA]->(m)
        RETURN m
        UNION  // what else was issued for the session
        MATCH (n:Session)<-[:BELONGS_TO]-(m)
        WHERE EXISTS { (m)-[i:ISSUED_BY]->() WHERE i.session = n.id }
        RETURN m
        UNION  // and, where nothing was, for the same session a second off
        WITH n WHERE n:Session AND n.start IS NOT NULL
          AND NOT EXISTS { (n)-[i:ISSUED_BY]->() WHERE i.session = n.id }
          AND NOT EXISTS { (n)<-[:BELONGS_TO]-()-[i:ISSUED_BY]->() WHERE i.session = n.id }
        UNWIND [n.start - duration('PT1S'), n.start + duration('PT1S')] AS off
        MATCH (o:Session {id: left(toString(off), 16) + ':' + right('0' + off.second, 2) + 'Z' + substring(n.id, 20)})
        USING INDEX SEEK o:Session(id)
        CALL (o) {
          MATCH (o)-[i:ISSUED_BY]->() WHERE i.session = o.id
          RETURN o AS m
          UNION
          MATCH (o)<-[:BELONGS_TO]-(m)-[i:ISSUED_BY]->() WHERE i.session = o.id
          RETURN m
        }
        RETURN m
        UNION  // sessions of the same sign-in
        WITH n WHERE n:Session AND n.sign_in IS NOT NULL
        MATCH (m:Session {sign_in: n.sign_in})
        USING INDEX SEEK m:Session(sign_in)
        WHERE m.principal = n.principal
        RETURN m
        UNION  // a caller of another account, known by its principal id: a role session that was alive
        MATCH (n)-[i:ISSUED_BY]->()
        MATCH (m:Session {principal: i.principal})
        USING INDEX SEEK m:Session(principal, start)
        WHERE i.at - duration('PT12H') <= m.start <= i.at AND m.kind = 'role'
        RETURN m
        UNION  // or a user
        MATCH (n)-[i:ISSUED_BY]->()
        MATCH (m:User {id: i.principal})
        USING INDEX SEEK m:User(id)
        WHERE m.kind IS NOT NULL
        RETURN m
        UNION  // or by its ARN
        MATCH (n)-[i:ISSUED_BY]->()
        MATCH (m:User)-[b:NAMED {arn: i.principal}]->()
        USING INDEX SEEK b:NAMED(arn)
        RETURN m
        UNION  // names of users, who else bore them, and what they became
        MATCH (n:User)-[:NAMED]->(m)
        RETURN m
        UNION
        MATCH (n:Name)<-[:NAMED]-(m)
        RETURN m
        UNION
        MATCH (n:Name)-[:RENAMED]-(m)
        RETURN m
        UNION  // who made a long-lived key
        MATCH (n:AccessKey)-[:CREATED_BY]->(m)
        RETURN m
        UNION  // and who set a user's password
        MATCH (n:User|Name)-[c:CHANGED_BY]->(m)
        WHERE c.what IN ['CreateLoginProfile', 'UpdateLoginProfile']
        RETURN m
        UNION  // whoever had CloudFormation work with the session's role shortly before
        MATCH (n:Session {name: 'AWSCloudFormation'})-[:ASSUMED]->(:Role)<-[:RUNS_AS]-(s:Stack)
        MATCH (s)-[c:CREATED_BY|CHANGED_BY]->(m)
        WHERE n.start - duration('PT1H') <= c.at <= n.start
        RETURN m
      }
      WITH m WHERE NOT m IN near.found
      RETURN DISTINCT m
    }] | {found: all + new, new: new}) END) END).found AS reach
// Who changed what was reached: their sessions and names, but not the whole of their own lineage.
WITH asked, reach, COLLECT {
  UNWIND reach AS n
  MATCH (n:Role|Name|User|Provider|Identity)-[:CHANGED_BY]->(by)
  WITH DISTINCT by
  CALL (by) {
    RETURN by AS m
    UNION
    MATCH (by:AccessKey|Session)-[:BELONGS_TO|ACTS_AS]->(m)
    RETURN m
    UNION
    MATCH (by:AccessKey)-[:BELONGS_TO]->(:Session)-[:ACTS_AS]->(m)
    RETURN m
  }
  RETURN DISTINCT m
} AS owners
// Labels of ours, ahead of whatever others people gave to nodes.
WITH asked, reach, COLLECT { UNWIND reach + owners AS n RETURN DISTINCT n } AS known,
  ['AccessKey', 'Session', 'User', 'Name', 'Role', 'RoleId', 'Identity', 'Account', 'Provider', 'Service', 'Stack',
  'Workload'] AS ours
CALL (asked, reach, known, ours) {
  UNWIND reach AS k
  WITH k WHERE k:AccessKey AND (k.issued IS NOT NULL OR k.first IS NOT NULL OR k.lasting IS NOT NULL)
  RETURN 'Key' AS kind, [k.id, k.lasting, k.issued, k.expires, k.source_identity, k.first, k.last] AS fields
  UNION ALL
  UNWIND known AS s
  WITH s WHERE s:Session AND s.kind IS NOT NULL
  OPTIONAL MATCH (s)-[a:ASSUMED]->(r)
  OPTIONAL MATCH (s)-[:ACTS_AS]->(u)
  RETURN 'Session' AS kind, [s.id, s.kind, s.arn, s.principal, s.account, nullIf(s.name, s.id), s.start,
    s.source_identity, s.sign_in, s.first, s.last, r.id, a.role_arn, u.id] AS fields
  UNION ALL
  UNWIND known AS n
  MATCH (n:AccessKey)-[b:BELONGS_TO]->(m)
  RETURN 'Belongs' AS kind, [n.id, [l IN labels(m) WHERE l IN ours][0], m.id, b.first, b.name] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n)-[i:ISSUED_BY]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: i.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Issued' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, [l IN labels(m) WHERE l IN ours][0], m.id,
      i.event, i.at, i.how, i.principal, i.session] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:AccessKey|Session)-[t:TAGGED]->(g)
  RETURN 'SessionTag' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, g.key, g.value, t.event, t.transitive, t.inherited] AS fields
  UNION ALL
  UNWIND known AS u
  WITH u WHERE u:User AND u.kind IS NOT NULL
  RETURN 'User' AS kind, [u.id, u.kind, u.account, u.arn, u.created] AS fields
  UNION ALL
  UNWIND known AS n
  MATCH (n:User)-[d:NAMED]->(m)
  RETURN 'Named' AS kind, [n.id, [l IN labels(m) WHERE l IN ours][0], m.id, d.arn, d.name, d.first, d.last] AS fields
  UNION ALL
  UNWIND reach AS m
  MATCH (m:Role)<-[d:NAMED]-(n)
  RETURN 'Named' AS kind, [n.id, [l IN labels(m) WHERE l IN ours][0], m.id, d.arn, d.name, d.first, d.last] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:Name)-[d:RENAMED]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: d.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Renamed' AS kind, [n.id, m.id, d.event, d.at, d.name] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:User|Name|Role|Provider)-[t:TAGGED]->(g)
  WHERE NOT EXISTS { MATCH (v:Event {id: t.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Tagged' AS kind, [[l IN labels(n) WHERE l IN ours][0], n.id, g.key, g.value, t.event, t.at] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n)-[t:UNTAGGED]->(g)
  WHERE NOT EXISTS { MATCH (v:Event {id: t.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Untagged' AS kind, [[l IN labels(n) WHERE l IN ours][0], n.id, g.key, t.event, t.at] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n)-[l:LISTED]->()
  RETURN 'Listed' AS kind, [[l IN labels(n) WHERE l IN ours][0], n.id, l.event, l.at] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n)-[c:CREATED_BY]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: c.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Created' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, [l IN labels(m) WHERE l IN ours][0], m.id,
      c.event, c.at, c.what] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:Role|Name|User|Provider|Identity)-[c:CHANGED_BY]->(m)
  WHERE NOT EXISTS { MATCH (v:Event {id: c.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Changed' AS kind,
    [[l IN labels(n) WHERE l IN ours][0], n.id, [l IN labels(m) WHERE l IN ours][0], m.id,
      c.event, c.at, c.what, c.detail] AS fields
  UNION ALL
  UNWIND reach AS i
  WITH i WHERE i:Identity AND i.kind IS NOT NULL
  OPTIONAL MATCH (i)-[:VIA]->(p)
  RETURN 'Identity' AS kind, [i.id, i.kind, nullIf(i.name, i.id), p.id] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:Session)-[:ON_BEHALF_OF]->(m)
  RETURN 'Behalf' AS kind, [n.id, m.id] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:Session)-[:RUNS_IN]->(m)
  RETURN 'Within' AS kind, [n.id, m.id, m.kind] AS fields
  UNION ALL
  UNWIND reach AS n
  MATCH (n:Session {name: 'AWSCloudFormation'})-[:ASSUMED]->(r:Role)<-[a:RUNS_AS]-(s:Stack)
  MATCH (s)-[c:CREATED_BY|CHANGED_BY]->(m)
  WHERE n.start - duration('PT1H') <= c.at <= n.start
    AND a.at <= n.start
    AND NOT EXISTS { MATCH (s)-[b:RUNS_AS]->(o) WHERE o <> r AND a.at < b.at <= n.start }  // the stack's role then
    AND NOT EXISTS { MATCH (v:Event {id: a.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
    AND NOT EXISTS { MATCH (v:Event {id: c.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN 'Operated' AS kind, [n.id, s.id, [l IN labels(m) WHERE l IN ours][0], m.id, c.event, c.at, c.what] AS fields
  UNION ALL
  MATCH (asked)-[f:SEEN_FROM]->(p)
  RETURN 'Place' AS kind, [p.address, p.agent, p.region, f.first, f.last] AS fields
}
RETURN kind, fields, CASE WHEN kind IN ['Key', 'Session', 'User'] AND fields[0] = $id THEN known[..100] END AS drawn
