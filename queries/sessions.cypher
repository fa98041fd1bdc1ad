// Fetches sessions that fit all that is asked for, newest first; forwarded ones are counted per principal and service
// unless $forwarded is 1. Whom a session leads back to is not decided here.
// Parameters, each null where it was not asked for: principal (the text itself), name (in lower case, of any account),
//   user_name and role (<account>/<name in lower case>), person (the text itself), account, tag_key, tag_value (null
//   for any), since, until, earliest (when a session that lived at since can have begun); forwarded (0 or 1), limit,
//   many (tags to look at where nothing but a tag was asked for, else -1). In Neo4j Browser, ahead of it:
//   :param {principal: null, name: null, user_name: null, role: null, person: null, account: null, tag_key: null,
//     tag_value: null, since: null, until: null, earliest: null, forwarded: 0, limit: 100, many: -1}
// Columns: id, kind, arn, principal, account, name, start, first, last, source_identity, count (of sessions), keys
//   (number), some_keys (a list of ids), ends (latest expiry), issuers (a list of [label, id, name, how, principal]),
//   people (a list of [id, name]).
// For Browser: drawn (the session, its role or user, and what issued its keys).
//
// Comparing without case is for ASCII letters, as AWS does it: so by patterns with (?i), their text quoted (\Q…\E).
// Each a list of one, or of none where it was not asked for: what unwinds it then looks at nothing.
WITH CASE WHEN $principal IS NULL AND $person IS NULL AND $tag_key IS NULL THEN ['any'] ELSE [] END AS unasked,
  CASE WHEN $name IS NULL THEN [] ELSE ['(?is)\\Q' + replace($name, '\\E', '\\E\\\\E\\Q') + '\\E'] END AS names,
  CASE WHEN $person IS NULL THEN [] ELSE ['(?is)\\Q' + replace($person, '\\E', '\\E\\\\E\\Q') + '\\E'] END AS known,
  CASE WHEN $tag_key IS NULL THEN [] ELSE ['(?is)\\Q' + replace($tag_key, '\\E', '\\E\\\\E\\Q') + '\\E'] END AS keys,
  '(?is)\\Q' + replace($tag_value, '\\E', '\\E\\\\E\\Q') + '\\E' AS value
// Of the principal: of users, of a role by its name or one of its lives, or the session itself.
WITH *, COLLECT {
  MATCH (r:Role {id: $role})
  RETURN r
  UNION
  UNWIND names AS name
  MATCH (r:Role)<-[n:NAMED]-()
  USING INDEX r:Role(id)
  WHERE r.id ENDS WITH '/' + $name AND n.name =~ name
  RETURN r
  UNION
  MATCH (:RoleId {id: $principal})-[:NAMED]->(r)
  RETURN r
} AS roles,
  EXISTS { (:RoleId {id: $principal})-[:NAMED]->() } OR EXISTS { (:User {id: $principal})-[:NAMED]->() } AS one_life
