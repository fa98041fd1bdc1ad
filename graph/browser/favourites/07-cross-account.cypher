// Cross-account assumptions by pair of accounts, the most frequent first
//
// Whose credentials opened sessions of which role in another account, how often, and from when to when.
MATCH (session:Session {kind: 'role'})<-[:BELONGS_TO]-(issued)-[issuance:ISSUED_BY {session: session.id}]->(by)
WHERE NOT by:Identity AND NOT by:Service
  // Of an account's copy of another's call only that account is known: the caller's own copy says more.
  AND NOT (by:Account AND EXISTS { (issued)-[:ISSUED_BY {how: 'exact'}]->() })
OPTIONAL MATCH (by)-[:BELONGS_TO]->(holder:Session|User)
WITH session, issued, by, issuance.at AS at,
  coalesce(holder.account, by.account, CASE WHEN by:Account THEN by.id END) AS caller
WHERE caller <> session.account
MATCH opened = (issued)-[:BELONGS_TO]->(session)-[:ASSUMED]->(role:Role)
WITH caller, session.account AS called, role, count(DISTINCT issued) AS times, min(at) AS first, max(at) AS last,
  head(collect(opened)) AS example, head(collect(by)) AS by
RETURN caller AS from_account, called AS to_account, role.name AS role, times, first, last, example, by
ORDER BY times DESC, first
