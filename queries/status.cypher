// Fetches how many nodes there are, which baselines were read, and whether the record itself was touched.
// A node may be there for an edge alone, as one that was never seen itself: such do not count, so each is looked at,
// in the order of the index of its id.
// Parameters: touches (names of events, each between spaces). In Neo4j Browser, ahead of it:
//   :param touches => ' StopLogging DeleteTrail '
// Columns: kind (count, baseline or touch), name (of the nodes, or the account), what and detail (event name and what
//   it was about), count, at, event, record (the packed record of a touch); null where a kind has no such thing.
// For Browser: drawn (accounts that were read, those with a baseline, and who touched the record of which).
CALL () {
  MATCH (u:User)
  USING INDEX u:User(id)
  WHERE u.id IS NOT NULL AND u.kind IS NOT NULL
  WITH count(*) AS count
  RETURN 'count' AS kind, 'users' AS name, null AS what, null AS detail, count, null AS at, null AS event,
    null AS record, null AS drawn
  UNION ALL
  MATCH (r:Role)
  USING INDEX r:Role(id)
  WHERE r.id IS NOT NULL
    AND (EXISTS { (r)<-[:NAMED|ASSUMED]-() } OR EXISTS { (r)-[:CREATED_BY]->() })
  WITH count(*) AS count
  RETURN 'count' AS kind, 'roles' AS name, null AS what, null AS detail, count, null AS at, null AS event,
    null AS record, null AS drawn
  UNION ALL
  MATCH (s:Session)
  USING INDEX s:Session(id)
  WHERE s.id IS NOT NULL AND s.kind IS NOT NULL
  WITH CASE s.kind WHEN 'forwarded' THEN 'forwarded sessions' ELSE 'sessions' END AS name, count(*) AS count
  RETURN 'count' AS kind, name, null AS what, null AS detail, count, null AS at, null AS event, null AS record,
    null AS drawn
  ORDER BY name
  UNION ALL
  MATCH (k:AccessKey)
  USING INDEX k:AccessKey(id)
  WHERE k.id IS NOT NULL AND (k.lasting OR k.issued IS NOT NULL OR k.first IS NOT NULL)
  WITH CASE WHEN k.lasting THEN 'long-lived keys' ELSE 'temporary keys' END AS name, count(*) AS count
  RETURN 'count' AS kind, name, null AS what, null AS detail, count, null AS at, null AS event, null AS record,
    null AS drawn
  ORDER BY name
  UNION ALL
  MATCH (i:Identity)
  USING INDEX i:Identity(id)
  WHERE i.id IS NOT NULL AND i.kind IS NOT NULL
  WITH count(*) AS count
  RETURN 'count' AS kind, 'identities' AS name, null AS what, null AS detail, count, null AS at, null AS event,
    null AS record, null AS drawn
  UNION ALL
  MATCH (e:Event)
  USING INDEX e:Event(id)
  WHERE e.id IS NOT NULL AND e.at IS NOT NULL
  WITH count(*) AS count
  RETURN 'count' AS kind, 'records kept' AS name, null AS what, null AS detail, count, null AS at, null AS event,
    null AS record, COLLECT { MATCH (a)-[:COVERED]->() RETURN DISTINCT a } AS drawn
  UNION ALL
  MATCH (n)-[l:LISTED]->(a)
  RETURN 'baseline' AS kind, a.id AS name, null AS what, null AS detail, count(DISTINCT n) AS count, l.at AS at,
    null AS event, null AS record, a AS drawn
  UNION ALL
  MATCH (a:Account)
  USING INDEX a:Account(id)
  WHERE a.id IS NOT NULL
  MATCH (a)-[c:CHANGED_BY]->(by)
  WHERE $touches CONTAINS ' ' + c.what + ' '
    AND NOT EXISTS { MATCH (v:Event {id: c.event}) USING INDEX SEEK v:Event(id) WHERE (v)<-[:AMENDS]-() }
  OPTIONAL MATCH (e:Event {id: c.event})
  USING INDEX SEEK e:Event(id)
  RETURN 'touch' AS kind, a.id AS name, c.what AS what, c.detail AS detail, null AS count, c.at AS at,
    c.event AS event, e.record AS record, [a, by] AS drawn
}
RETURN kind, name, what, detail, count, at, event, record, drawn
