-- The lineage table as far as the events tell it: the last row of each session and key stands for it.
SELECT
    useridentity.accesskeyid AS access_key_id,
    lineage_session_id AS session_id,
    CASE
        WHEN lineage_session_id IS NULL THEN 'long-lived'
        WHEN contains(lineage_session_id, ':assumed-role/') THEN 'role'
        WHEN contains(lineage_session_id, ':federated-user/') THEN 'federated'
        WHEN ends_with(lineage_session_id, '.amazonaws.com') THEN 'forwarded'
        ELSE 'user'
    END AS kind,
    useridentity.accountid AS account,
    useridentity.sessioncontext.attributes.creationdate AS started,
    NULL::VARCHAR AS expires,
    min(eventtime) OVER credential AS first_seen,
    max(eventtime) OVER credential AS last_seen,
    COLUMNS('lineage_.*')
FROM events
WHERE lineage_session_id IS NOT NULL OR useridentity.accesskeyid IS NOT NULL
WINDOW credential AS (PARTITION BY lineage_session_id, useridentity.accesskeyid)
QUALIFY row_number() OVER (
    PARTITION BY lineage_session_id, useridentity.accesskeyid ORDER BY lineage_complete DESC, eventtime DESC, eventid
) = 1
