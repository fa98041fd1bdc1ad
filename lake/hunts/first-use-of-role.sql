-- First use of a role by a person
-- Somebody behind the chain used a role that they had not used before: as far back as the lake goes.
-- Next: `whodunnit who SESSION`, and ask the person. Early days of a lake show everybody's first time.
SELECT
    lineage_origin_name AS person,
    lineage_origin_id AS person_id,
    lineage_principal AS role,
    min(eventtime) AS first_used,
    max(eventtime) AS last_used,
    count(*) AS events
FROM events
WHERE useridentity.type = 'AssumedRole'
  AND lineage_origin_kind IN ('IAMUser', 'SAMLUser', 'WebIdentityUser', 'IdentityCenterUser', 'Root')
GROUP BY lineage_origin_name, lineage_origin_id, lineage_principal
ORDER BY first_used DESC, role
