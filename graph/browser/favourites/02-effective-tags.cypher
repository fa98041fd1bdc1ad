// Effective tags of a key as of a time: what aws:PrincipalTag/… is for it
// :param key => 'ASIA…'
// :param at => datetime('2026-03-02T12:00:00Z')
//
// Tags of the role or user at that time, under those handed down the chain, under those passed when the key was issued;
// a tag's key in another case is the same tag. Tags from before the trail are known by a baseline alone
// (`whodunnit ingest --iam`); `whodunnit who` says where some may be missing.
MATCH (key:AccessKey {id: $key})
// How it was issued; where that was not seen, or by its own session, how the other keys of that session were.
CALL (key) {
  MATCH (key)-[issuance:ISSUED_BY]->(by)
  WHERE NOT EXISTS { (by)-[:BELONGS_TO]->(:Session {id: issuance.session}) }
  RETURN key AS issued, issuance
  UNION
  MATCH (key)-[:BELONGS_TO]->(session:Session)<-[:BELONGS_TO]-(issued)-[issuance:ISSUED_BY {session: session.id}]->(by)
  WHERE NOT EXISTS { (by)-[:BELONGS_TO]->(session) } AND NOT EXISTS {
    MATCH (key)-[own:ISSUED_BY]->(other) WHERE NOT EXISTS { (other)-[:BELONGS_TO]->(:Session {id: own.session}) } }
  RETURN issued, issuance
  UNION
  RETURN null AS issued, null AS issuance
}
WITH key, issued, issuance
WHERE NOT EXISTS { (:Event)-[:AMENDS]->(:Event {id: issuance.event}) }
WITH key, collect({key: issued, how: issuance.how, event: issuance.event, session: issuance.session}) AS all
WITH key, [one IN all WHERE one.how = head([how IN ['exact', 'session', 'principal', 'inferred']
  WHERE how IN [other IN all | other.how]])] AS issuances
// Who it acts as: by the session that it was issued for, else the latest that it was used in, else by its user.
CALL (key, issuances) {
  MATCH (key)-[belongs:BELONGS_TO]->(holder)
  OPTIONAL MATCH (holder)-[named:ASSUMED|ACTS_AS|NAMED]-(owner:Role|User)
  RETURN holder, CASE WHEN holder:User THEN holder ELSE owner END AS owner
  ORDER BY holder.id IN [one IN issuances | one.session] DESC, holder:Session DESC, holder:User DESC,
    holder.id STARTS WITH '-/', holder.id DESC, named.first > belongs.first, named.first DESC
  LIMIT 1
}
// Tags do not pass from a deleted role to the next of its name: those count that it got since it was made.
CALL (owner, holder) {
  OPTIONAL MATCH (:RoleId {id: split(holder.principal, ':')[0]})-[life:NAMED]->(owner:Role)
  RETURN min(life.first) AS began, max(life.last) AS ended
}
CALL (owner, ended) {
  OPTIONAL MATCH (:RoleId)-[life:NAMED]->(owner) WHERE life.first > ended
  RETURN min(life.first) AS succeeded
}
CALL (owner, succeeded) {
  OPTIONAL MATCH (owner)-[made:CREATED_BY]->()
  WHERE made.at <= $at AND (made.at < succeeded OR succeeded IS NULL)
  RETURN max(made.at) AS born
}
CALL (owner, began) {
  OPTIONAL MATCH (owner:Role)-[change:CHANGED_BY]->()
  WHERE change.what IN ['DeleteRole', 'DeleteServiceLinkedRole'] AND change.at <= coalesce(began, $at)
  RETURN max(change.at) AS died
}
// A baseline lists all tags of its moment: with the last one begins what counts; before the first one stands what
// nothing touched until then, if no role of that name was made or deleted in between.
CALL (owner, born, died, succeeded) {
  OPTIONAL MATCH (owner)-[listing:LISTED]->()
  WHERE (listing.at > died OR died IS NULL) AND (listing.at < succeeded OR succeeded IS NULL)
  RETURN max(CASE WHEN listing.at <= $at AND (listing.at >= born OR born IS NULL) THEN listing.at END) AS listed,
    min(CASE WHEN listing.at > $at AND born IS NULL AND NOT EXISTS {
      (owner:Role)-[made:CREATED_BY|CHANGED_BY]->()
      WHERE made.at > $at AND (made:CREATED_BY OR made.what IN ['DeleteRole', 'DeleteServiceLinkedRole'])
    } THEN listing.at END) AS later
}
CALL (owner, issuances) {
  MATCH (owner)-[done:TAGGED|UNTAGGED]->(tag:Tag)
  RETURN tag, done
  UNION
  // What names a user by name alone is about whoever bore it: as last seen or renamed then, else soonest after.
  MATCH (owner:User)-[:NAMED]->(:Name)-[:RENAMED]-{0,9}(name:Name)-[done:TAGGED|UNTAGGED]->(tag:Tag)
  CALL (name, done) {
    CALL (name) {
      MATCH (name)<-[named:NAMED]-(bearer:User)
      UNWIND [named.first, named.last] AS at
      RETURN at, bearer
      UNION
      MATCH (name)<-[renamed:RENAMED]-(:Name)<-[named:NAMED]-(bearer:User) WHERE named.first <= renamed.at
      RETURN renamed.at AS at, bearer
      UNION
      MATCH (name)-[renamed:RENAMED]->()
      RETURN renamed.at AS at, null AS bearer
      UNION
      MATCH (name)-[deleted:CHANGED_BY {what: 'DeleteUser'}]->()
      RETURN deleted.at AS at, null AS bearer
    }
    RETURN bearer
    ORDER BY at > done.at, CASE WHEN at > done.at THEN at END, at DESC
    LIMIT 1
  }
  WITH owner, tag, done, bearer WHERE bearer = owner
  RETURN tag, done
  UNION
  UNWIND issuances AS one
  WITH issuances, one.key AS issued, one.event AS event
  MATCH (issued)-[done:TAGGED {event: event}]->(tag:Tag)
  WITH size(issuances) AS keys, tag, done.inherited AS inherited, collect(done) AS alike
  WHERE size(alike) = keys // what the session's keys agree on
  RETURN tag, alike[0] AS done
}
WITH *, EXISTS { (owner)-[:LISTED {event: done.event}]->() } AS listing
WHERE NOT EXISTS { (:Event)-[:AMENDS]->(:Event {id: done.event}) }
WITH toLower(tag.key) AS folded, tag, done, CASE
    WHEN done.inherited IS NOT NULL THEN CASE WHEN done.inherited THEN 3 ELSE 4 END
    WHEN listing THEN CASE WHEN done.at = listed THEN 2 WHEN done.at = later AND listed IS NULL THEN 0 END
    WHEN done.at > $at THEN CASE WHEN done.at <= later THEN 1 END
    WHEN done.at >= succeeded OR done.at <= listed OR done.at < born OR done.at <= died AND done.at <> born THEN null
    ELSE 2
  END AS rank
WHERE rank IS NOT NULL
ORDER BY rank DESC, done.at DESC, done.event DESC
WITH folded, head(collect({tag: tag, done: done, rank: rank})) AS last
WHERE last.rank <> 1 AND type(last.done) = 'TAGGED'
RETURN last.tag.key AS tag, last.tag.value AS value,
  ['role or user', null, 'role or user', 'handed down', 'passed when issued'][last.rank] AS of, last.done.at AS since,
  last.done.event AS event, startNode(last.done) AS tagged, last.done AS says, last.tag AS drawn
ORDER BY folded
