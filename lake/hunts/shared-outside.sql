-- Snapshots and images shared with others
-- A disk, database or image was opened to another account, or to everybody.
-- Next: `whodunnit who SESSION`; take the permission back.
SELECT
    eventtime,
    recipientaccountid AS account_id,
    eventname AS action,
    coalesce(json_extract_string(requestparameters, '$.snapshotId'), json_extract_string(requestparameters, '$.imageId'),
             json_extract_string(requestparameters, '$.dBSnapshotIdentifier'),
             json_extract_string(requestparameters, '$.dBClusterSnapshotIdentifier')) AS shared,
    requestparameters AS asked,
    coalesce(errorcode, 'ok') AS outcome,
    lineage_principal AS principal,
    lineage_origin_name AS person,
    lineage_session_id AS session_id,
    eventid
FROM events
WHERE (eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute') AND requestparameters LIKE '%"add"%')
   OR (eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
        AND requestparameters LIKE '%"valuesToAdd"%')
ORDER BY eventtime
