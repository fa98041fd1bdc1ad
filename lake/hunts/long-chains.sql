-- Role chains over three hops
-- More principals in a row than most organizations have a reason for.
-- Next: `whodunnit who SESSION` shows each link and how sure it is.
SELECT
    lineage_session_id AS session_id,
    lineage_principal AS principal,
    array_to_string(lineage_chain, ' <- ') AS chain,
    array_length(lineage_chain) AS principals,
    min(eventtime) AS first_seen,
    max(eventtime) AS last_seen,
    count(*) AS events
FROM events
WHERE array_length(lineage_chain) > 3
GROUP BY lineage_session_id, lineage_principal, lineage_chain
ORDER BY principals DESC, first_seen
