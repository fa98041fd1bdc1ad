-- Names and ARNs of callers, and of people behind them, that contain a text: what may have been meant by it.
SELECT DISTINCT name
FROM (
  SELECT unnest([lineage_origin_name, lineage_source_identity, useridentity.username, useridentity.arn]) AS name
  FROM copies
)
WHERE contains(lower(name), lower(?))
ORDER BY length(name), name
LIMIT 5
