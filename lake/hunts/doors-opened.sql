-- Trust and permissions changed
-- Who may assume a role, or what a principal may do, was changed by somebody whose chain is known.
-- Next: `whodunnit history ROLE_OR_USER`.
SELECT
    eventtime,
    recipientaccountid AS account_id,
    eventname AS action,
    coalesce(json_extract_string(requestparameters, '$.roleName'), json_extract_string(requestparameters, '$.userName'),
             json_extract_string(requestparameters, '$.groupName'), json_extract_string(requestparameters, '$.policyArn')) AS changed,
    json_extract_string(requestparameters, '$.policyArn') AS policy,
    coalesce(errorcode, 'ok') AS outcome,
    lineage_principal AS principal,
    lineage_origin_name AS person,
    lineage_session_id AS session_id,
    eventid
FROM events
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('UpdateAssumeRolePolicy', 'PutRolePolicy', 'PutUserPolicy', 'PutGroupPolicy', 'AttachRolePolicy',
                    'AttachUserPolicy', 'AttachGroupPolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion',
                    'AddUserToGroup', 'DeleteRolePermissionsBoundary', 'DeleteUserPermissionsBoundary',
                    'CreateLoginProfile', 'UpdateLoginProfile', 'CreateSAMLProvider', 'CreateOpenIDConnectProvider')
ORDER BY eventtime
