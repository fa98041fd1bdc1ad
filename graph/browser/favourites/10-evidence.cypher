// What the evidence is: the records that say something about a key and its session, in order of time
// :param key => 'ASIA…'
//
// `exact`: the record names the issued key's id and the issuing one's; `principal`: only who called, not with which
// key; `inferred`: a time window or a request parameter. The packed record itself is shown by `whodunnit who`.
MATCH (key:AccessKey {id: $key})
MATCH (key)-[:BELONGS_TO]->{0,1}(thing:AccessKey|Session)
MATCH (thing)-[says:ISSUED_BY|CREATED_BY|CHANGED_BY|TAGGED|ATTEMPTED]-(other)
OPTIONAL MATCH (event:Event {id: says.event})
OPTIONAL MATCH about = (event)-[:ABOUT]->(thing)
RETURN says.at AS at, says.event AS event, coalesce(event.name, says.what) AS name, type(says) AS says,
  says.how AS evidence, says.principal AS caller, other.name AS other,
  EXISTS { (event)<-[:AMENDS]-() } AS taken_back, thing, says AS drawn, other AS to, about
ORDER BY at, event, says
LIMIT 500
