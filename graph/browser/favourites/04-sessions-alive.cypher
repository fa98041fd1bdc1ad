// Sessions alive at a time: begun, and not yet expired as far as their keys say, or still seen in use
// :param at => datetime('2026-03-02T12:00:00Z')
//
// The longest that a session can last are 36 hours; where no issuance was seen, a role's 12 hours are taken.
MATCH (session:Session)
WHERE session.start <= $at AND session.start > $at - duration('PT36H') AND session.kind <> 'forwarded'
OPTIONAL MATCH (key:AccessKey)-[belongs:BELONGS_TO]->(session)
WITH session, collect(key) AS keys, max(key.expires) AS expires
WHERE $at <= coalesce(expires, session.start + duration('PT12H')) OR $at <= session.last
OPTIONAL MATCH acts = (session)-[:ASSUMED|ACTS_AS]->(principal)
RETURN session.start AS start, expires, session.last AS last_seen, session.kind AS kind, session.arn AS arn,
  session.source_identity AS source_identity, [key IN keys | key.id] AS key_ids, session, acts
ORDER BY start DESC
LIMIT 200
