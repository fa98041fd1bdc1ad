-- Long-lived keys minted by role sessions
-- A session that ends made a key that does not: the usual way to stay.
-- Next: `whodunnit who NEW_KEY`, `whodunnit events NEW_KEY`.
SELECT
    eventtime,
    recipientaccountid AS account_id,
    lineage_principal AS minted_by,
    lineage_origin_name AS person,
    lineage_session_id AS session_id,
    json_extract_string(responseelements, '$.accessKey.userName') AS for_user,
    json_extract_string(responseelements, '$.accessKey.accessKeyId') AS new_key,
    sourceipaddress,
    eventid
FROM events
WHERE eventname = 'CreateAccessKey'
  AND errorcode IS NULL
  AND useridentity.type IN ('AssumedRole', 'FederatedUser')
ORDER BY eventtime
