// Fetches the records behind events.
// Parameters: ids (a list of eventIDs). In Neo4j Browser, ahead of it:
//   :param ids => ['01234567-89ab-cdef-0123-456789abcdef']
// Columns: id, record (JSON, session tokens cut, zlib).
// For Browser: drawn (what the event is about).
UNWIND $ids AS id
WITH DISTINCT id
MATCH (e:Event {id: id})
USING INDEX SEEK e:Event(id)
WHERE e.record IS NOT NULL
RETURN e.id AS id, e.record AS record, COLLECT { MATCH (e)-[:ABOUT]->(n) RETURN n } AS drawn
