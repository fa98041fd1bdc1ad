-- Use of root
-- Root signed in or made a call, or a chain begins with root: member accounts have no daily use for it.
-- Next: `whodunnit events root --lines`.
SELECT
    recipientaccountid AS account_id,
    eventsource || ':' || eventname AS action,
    coalesce(errorcode, 'ok') AS outcome,
    lineage_principal AS principal,
    min(eventtime) AS first_seen,
    max(eventtime) AS last_seen,
    count(*) AS events,
    max(sourceipaddress) AS an_address
FROM events
WHERE (useridentity.type = 'Root' AND useridentity.invokedby IS NULL)
   OR (lineage_origin_kind = 'Root' AND useridentity.invokedby IS NULL)
GROUP BY recipientaccountid, eventsource || ':' || eventname, coalesce(errorcode, 'ok'), lineage_principal
ORDER BY first_seen