WITH *, COLLECT {
  CALL (names) {
    MATCH (u:User {id: $principal})
    RETURN u
    UNION
    MATCH (u:User {arn: $principal})
    USING INDEX SEEK u:User(arn)
    RETURN u
    UNION
    MATCH (u:User)-[n:NAMED {arn: $principal}]->()
    USING INDEX SEEK n:NAMED(arn)
    RETURN u
    UNION
    MATCH (u:User)-[:NAMED]->(:Name {id: $user_name})
    RETURN u
    UNION
    UNWIND names AS name
    MATCH (u:User)-[n:NAMED]->(m:Name)
    USING INDEX m:Name(id)
    WHERE m.id ENDS WITH '/' + $name AND n.name =~ name
    RETURN u
  }
  MATCH (u)<-[:ACTS_AS]-(s)
  RETURN s
  UNION
  MATCH (s:Session {principal: $principal})
  USING INDEX SEEK s:Session(principal)
  RETURN s
  UNION
  MATCH (s:Session {arn: $principal})
  USING INDEX SEEK s:Session(arn)
  WHERE s.kind IN ['role', 'federated']
  RETURN s
  UNION
  CALL (roles, one_life) {
    MATCH (l:RoleId {id: $principal})
    WHERE EXISTS { (l)-[:NAMED]->() }
    RETURN l
    UNION
    UNWIND CASE WHEN one_life OR $principal IS NULL THEN [] ELSE roles END AS r
    MATCH (l:RoleId)-[:NAMED]->(r)
    RETURN l
  }
  MATCH (s:Session)
  USING INDEX s:Session(principal)
  WHERE l.id + ':' < s.principal < l.id + ';'
  RETURN s
  UNION  // the role's id is not known where only the issuance was seen, to EC2 or Lambda
  CALL (roles, names) {
    UNWIND roles AS r
    RETURN r
    UNION
    UNWIND names AS name
    MATCH (r:Role)
    USING INDEX r:Role(id)
    WHERE r.id ENDS WITH '/' + $name AND substring(r.id, size(split(r.id, '/')[0]) + 1) = $name
    RETURN r
  }
  MATCH (r)<-[:ASSUMED]-(s)
  WHERE s.principal IS NULL AND $principal IS NOT NULL
  RETURN s
} AS of_principal
// Of the person: by any of its names; one person of Identity Center is known by name to the role's account, by id to
// the calls made for it. Then all that was issued to them, step by step until nothing new is there (as in who.cypher).
WITH *, COLLECT {
  UNWIND known AS person
  MATCH (i:Identity)
  USING INDEX i:Identity(id)
  WHERE i.id IS NOT NULL AND i.kind IS NOT NULL AND (i.id = $person OR replace(i.id, '|', '/') = $person
    OR nullIf(i.name, i.id) =~ person OR substring(i.id, size(split(i.id, '|')[0]) + 1) =~ person)
  RETURN i
} AS persons
WITH *, reduce(far = {found: persons, new: persons}, thousand IN range(1, 1000) |
  CASE WHEN far.new = [] THEN far ELSE reduce(near = far, step IN range(1, 1000) |
    CASE WHEN near.new = [] THEN near ELSE reduce(all = near.found, new IN [COLLECT {
      UNWIND near.new AS p
      CALL (p) {
        MATCH (p)<-[e:ISSUED_BY]-(k)
        WITH e.session AS session, k
        MATCH (k)-[:BELONGS_TO]->{0,1}(s)-[:ON_BEHALF_OF]->(m)
        WHERE s.id = session
        RETURN m
        UNION
        MATCH (p)<-[:ON_BEHALF_OF]-(s)
        WITH s
        MATCH (s)<-[:BELONGS_TO]-{0,1}(k)
        WITH s.id AS session, k
        MATCH (k)-[e:ISSUED_BY]->(m:Identity)
        WITH m, session, e.session AS issued
        WHERE issued = session
        RETURN m
      }
      WITH m WHERE NOT m IN near.found
      RETURN DISTINCT m
    }] | {found: all + new, new: new}) END) END).found AS people
WITH *, COLLECT {
  UNWIND people AS p
  MATCH (p)<-[e:ISSUED_BY]-(n)
  WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  RETURN n
  UNION
  UNWIND people AS p
  MATCH (p)<-[:ON_BEHALF_OF]-(n)
  RETURN n
  UNION
  UNWIND known AS person
  MATCH (n:Session)
  WHERE n.source_identity =~ person
  RETURN n
  UNION
  UNWIND known AS person
  MATCH (n:AccessKey)
  WHERE n.source_identity =~ person
  RETURN n
  UNION  // sessions of Identity Center bear the person's name
  UNWIND known AS person
  MATCH (r:Role)<-[:ASSUMED]-(n)
  USING INDEX r:Role(id)
  WHERE r.id CONTAINS '/awsreservedsso_' AND nullIf(n.name, n.id) =~ person
  RETURN n
} AS direct
WITH *, reduce(far = {found: direct, new: direct}, thousand IN range(1, 1000) |
  CASE WHEN far.new = [] THEN far ELSE reduce(near = far, step IN range(1, 1000) |
    CASE WHEN near.new = [] THEN near ELSE reduce(all = near.found, new IN [COLLECT {
      UNWIND near.new AS n
      CALL (n) {
        MATCH (n:AccessKey)-[:BELONGS_TO]->(m:Session)
        RETURN m
        UNION
        MATCH (n:Session)<-[:BELONGS_TO]-(m)
        RETURN m
        UNION
        MATCH (n)<-[e:ISSUED_BY]-(m)
        WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
        RETURN m
      }
      WITH m WHERE NOT m IN near.found
      RETURN DISTINCT m
    }] | {found: all + new, new: new}) END) END).found AS of_person
