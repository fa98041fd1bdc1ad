// Long-lived keys minted by sessions: what outlives the session that made it, the latest first
//
// bob's key that a role session made is not simply bob's.
MATCH made = (key:AccessKey)-[creation:CREATED_BY]->(by)-[:BELONGS_TO]->{0,1}(session:Session)
WHERE key.lasting AND NOT EXISTS { (:Event)-[:AMENDS]->(:Event {id: creation.event}) }
OPTIONAL MATCH owns = (key)-[:BELONGS_TO]->(owner:User|Name)
OPTIONAL MATCH acts = (session)-[:ASSUMED|ACTS_AS]->(principal)
RETURN creation.at AS at, key.id AS key, min(owner.name) AS owner, creation.what AS event, session.arn AS by,
  key.last AS last_seen, made, collect(owns) AS owned, acts
ORDER BY at DESC
LIMIT 200
