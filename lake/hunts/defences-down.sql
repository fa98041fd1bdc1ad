-- Logging and detection taken down
-- A trail, detector, recorder or flow log was stopped, deleted or narrowed; refused attempts too.
-- Next: `whodunnit who SESSION`; what follows is not all in the trail.
SELECT
    eventtime,
    recipientaccountid AS account_id,
    eventsource || ':' || eventname AS action,
    coalesce(errorcode, 'ok') AS outcome,
    lineage_principal AS principal,
    lineage_origin_name AS person,
    lineage_session_id AS session_id,
    sourceipaddress,
    eventid
FROM events
WHERE (eventsource = 'cloudtrail.amazonaws.com'
        AND eventname IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeleteEventDataStore'))
   OR (eventsource = 'guardduty.amazonaws.com'
        AND eventname IN ('DeleteDetector', 'UpdateDetector', 'DisassociateFromMasterAccount', 'DisassociateMembers',
                          'StopMonitoringMembers', 'CreateFilter', 'CreateIPSet'))
   OR (eventsource = 'config.amazonaws.com'
        AND eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel'))
   OR (eventsource = 'securityhub.amazonaws.com' AND eventname IN ('DisableSecurityHub', 'BatchDisableStandards'))
   OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs')
   OR (eventsource = 'logs.amazonaws.com' AND eventname IN ('DeleteLogGroup', 'DeleteLogStream'))
ORDER BY eventtime
