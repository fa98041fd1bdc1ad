// Fetches for each account and Region from when to when records were read, and on which days.
// Parameters: none.
// Columns: account, region, first, last (instants), days (a list of YYYY-MM-DD, in any order).
// For Browser: drawn (the account and the Region).
MATCH (a)-[c:COVERED]->(r)
RETURN a.id AS account, r.id AS region, min(c.first) AS first, max(c.last) AS last, collect(c.day) AS days,
  [a, r] AS drawn
