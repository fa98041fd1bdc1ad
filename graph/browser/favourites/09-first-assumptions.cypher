// Roles assumed by whom for the first time: each pair of caller and role once, the newest pair first
// :param since => datetime('2026-03-02T00:00:00Z')
//
// A caller is a user, a role, a person or a service, whichever session it came with.
MATCH (role:Role)<-[:ASSUMED]-(session:Session)<-[:BELONGS_TO]-(issued)-[issuance:ISSUED_BY {session: session.id}]->(by)
WHERE NOT EXISTS { (by)-[:BELONGS_TO]->(session) }
  // Of an account's copy of another's call only that account is known: the caller's own copy says more.
  AND NOT (by:Account AND EXISTS { (issued)-[:ISSUED_BY {how: 'exact'}]->() })
OPTIONAL MATCH (by)-[:BELONGS_TO]->{0,1}(holder:Session|User)
OPTIONAL MATCH (holder)-[:ASSUMED|ACTS_AS]->(principal:Role|User)
WITH role, coalesce(principal, holder, by) AS caller, issued, by, issuance
ORDER BY issuance.at
WITH role, caller, count(DISTINCT issued) AS times, head(collect(issuance)) AS issuance,
  head(collect(issued)) AS issued, head(collect(by)) AS by
WHERE issuance.at >= $since
RETURN issuance.at AS first, labels(caller)[0] AS kind, caller.name AS caller, role.id AS role, times,
  issuance.event AS event, caller AS drawn, by, issuance, issued, role AS assumed
ORDER BY first DESC
LIMIT 200
