CREATE OR REPLACE VIEW events AS
SELECT account, region, date, eventversion, useridentity, eventtime, eventsource, eventname, awsregion, sourceipaddress, useragent, errorcode, errormessage, requestparameters, responseelements, additionaleventdata, requestid, eventid, readonly, resources, eventtype, apiversion, managementevent, recipientaccountid, serviceeventdetails, sharedeventid, vpcendpointid, vpcendpointaccountid, eventcategory, addendum, sessioncredentialfromconsole, edgedevicedetails, tlsdetails, eventcontext, otherfields, lineage_principal, lineage_chain, lineage_origin_kind, lineage_origin_id, lineage_origin_name, lineage_origin_account, lineage_session_id, lineage_tags, lineage_principal_tags, lineage_transitive_tags, lineage_source_identity, lineage_evidence, lineage_complete, lineage_stop, lineage_warnings
FROM (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY account, region, date, eventtime, eventsource, eventname, eventid, recipientaccountid, addendum
      ORDER BY lineage_complete DESC, "$path"
    ) AS copy
  FROM whodunnit_events
)
WHERE copy = 1;
