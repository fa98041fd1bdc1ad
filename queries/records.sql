-- Fetches the records behind events.
-- Parameters: ids (a list of eventIDs).
-- Columns: id, record (JSON, session tokens cut, zlib).
SELECT e.id, e.record FROM event e WHERE e.id IN (SELECT value FROM json_each(:ids))
