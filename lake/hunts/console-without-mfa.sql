-- Console sign-in without MFA
-- A password alone was enough. Sign-ins through Identity Center and SAML do their MFA elsewhere and are left out.
-- Next: `whodunnit events USER --from` the sign-in.
SELECT
    eventtime,
    recipientaccountid AS account_id,
    useridentity.arn AS signed_in,
    useridentity.username AS user_name,
    sourceipaddress,
    useragent,
    eventid
FROM events
WHERE eventname = 'ConsoleLogin'
  AND eventsource = 'signin.amazonaws.com'
  AND useridentity.type IN ('IAMUser', 'Root')
  AND json_extract_string(additionaleventdata, '$.MFAUsed') = 'No'
  AND json_extract_string(responseelements, '$.ConsoleLogin') = 'Success'
ORDER BY eventtime
