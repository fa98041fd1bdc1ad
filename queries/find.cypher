// Fetches principals, sessions, keys and people that a text may mean, the newest of each; it says of none why it fits.
// Forwarded sessions are left out: their user and their key are found.
// Parameters: part (a LIKE pattern: % ahead and behind, in between \ before what is no wildcard), key_part (the same,
//   where it may be of a key's id), first_id and last_id (principal ids that begin so), first_address and last_address,
//   tag_key and tag_value (the value null for any); those not asked for are null; limit (rows of each kind), many (rows
//   of which the limit is made, where several are of one session). In Neo4j Browser, ahead of it:
//   :param {part: '%alice%', key_part: '%alice%', first_id: 'ALICE', last_id: 'ALICF', first_address: null,
//     last_address: null, tag_key: null, tag_value: null, limit: 50, many: 400}
// Columns: label, id, key (a key of the session), name, arn, account, principal, source_identity, told (the address or
//   tag that was asked for, or null), first, last.
// For Browser: drawn (the node, and of a key or session whose it is).
//
// Comparing without case is for ASCII letters, as AWS does it: so by patterns with (?i), their text quoted (\Q…\E).
// Each a list of one, or of none where it was not asked for: what unwinds it then looks at nothing.
WITH replace(replace(replace(substring($part, 1, size($part) - 2), '\\%', '%'), '\\_', '_'), '\\\\', '\\') AS text
WITH CASE WHEN text IS NULL THEN [] ELSE ['(?is).*\\Q' + replace(text, '\\E', '\\E\\\\E\\Q') + '\\E.*'] END AS likes,
  CASE WHEN $tag_key IS NULL THEN [] ELSE ['(?is)\\Q' + replace($tag_key, '\\E', '\\E\\\\E\\Q') + '\\E'] END AS keys,
  '(?is)\\Q' + replace($tag_value, '\\E', '\\E\\\\E\\Q') + '\\E' AS value
