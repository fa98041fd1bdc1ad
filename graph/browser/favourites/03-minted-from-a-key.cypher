// Everything minted from a key: credentials that it issued or created, what those did, and so on
// :param key => 'ASIA…'
//
// Keys of one session count as one credential, for each of them can go on where another left off.
MATCH (root:AccessKey {id: $key})
MATCH path = (root) ((from)-[step:ISSUED_BY|CREATED_BY|BELONGS_TO]-(to)
  WHERE CASE WHEN step:BELONGS_TO THEN from:Session OR to:Session ELSE endNode(step) = from END
)+ (minted)
WHERE minted <> root
// Each once, by the shortest way.
WITH minted, path, from, step
ORDER BY size(step)
WITH minted, head(collect(path)) AS path, head(collect(step[-1])) AS last,
  head(collect(size([one IN step WHERE type(one) <> 'BELONGS_TO']))) AS depth
OPTIONAL MATCH (minted)-[:BELONGS_TO]->{0,1}(holder:Session|User)
WITH minted, path, last, depth, min(holder.arn) AS arn
RETURN depth, labels(minted)[0] AS kind, minted.id AS id, arn, type(last) AS via, coalesce(last.what, last.how) AS how,
  coalesce(last.at, last.first) AS at, minted.last AS last_seen, path
ORDER BY depth, at, id
