// Who is tagged so: keys, users, roles and providers that ever bore this tag, the latest first
// :param tag => 'team'
// :param value => 'platform'
//
// `:param value => null` takes any value. Keys and values are compared without case.
MATCH (tag:Tag)
WHERE toLower(tag.key) = toLower($tag) AND ($value IS NULL OR toLower(tag.value) = toLower($value))
MATCH (bearer)-[tagged:TAGGED]->(tag)
WHERE NOT EXISTS { (:Event)-[:AMENDS]->(:Event {id: tagged.event}) }
OPTIONAL MATCH (bearer)-[untagged:UNTAGGED]->(gone:Tag)
WHERE toLower(gone.key) = toLower(tag.key) AND untagged.at >= tagged.at
WITH bearer, tag, tagged, min(untagged.at) AS until
OPTIONAL MATCH acts = (bearer)-[:BELONGS_TO]->(holder:Session|User)
RETURN tagged.at AS since, until, tag.name AS tag, labels(bearer)[0] AS kind, bearer.name AS name,
  coalesce(holder.arn, holder.name) AS acts_as, CASE
    WHEN tagged.inherited THEN 'handed down the chain'
    WHEN tagged.inherited IS NULL THEN 'set on the principal'
    WHEN tagged.transitive THEN 'passed when issued, and handed on'
    ELSE 'passed when issued' END AS how,
  bearer, tagged, tag AS drawn, acts
ORDER BY since DESC, name
LIMIT 200
