-- A key used from two networks within an hour
-- The same credential from two places at nearly the same time. Calls that services make for somebody are left out;
-- a network is the first half of an IPv4 address (/16).
-- Next: `whodunnit events KEY --lines`.
WITH used AS (
    SELECT
        useridentity.accesskeyid AS access_key_id,
        lineage_principal AS principal,
        split_part(sourceipaddress, '.', 1) || '.' || split_part(sourceipaddress, '.', 2) AS network,
        sourceipaddress,
        eventtime,
        CAST(replace(replace(eventtime, 'T', ' '), 'Z', '') AS TIMESTAMP) AS at_time
    FROM events
    WHERE useridentity.accesskeyid IS NOT NULL
      AND regexp_matches(sourceipaddress, '^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$')
),
followed AS (
    SELECT
        access_key_id,
        principal,
        network,
        sourceipaddress,
        eventtime,
        at_time,
        lag(network) OVER (PARTITION BY access_key_id ORDER BY at_time, sourceipaddress) AS network_before,
        lag(sourceipaddress) OVER (PARTITION BY access_key_id ORDER BY at_time, sourceipaddress) AS address_before,
        lag(at_time) OVER (PARTITION BY access_key_id ORDER BY at_time, sourceipaddress) AS time_before
    FROM used
)
SELECT
    access_key_id,
    max(principal) AS principal,
    address_before,
    sourceipaddress AS address,
    min(eventtime) AS first_seen,
    count(*) AS changes
FROM followed
WHERE network <> network_before
  AND date_diff('second', time_before, at_time) <= 3600
GROUP BY access_key_id, address_before, sourceipaddress
ORDER BY first_seen, access_key_id