// Of the tag: as passed to, or inherited by, a session or a key of it.
WITH *, COLLECT {
  UNWIND keys AS tag
  MATCH (g:Tag)
  USING INDEX g:Tag(key, value)
  WHERE g.key IS NOT NULL AND g.value IS NOT NULL AND g.key =~ tag
    AND ($tag_value IS NULL OR g.value =~ value)
  MATCH (g)<-[t:TAGGED]-(n:AccessKey|Session)
  WHERE ($earliest IS NULL OR t.at >= datetime($earliest)) AND ($until IS NULL OR t.at < datetime($until))
    AND NOT EXISTS { MATCH (v:Event {id: t.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  WITH n, t ORDER BY t.at DESC LIMIT CASE WHEN $many < 0 THEN 9223372036854775807 ELSE $many END
  CALL (n) {
    WITH n WHERE n:Session
    RETURN n AS s
    UNION
    MATCH (n:AccessKey)-[:BELONGS_TO]->(s:Session)
    RETURN s
  }
  RETURN DISTINCT s
} AS of_tag
WITH unasked, COLLECT {
  UNWIND CASE WHEN $principal IS NOT NULL THEN of_principal WHEN $person IS NOT NULL THEN of_person ELSE of_tag END AS s
  WITH s
  WHERE s:Session AND s.kind IS NOT NULL AND ($person IS NULL OR s IN of_person) AND ($tag_key IS NULL OR s IN of_tag)
  RETURN DISTINCT s
} AS wanted
CALL (unasked, wanted) {
  UNWIND wanted AS s
  RETURN s
  UNION ALL
  // Ids begin with the start, so those of a time are neighbours, the newest last; undated ones begin with a dash.
  UNWIND unasked AS any
  MATCH (s:Session)
  USING INDEX s:Session(id)
  WHERE coalesce($earliest, '0') <= s.id < coalesce($until, '~') AND s.kind IS NOT NULL
    AND (s.kind <> 'forwarded' OR $forwarded = 1) AND ($account IS NULL OR s.account = $account)
    AND ($since IS NULL OR s.start >= datetime($since) OR s.last >= datetime($since)
      OR EXISTS { (s)<-[:BELONGS_TO]-(k) WHERE k.expires >= datetime($since) })
  RETURN s ORDER BY s.id DESC LIMIT $limit
  UNION ALL
  UNWIND unasked AS any
  MATCH (s:Session)
  USING INDEX s:Session(id)
  WHERE s.id < '0' AND s.kind IS NOT NULL AND (s.kind <> 'forwarded' OR $forwarded = 1)
  RETURN s
  UNION ALL
  UNWIND CASE WHEN $forwarded = 0 THEN unasked ELSE [] END AS any
  MATCH (s)-[:ACTS_AS]->()
  WHERE s.kind = 'forwarded'
  RETURN s
}
WITH s, s.kind = 'forwarded' AND $forwarded = 0 AS folded
OPTIONAL MATCH (s)-[:ACTS_AS]->(u)
WHERE folded
WITH s, folded, u
WHERE ($account IS NULL OR s.account = $account) AND (u IS NOT NULL OR NOT folded)
  AND ($until IS NULL OR CASE WHEN folded THEN s.start ELSE coalesce(s.start, s.first) END < datetime($until))
  AND ($since IS NULL OR s.start >= datetime($since) OR s.last >= datetime($since)
    OR NOT folded AND EXISTS { (s)<-[:BELONGS_TO]-(k) WHERE k.expires >= datetime($since) })
// One row each, but those that are folded one for each user and service.
WITH u, CASE WHEN folded THEN nullIf(s.name, s.id) ELSE s.id END AS one, max(s.id) AS latest, count(s) AS count,
  sum(COUNT { (s)<-[:BELONGS_TO]-() }) AS keys, min(s.start) AS start, min(s.first) AS first, max(s.last) AS last
WITH latest, count, keys, start, first, last, coalesce(CASE WHEN count > 1 THEN last END, start, first) AS moment
ORDER BY moment IS NULL, moment DESC, latest LIMIT $limit
MATCH (s:Session {id: latest})
USING INDEX SEEK s:Session(id)
CALL (s) {
  MATCH (s)<-[:BELONGS_TO]-(k)
  RETURN max(k.expires) AS ends
}
RETURN s.id AS id, s.kind AS kind, s.arn AS arn, s.principal AS principal, s.account AS account,
  nullIf(s.name, s.id) AS name, start, first, last, s.source_identity AS source_identity, count, keys,
  COLLECT { MATCH (s)<-[:BELONGS_TO]-(k) RETURN k.id ORDER BY k.id LIMIT 20 } AS some_keys,
  ends,
  COLLECT {
    CALL (s) {
      MATCH (s)-[e:ISSUED_BY]->(p)
      RETURN e, p
      UNION
      MATCH (s)<-[:BELONGS_TO]-()-[e:ISSUED_BY]->(p)
      WITH e, p, e.session AS session
      WHERE session = s.id
      RETURN e, p
    }
    WITH e, p
    WHERE NOT EXISTS { MATCH (v:Event {id: e.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
    RETURN [[l IN labels(p) WHERE l IN ['AccessKey', 'Session', 'User', 'Identity', 'Service', 'Workload', 'Account']][0], p.id,
      CASE WHEN p:Identity THEN nullIf(p.name, p.id) END, e.how, e.principal]
  } AS issuers,
  COLLECT { MATCH (s)-[:ON_BEHALF_OF]->(p) RETURN [p.id, nullIf(p.name, p.id)] } AS people,
  COLLECT {
    MATCH (s)-[:ASSUMED|ACTS_AS|ON_BEHALF_OF|ISSUED_BY]->(n)
    RETURN n
    UNION
    MATCH (s)<-[:BELONGS_TO]-(k)-[:ISSUED_BY]->(n)
    RETURN n
  } + s AS drawn
