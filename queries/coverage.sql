-- Fetches for each account and Region from when to when records were read, and on which days.
-- Parameters: none.
-- Columns: account, region, first, last (instants), days (a JSON array of YYYY-MM-DD, in any order).
SELECT c.from_id AS account, c.to_id AS region, min(c.first) AS first, max(c.last) AS last,
    json_group_array(c.day) AS days
  FROM covered c
  GROUP BY c.from_id, c.to_id
