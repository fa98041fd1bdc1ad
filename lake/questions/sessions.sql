-- A row for each session and key that the events show in use, and what it did.
SELECT
    lineage_session_id AS session_id,
    useridentity.accesskeyid AS access_key_id,
    max(lineage_principal) AS principal,
    max(lineage_origin_kind) AS origin_kind,
    max(lineage_origin_id) AS origin_id,
    max(lineage_origin_name) AS origin_name,
    max(lineage_origin_account) AS origin_account,
    max(lineage_source_identity) AS source_identity,
    bool_and(lineage_complete) AS complete,
    min(eventtime) AS first_seen,
    max(eventtime) AS last_seen,
    count(*) AS events,
    count(*) FILTER (WHERE errorcode IS NOT NULL) AS failed,
    count(DISTINCT eventsource || ':' || eventname) AS actions,
    count(DISTINCT sourceipaddress) AS addresses,
    list_sort(list(DISTINCT awsregion)) AS regions,
    list_sort(list(DISTINCT recipientaccountid)) AS accounts
FROM events
WHERE lineage_session_id IS NOT NULL OR useridentity.accesskeyid IS NOT NULL
GROUP BY lineage_session_id, useridentity.accesskeyid
