list_filter(json_extract_string(requestparameters, [
    '$.roleArn', '$.bucketName', '$.userName', '$.roleName', '$.functionName', '$.secretId', '$.keyId', '$.tableName',
    '$.policyArn', '$.instanceId', '$.instancesSet.items[0].instanceId', '$.groupId', '$.snapshotId', '$.stackName',
    '$.name'
]) || [resources[1].arn], lambda said: said IS NOT NULL)[1]
