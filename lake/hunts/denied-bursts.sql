-- Denied bursts
-- A session or key was refused ten times or more within an hour: somebody looks what they may do.
-- Next: `whodunnit events KEY --denied`, then without --denied: what worked.
SELECT
    coalesce(lineage_session_id, useridentity.accesskeyid) AS credential,
    max(lineage_principal) AS principal,
    max(lineage_origin_name) AS person,
    substr(eventtime, 1, 13) AS in_hour,
    count(*) AS refused,
    count(DISTINCT eventsource || ':' || eventname) AS actions,
    min(eventtime) AS first_refused
FROM events
WHERE regexp_matches(errorcode, '(?i)access.?denied|unauthori[sz]ed|not.?authori[sz]ed|forbidden')
GROUP BY coalesce(lineage_session_id, useridentity.accesskeyid), substr(eventtime, 1, 13)
HAVING count(*) >= 10
ORDER BY refused DESC, first_refused
