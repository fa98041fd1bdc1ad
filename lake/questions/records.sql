-- Records, in order of time.
SELECT {columns}
FROM ({matching})
ORDER BY eventtime, eventid, recipientaccountid
