-- Secrets read in bulk
-- One session or key read five secrets or more within an hour.
-- Next: `whodunnit events KEY --action GetSecretValue --lines`; rotate what was read.
SELECT
    coalesce(lineage_session_id, useridentity.accesskeyid) AS credential,
    max(lineage_principal) AS principal,
    max(lineage_origin_name) AS person,
    substr(eventtime, 1, 13) AS in_hour,
    count(DISTINCT coalesce(json_extract_string(requestparameters, '$.secretId'), json_extract_string(requestparameters, '$.name'))) AS secrets,
    count(*) AS calls,
    min(eventtime) AS first_read
FROM events
WHERE errorcode IS NULL
  AND ((eventsource = 'secretsmanager.amazonaws.com' AND eventname = 'GetSecretValue')
    OR (eventsource = 'ssm.amazonaws.com' AND eventname = 'GetParameter'
        AND json_extract_string(requestparameters, '$.withDecryption') = 'true'))
GROUP BY coalesce(lineage_session_id, useridentity.accesskeyid), substr(eventtime, 1, 13)
HAVING count(DISTINCT coalesce(json_extract_string(requestparameters, '$.secretId'), json_extract_string(requestparameters, '$.name'))) >= 5
ORDER BY secrets DESC, first_read
