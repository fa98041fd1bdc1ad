CREATE EXTERNAL TABLE lineage (
  `access_key_id` string,
  `session_id` string,
  `kind` string,
  `account` string,
  `started` string,
  `expires` string,
  `first_seen` string,
  `last_seen` string,
  `lineage_principal` string,
  `lineage_chain` array<string>,
  `lineage_origin_kind` string,
  `lineage_origin_id` string,
  `lineage_origin_name` string,
  `lineage_origin_account` string,
  `lineage_session_id` string,
  `lineage_tags` map<string,string>,
  `lineage_principal_tags` map<string,string>,
  `lineage_transitive_tags` array<string>,
  `lineage_source_identity` string,
  `lineage_evidence` string,
  `lineage_complete` boolean,
  `lineage_stop` string,
  `lineage_warnings` array<string>
)
STORED AS PARQUET
LOCATION '<lineage>/';