CALL (likes, keys, value) {
  // What an address or a tag was seen with: of a key that is of a session, the session.
  CALL (keys, value) {
    MATCH (p:Place)<-[f:SEEN_FROM]-(n)
    USING INDEX SEEK p:Place(address)
    WHERE $first_address <= p.address <= $last_address
    RETURN n, p.address AS told, f.first AS first, f.last AS last
    ORDER BY last DESC, n.id LIMIT $many
    UNION ALL
    UNWIND keys AS tag
    MATCH (g:Tag)
    USING INDEX g:Tag(key, value)
    WHERE g.key IS NOT NULL AND g.value IS NOT NULL AND g.key =~ tag
      AND ($tag_value IS NULL OR g.value =~ value)
    MATCH (g)<-[t:TAGGED]-(n:AccessKey|Session)
    WHERE NOT EXISTS { MATCH (v:Event {id: t.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
    RETURN n, g.key + '=' + g.value AS told, t.at AS first, t.at AS last
    ORDER BY last DESC LIMIT $many
  }
  OPTIONAL MATCH (n:AccessKey)-[:BELONGS_TO]->(s:Session)
  WITH coalesce(s, n) AS n, told, min(first) AS first, max(last) AS last
  RETURN n, null AS bearer, told, first, last
  UNION ALL
  UNWIND keys AS tag
  MATCH (g:Tag)
  USING INDEX g:Tag(key, value)
  WHERE g.key IS NOT NULL AND g.value IS NOT NULL AND g.key =~ tag
    AND ($tag_value IS NULL OR g.value =~ value)
  MATCH (g)<-[t:TAGGED]-(n:User|Name|Role|Provider)
  WHERE NOT EXISTS { MATCH (v:Event {id: t.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  WITH n, g.key + '=' + g.value AS told, min(t.at) AS first, max(t.at) AS last
  ORDER BY last DESC, n.id LIMIT $limit
  RETURN n, null AS bearer, told, first, last
  UNION ALL
  UNWIND likes AS like
  CALL (like) {
    MATCH (n:Session)
    WHERE n.arn =~ like AND n.kind <> 'forwarded'
    RETURN n ORDER BY n.start IS NULL, n.start DESC, n.id LIMIT $limit
    UNION
    MATCH (n:Session)
    USING INDEX n:Session(principal)
    WHERE $first_id <= n.principal <= $last_id AND n.kind IS NOT NULL
      // A user's session that is not forwarded has no service in its id.
      AND (n.principal CONTAINS ':' OR n.start IS NOT NULL AND substring(n.id, 20) = '/' + n.principal)
    RETURN n ORDER BY n.start IS NULL, n.start DESC, n.id LIMIT $limit
    UNION
    MATCH (n:Session)
    WHERE n.source_identity =~ like
    RETURN n ORDER BY n.start IS NULL, n.start DESC, n.id LIMIT $limit
    UNION
    MATCH (n:AccessKey)
    USING INDEX n:AccessKey(id)
    WHERE n.id IS NOT NULL AND $key_part IS NOT NULL AND n.id =~ like
      AND (n.lasting IS NOT NULL OR n.issued IS NOT NULL OR n.first IS NOT NULL)
    WITH n, coalesce(n.last, n.issued) AS moment
    RETURN n ORDER BY moment IS NULL, moment DESC, n.id LIMIT $limit
    UNION
    MATCH (n:AccessKey)
    WHERE n.source_identity =~ like
    WITH n, coalesce(n.last, n.issued) AS moment
    RETURN n ORDER BY moment IS NULL, moment DESC, n.id LIMIT $limit
    UNION  // the long-lived ones of a user who is called so, by whom they were used or for whose name they were made
    MATCH (u:User)-[b:NAMED]->()
    USING INDEX u:User(id)
    WHERE u.id IS NOT NULL AND (b.name =~ like OR like CONTAINS '/' AND b.arn =~ like)
    MATCH (n:AccessKey)-[:BELONGS_TO]->(u)
    WHERE n.lasting IS NOT NULL
    WITH DISTINCT n, coalesce(n.last, n.issued) AS moment
    RETURN n ORDER BY moment IS NULL, moment DESC, n.id LIMIT $limit
    UNION
    MATCH (n:AccessKey)-[:BELONGS_TO]->(o:Name)
    USING INDEX o:Name(id)
    WHERE o.id IS NOT NULL AND substring(o.id, 13) =~ like AND n.lasting IS NOT NULL
    WITH n, coalesce(n.last, n.issued) AS moment
    RETURN n ORDER BY moment IS NULL, moment DESC, n.id LIMIT $limit
  }
  RETURN n, null AS bearer, null AS told, null AS first, null AS last
  UNION ALL
  UNWIND likes AS like
  MATCH (n:User)
  USING INDEX n:User(id)
  WHERE n.id IS NOT NULL AND n.kind IS NOT NULL
  OPTIONAL MATCH (n)-[b:NAMED]->()
  WITH n, b
  WHERE n.id =~ like OR n.account =~ like OR n.arn =~ like OR b.arn =~ like OR b.name =~ like
  RETURN n, b AS bearer, null AS told, b.first AS first, b.last AS last
  ORDER BY last IS NULL, last DESC, n.id LIMIT $limit
  UNION ALL
  UNWIND likes AS like
  MATCH (l:RoleId)-[b:NAMED]->(n)
  USING INDEX l:RoleId(id)
  WHERE l.id IS NOT NULL AND (l.id =~ like OR b.arn =~ like OR n.id =~ like)
  RETURN n, b AS bearer, null AS told, b.first AS first, b.last AS last
  ORDER BY last DESC, n.id LIMIT $limit
  UNION ALL
  // Names, roles and providers that are known by what happened to them alone.
  UNWIND likes AS like
  CALL (like) {
    MATCH (n:Name)
    USING INDEX n:Name(id)
    WHERE n.id IS NOT NULL AND n.id =~ like
    RETURN n
    UNION ALL
    MATCH (n:Role)
    USING INDEX n:Role(id)
    WHERE n.id IS NOT NULL AND n.id =~ like
    RETURN n
    UNION ALL
    MATCH (n:Provider)
    USING INDEX n:Provider(id)
    WHERE n.id IS NOT NULL AND n.id =~ like
    RETURN n
  }
  WITH n
  WHERE NOT EXISTS { (n)<-[:NAMED]-() }
  CALL (n) {
    MATCH (n)-[e:CREATED_BY|CHANGED_BY|TAGGED|UNTAGGED|RENAMED]->()
    RETURN e.at AS at
    UNION ALL
    MATCH (n)<-[e:ATTEMPTED|RENAMED]-()
    RETURN e.at AS at
    UNION ALL
    MATCH (n:Name)<-[b:BELONGS_TO]-()
    RETURN b.last AS at
  }
  WITH n, min(at) AS first, max(at) AS last
  RETURN n, null AS bearer, null AS told, first, last
  ORDER BY last DESC, n.id LIMIT $limit
  UNION ALL
  UNWIND likes AS like
  MATCH (n:Identity)
  USING INDEX n:Identity(id)
  WHERE n.id IS NOT NULL AND n.kind IS NOT NULL AND (n.id =~ like OR nullIf(n.name, n.id) =~ like)
  CALL (n) {
    OPTIONAL MATCH (n)<-[e:ISSUED_BY]-()
    RETURN min(e.at) AS first, max(e.at) AS last
  }
  CALL (n) {
    OPTIONAL MATCH (n)<-[o:ON_BEHALF_OF]-()
    RETURN max(o.last) AS seen
  }
  CALL (n) {
    OPTIONAL MATCH (n)-[r:REQUESTED]->()
    RETURN max(r.at) AS asked
  }
  WITH n, first, coalesce(last, seen, asked) AS last
  RETURN n, null AS bearer, null AS told, first, last
  ORDER BY last IS NULL, last DESC, n.id LIMIT $limit
}
// What each is called.
CALL (n, bearer, told, first, last) {
  WITH n WHERE n:Session AND n.kind IS NOT NULL
  RETURN head(COLLECT { MATCH (n)<-[:BELONGS_TO]-(k) RETURN k.id ORDER BY k.id LIMIT 1 }) AS key,
    nullIf(n.name, n.id) AS name, n.arn AS arn, n.account AS account, n.principal AS principal,
    coalesce(first, n.first, n.start) AS since, coalesce(last, n.last, n.start) AS until
  UNION ALL
  WITH n WHERE n:AccessKey
  CALL (n) {
    OPTIONAL MATCH (n)-[:BELONGS_TO]->(o)
    OPTIONAL MATCH (o:User)-[b:NAMED]->()
    RETURN coalesce(o.arn, b.arn) AS arn
    ORDER BY o:User DESC, b.last IS NULL, b.last DESC, o.id DESC LIMIT 1
  }
  CALL (n) {
    OPTIONAL MATCH (n)-[k:BELONGS_TO]->(o:User|Name)
    OPTIONAL MATCH (o)-[b:NAMED]->()
    WITH o, b, k ORDER BY o:User DESC, b.last IS NULL, b.last DESC, o.id DESC
    RETURN head(collect(CASE WHEN o:Name THEN coalesce(k.name, substring(o.id, 13)) ELSE b.name END)) AS name
  }
  CALL (n) {
    OPTIONAL MATCH (n)-[:BELONGS_TO]->(o)
    RETURN coalesce(o.account, substring(o.id, 0, 12)) AS account
    ORDER BY o:User DESC, o.id DESC LIMIT 1
  }
  RETURN n.id AS key, name, arn, account, null AS principal, coalesce(first, n.first, n.issued) AS since,
    coalesce(last, n.last, n.issued) AS until
  UNION ALL
  WITH n, bearer WHERE n:User AND n.kind IS NOT NULL AND bearer IS NULL
  OPTIONAL MATCH (n)-[b:NAMED]->()
  WHERE told IS NOT NULL
  RETURN null AS key, b.name AS name, coalesce(b.arn, n.arn) AS arn, n.account AS account, n.id AS principal,
    first AS since, last AS until
  UNION ALL
  WITH n, bearer WHERE n:User AND bearer IS NOT NULL
  RETURN null AS key, bearer.name AS name, coalesce(bearer.arn, n.arn) AS arn, n.account AS account,
    n.id AS principal, first AS since, last AS until
  UNION ALL
  WITH n, bearer WHERE n:Role AND bearer IS NOT NULL
  RETURN null AS key, bearer.name AS name, bearer.arn AS arn, substring(n.id, 0, 12) AS account,
    startNode(bearer).id AS principal, first AS since, last AS until
  UNION ALL
  WITH n WHERE n:Role AND told IS NOT NULL
  MATCH (n)<-[b:NAMED]-(l)
  RETURN null AS key, b.name AS name, b.arn AS arn, substring(n.id, 0, 12) AS account, l.id AS principal,
    first AS since, last AS until
  UNION ALL
  WITH n, bearer WHERE bearer IS NULL AND n:Name|Role|Provider
  RETURN null AS key, null AS name, null AS arn, null AS account, null AS principal, first AS since, last AS until
  UNION ALL
  WITH n WHERE n:Identity
  OPTIONAL MATCH (n)-[:VIA]->(p)
  RETURN null AS key, nullIf(n.name, n.id) AS name, p.id AS arn, null AS account, null AS principal, first AS since,
    last AS until
}
// Labels of ours, ahead of whatever others people gave to nodes.
RETURN [l IN labels(n) WHERE l IN ['AccessKey', 'Session', 'User', 'Name', 'Role', 'RoleId', 'Identity', 'Account',
  'Provider', 'Service', 'Stack', 'Workload']][0] AS label, n.id AS id, key, name, arn, account, principal,
  CASE WHEN n:Session|AccessKey THEN n.source_identity END AS source_identity, told, since AS first, until AS last,
  COLLECT { MATCH (n)-[:BELONGS_TO|ASSUMED|ACTS_AS|NAMED]->(m) RETURN m } + n AS drawn
