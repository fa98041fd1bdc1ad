// Principal chain of a key: who issued it, who issued that, back to where it all began
// :param key => 'ASIA…'
//
// One line a credential, the key itself first; names and ARNs are those borne when it issued the one before it.
// A key of which no issuance was seen (console, SwitchRole, Identity Center) has that of another key of its session.
// Where several could have issued one, each origin is shown, and `whodunnit who` says that it is ambiguous. It alone
// goes on by time where this stops: at sign-ins a second apart, and at whoever had CloudFormation work with a role.
MATCH (leaf:AccessKey {id: $key})
MATCH path = (leaf) ((here)-[step:ISSUED_BY|BELONGS_TO|ACTS_AS|ASSUMED]-(on)
  WHERE CASE
    // The record that issued it names the issuer: the surest that is there, and none that an addendum takes back.
    WHEN step:ISSUED_BY THEN startNode(step) = here
      AND NOT EXISTS { (:Event)-[:AMENDS]->(:Event {id: step.event}) }
      AND step.how = head([how IN ['exact', 'session', 'principal', 'inferred']
        WHERE EXISTS { (here)-[:ISSUED_BY {how: how}]->() }])
      AND (here:AccessKey OR step.how <> 'inferred'
        OR NOT EXISTS { (here)<-[:BELONGS_TO]-()-[:ISSUED_BY {session: here.id}]->() })
    // None was seen: from a key to its session or user …
    WHEN step:BELONGS_TO AND startNode(step) = here THEN NOT EXISTS { (here)-[:ISSUED_BY]->() }
      AND NOT (on:Name AND EXISTS { (here)-[:BELONGS_TO]->(:User) })
    // … from the session to a key that was issued for it, not by itself …
    WHEN step:BELONGS_TO THEN
      EXISTS { (on)-[:ISSUED_BY {session: here.id}]->(by) WHERE NOT EXISTS { (by)-[:BELONGS_TO]->(here) } }
    // … or, where that was never seen either, to whoever the session acts as: there the trail ends.
    ELSE startNode(step) = here AND NOT EXISTS { (here)-[:ISSUED_BY]->() }
      AND NOT EXISTS { (here)<-[:BELONGS_TO]-()-[:ISSUED_BY {session: here.id}]->() }
  END
)* (origin:User|Name|Role|Identity|Service|Workload|Account)
// Of the ways to one origin (by this or that key of a session) the first will do, and an account that is all that is
// known of a caller gives way to a caller of whom more is. A credential stands where a way begins and wherever the next
// one issued it.
WITH origin, path, here + [origin] AS met, step AS steps
ORDER BY size(steps), [one IN steps | coalesce(one.at, one.first)]
WITH origin:Account AS outside, origin, head(collect({path: path, met: met, steps: steps})) AS way
ORDER BY outside
WITH collect({way: way, outside: outside}) AS found
UNWIND [one IN found WHERE one.outside = found[0].outside | one.way] AS way
WITH way.path AS path, way.met AS met, way.steps AS steps
UNWIND [place IN range(0, size(steps)) WHERE place = 0 OR type(steps[place - 1]) = 'ISSUED_BY'
  AND NOT (met[place - 1]:Session AND met[place]:User)] AS place
WITH path, place, met[place] AS credential, CASE WHEN place > 0 THEN steps[place - 1].at END AS acted,
  head([one IN steps[place..] WHERE type(one) = 'ISSUED_BY']) AS issuance
CALL (credential, issuance) {
  // The session that the key was issued for, else the latest that it was used in; else its user.
  OPTIONAL MATCH (credential)-[:BELONGS_TO]->{0,1}(holder:Session|User|Name)
  RETURN holder
  ORDER BY holder.id = issuance.session DESC, holder:Session DESC, holder.id STARTS WITH '-/', holder:User DESC,
    holder.id DESC
  LIMIT 1
}
OPTIONAL MATCH (holder)-[assumed:ASSUMED]->(role:Role)
OPTIONAL MATCH (holder WHERE holder:User OR holder.kind <> 'federated')-[:ACTS_AS]->{0,1}(user:User)
OPTIONAL MATCH (credential:Identity)-[:VIA]->(provider:Provider)
WITH *, coalesce(acted, CASE WHEN credential.lasting THEN coalesce(credential.last, credential.issued) END,
  holder.start, credential.last, datetime()) AS moment
RETURN place AS hop,
  coalesce(
    provider.id, assumed.role_arn, user.arn,
    head(COLLECT { // the ARN that an IAM user bore, as last seen or renamed until that moment, else soonest after
      MATCH (user)-[named:NAMED]->(name:Name) WHERE named.arn <> ''
      UNWIND [named.first, named.last] + COLLECT { MATCH (user)-[:NAMED]->()-[to:RENAMED]->(name) RETURN to.at } AS at
      RETURN named.arn
      ORDER BY at > moment, CASE WHEN at > moment THEN at END, at DESC }),
    holder.arn,
    CASE WHEN holder:Name THEN 'arn:aws:iam::' + replace(holder.id, '/', ':user/') END,
    credential.id) AS principal,
  CASE WHEN credential:AccessKey THEN credential.id END AS key,
  issuance.at AS issued, issuance.how AS evidence, issuance.event AS event,
  path, holder, role, user, provider
ORDER BY path, hop
