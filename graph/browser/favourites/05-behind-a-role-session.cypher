// Who could be behind this role session: each credential that opened a session of that name, and where it came from
// :param session => 'arn:aws:sts::111122223333:assumed-role/Admin/alice'
//
// An ARN is shared by all sessions of a role and name, at any time; an AROA…:name or one session's id will do too.
MATCH (session:Session)
WHERE session.arn = $session OR session.principal = $session OR session.id = $session
// Of an account's copy of another's call only that account is known: the caller's own copy says more.
OPTIONAL MATCH opened = (session)<-[:BELONGS_TO]-{0,1}(issued)-[issuance:ISSUED_BY {session: session.id}]->(by)
  WHERE NOT (by:Account AND EXISTS { (issued)-[:ISSUED_BY {how: 'exact'}]->() })
OPTIONAL MATCH came = (by) ((here)-[step:ISSUED_BY|BELONGS_TO]->(on)
  WHERE CASE
    WHEN step:ISSUED_BY THEN NOT (on:Account AND EXISTS { (here)-[:ISSUED_BY {how: 'exact'}]->() })
    ELSE NOT EXISTS { (here)-[:ISSUED_BY]->() }
  END
)* (origin:User|Identity|Service|Workload|Account|Session)
WHERE NOT EXISTS { (origin)-[:ISSUED_BY]->() }
OPTIONAL MATCH behalf = (session)-[:ON_BEHALF_OF]->(person:Identity)
OPTIONAL MATCH seen = (session)-[:SEEN_FROM]->(:Place)
RETURN session.start AS start, session.last AS last_seen, issuance.how AS evidence, issuance.at AS at, by.id AS issuer,
  [one IN here | one.name] AS by_way_of, labels(origin)[0] AS origin,
  coalesce(person.name, origin.name) AS who, origin.id AS id, session.source_identity AS source_identity,
  session, opened, came, behalf, collect(seen) AS places
ORDER BY start DESC, at, id
LIMIT 200
