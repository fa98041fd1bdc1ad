-- Calls by action, resource and outcome.
WITH matching AS ({matching}),
called AS (
    SELECT
        {action} AS action,
        {resource} AS resource,
        coalesce(errorcode, CASE WHEN errormessage IS NOT NULL THEN 'failed' ELSE 'ok' END) AS outcome,
        eventtime,
        sourceipaddress,
        eventid
    FROM matching
)
SELECT
    action,
    resource,
    outcome,
    count(*),
    min(eventtime),
    max(eventtime) AS latest,
    count(DISTINCT sourceipaddress),
    min(sourceipaddress),
    max_by(eventid, (eventtime, eventid))
FROM called
GROUP BY action, resource, outcome
ORDER BY latest DESC, action, resource, outcome
