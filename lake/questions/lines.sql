-- Calls one by one, in order of time.
SELECT
    eventtime,
    {action},
    {resource},
    coalesce(errorcode, CASE WHEN errormessage IS NOT NULL THEN 'failed' ELSE 'ok' END),
    sourceipaddress,
    recipientaccountid,
    awsregion,
    lineage_principal,
    useridentity.accesskeyid,
    coalesce(lineage_origin_name, lineage_origin_id),
    lineage_complete,
    eventid
FROM ({matching})
ORDER BY eventtime, eventid, recipientaccountid
