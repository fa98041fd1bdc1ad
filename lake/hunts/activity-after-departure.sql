-- Activity after a person left
-- Their IAM user was deleted, or their Identity Center user, and yet something whose chain begins with them went on:
-- sessions that outlive who opened them.
-- Next: `whodunnit who SESSION`; revoke the role's older sessions.
WITH departed AS (
    SELECT
        json_extract_string(requestparameters, '$.userName') AS person,
        recipientaccountid AS account_id,
        eventtime AS left_at
    FROM events
    WHERE eventname = 'DeleteUser' AND errorcode IS NULL AND eventsource = 'iam.amazonaws.com'
    UNION ALL
    SELECT json_extract_string(requestparameters, '$.userId'), NULL, eventtime
    FROM events
    WHERE eventname = 'DeleteUser' AND errorcode IS NULL AND eventsource IN ('sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
)
SELECT
    departed.person,
    departed.left_at,
    events.lineage_principal AS principal,
    events.lineage_session_id AS session_id,
    min(events.eventtime) AS first_after,
    max(events.eventtime) AS last_after,
    count(*) AS events
FROM departed
JOIN events
  ON events.eventtime > departed.left_at
 AND (
    (events.lineage_origin_kind = 'IAMUser'
      AND events.lineage_origin_name = departed.person
      AND events.lineage_origin_account = departed.account_id)
    OR (events.lineage_origin_kind = 'IdentityCenterUser'
      AND (events.lineage_origin_id = departed.person OR events.lineage_origin_id LIKE '%/' || departed.person))
 )
GROUP BY departed.person, departed.left_at, events.lineage_principal, events.lineage_session_id
ORDER BY departed.left_at, first_after
