-- First use of a Region by a principal
-- A principal that was at work elsewhere turned up in a Region where it had not been. Global services log in one
-- Region whatever the caller's, and are left out.
-- Next: `whodunnit events PRINCIPAL --from` that day.
WITH at_work AS (
    SELECT lineage_principal AS principal, awsregion, min(eventtime) AS first_used, count(*) AS events
    FROM events
    WHERE lineage_principal IS NOT NULL
      AND eventsource NOT IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'signin.amazonaws.com', 'route53.amazonaws.com',
                              'cloudfront.amazonaws.com', 'organizations.amazonaws.com')
    GROUP BY lineage_principal, awsregion
),
known AS (
    SELECT principal, min(first_used) AS since FROM at_work GROUP BY principal
)
SELECT at_work.principal, at_work.awsregion, at_work.first_used, known.since AS principal_since, at_work.events
FROM at_work
JOIN known ON known.principal = at_work.principal
WHERE at_work.first_used > known.since
ORDER BY at_work.first_used DESC, at_work.principal
