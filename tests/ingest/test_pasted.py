import json
from typing import Any

import msgspec
import pytest

from ingest.errors import UsageError
from ingest.identity import Ref
from ingest.pasted import Asked, asked, shown

ARN = "arn:aws:sts::111122223333:assumed-role/ops/build"
SESSION: dict[str, Any] = {
    "type": "AssumedRole",
    "principalId": "AROAOPS:build",
    "arn": ARN,
    "accountId": "111122223333",
    "accessKeyId": "ASIABUILD",
    "sessionContext": {"attributes": {"creationDate": "2026-03-01T00:00:00Z"}},
}


def record(who: object, **fields: object) -> dict[str, Any]:
    """A record by somebody."""
    return {
        "eventTime": "2026-03-01T00:10:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets",
        "eventID": "e-1",
        "recipientAccountId": "111122223333",
        "userIdentity": who,
        **fields,
    }


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n  "])
def test_a_record_in_any_layout(indent: int | None, start: str) -> None:
    """A record may be on one line or many, behind blanks or a byte order mark, and more may follow it."""
    one = json.dumps(record(SESSION), indent=indent)
    other = json.dumps(record({**SESSION, "accessKeyId": "ASIAELSE"}), indent=indent)

    assert [found.ids[0] for found in asked(f"{start}{one}\n{other}\n")] == ["ASIABUILD", "ASIAELSE"]


def test_ids_of_a_record_that_dates_its_session() -> None:
    """Key, session, the seconds beside it, the event: a session of the same name from another time is not it."""
    (found,) = asked(json.dumps(record(SESSION)))

    assert found.at == "2026-03-01T00:10:00Z"
    assert found.ids == (
        "ASIABUILD",
        f"2026-03-01T00:00:00Z/{ARN}",
        f"2026-02-28T23:59:59Z/{ARN}",
        f"2026-03-01T00:00:01Z/{ARN}",
        "e-1",
    )


def test_ids_of_a_record_that_does_not() -> None:
    """Without a creation date the session's ARN and principal id stand for the session live then."""
    undated = {key: value for key, value in SESSION.items() if key not in {"sessionContext", "accessKeyId"}}
    (found,) = asked(json.dumps(record(undated)))

    assert found.ids == (f"-/{ARN}", ARN, "AROAOPS:build", "e-1")


def test_ids_of_a_user_in_the_console() -> None:
    """A user's session may stand for the user, whose id is sure."""
    context = {"attributes": {"creationDate": "2026-03-01T00:00:00Z"}}
    who = {"type": "IAMUser", "principalId": "AIDABOB", "accessKeyId": "ASIABOB", "sessionContext": context}
    (found,) = asked(json.dumps(record(who)))

    assert found.ids[0] == "ASIABOB"
    assert found.ids[-2:] == ("AIDABOB", "e-1")


def test_lines_are_ids() -> None:
    """What is no JSON is ids, one a line; blanks around them and empty lines do not count."""
    assert asked(" ASIAONE \n\n\tAKIATWO\r\n") == [Asked(("ASIAONE",)), Asked(("AKIATWO",))]
    assert asked("\ufeffASIAONE") == [Asked(("ASIAONE",))]


def test_one_credential_is_asked_once() -> None:
    """The same record twice, or a list of findings about one key, is one question."""
    finding = {"resource": {"accessKeyDetails": {"accessKeyId": "ASIAONE"}}, "updatedAt": "2026-03-01T00:00:00Z"}

    assert asked(json.dumps([record(SESSION), record(SESSION)])) == asked(json.dumps(record(SESSION)))
    assert asked(json.dumps({"Findings": [finding, finding]})) == [Asked(("ASIAONE",), "2026-03-01T00:00:00Z")]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a": 1}',
        "[1, 2, null]",
        '{"a":' * 800 + "1" + "}" * 800,
        '{"a":' * 100_000,
        json.dumps(record(SESSION, eventTime="yesterday")),
        json.dumps(record(SESSION, eventName=5)),
        json.dumps(record(5)),
        json.dumps({"Resource": {"AccessKeyDetails": {}}}),
        json.dumps({"Resource": {"AccessKeyDetails": {"AccessKeyId": "A"}}, "UpdatedAt": "yesterday"}),
    ],
    ids=lambda text: text[:40],
)
def test_what_asks_about_nothing(text: str) -> None:
    """What is neither record nor finding, or cannot be read, is wrong usage in a sentence."""
    with pytest.raises(UsageError):
        asked(text)


def test_what_an_event_shows() -> None:
    """Its caller, when it was, and the keys that it issued or made."""
    issuing = record(
        SESSION,
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        requestParameters={"roleArn": "arn:aws:iam::111122223333:role/far", "roleSessionName": "s"},
        responseElements={"credentials": {"accessKeyId": "ASIACHILD"}},
    )
    making = record(
        SESSION,
        eventSource="iam.amazonaws.com",
        eventName="CreateAccessKey",
        requestParameters={"userName": "bob"},
        responseElements={"accessKey": {"accessKeyId": "AKIABOB", "userName": "bob"}},
    )
    found = [shown(msgspec.json.encode(one)) for one in (issuing, making, record(SESSION))]

    assert [one.issued for one in found] == [("ASIACHILD",), ("AKIABOB",), ()]
    assert {one.caller for one in found} == {Ref("AccessKey", "ASIABUILD")}


def test_what_a_refused_call_shows() -> None:
    """Nothing was issued where the call was refused."""
    refused = record(SESSION, eventSource="sts.amazonaws.com", eventName="AssumeRole", errorCode="AccessDenied")

    assert shown(msgspec.json.encode(refused)).issued == ()


def test_findings_in_wrappings() -> None:
    """A finding by way of SNS and SQS, or as Security Hub writes it, asks about its key."""
    finding = {"schemaVersion": "2.0", "id": "f-1", "severity": 8, "service": {"eventLastSeen": "2026-03-01T00:00:00Z"}}
    finding["resource"] = {"accessKeyDetails": {"accessKeyId": "ASIAONE", "principalId": "AROAONE:s"}}
    event = {"source": "aws.guardduty", "detail": finding}
    queued = {"Messages": [{"Body": json.dumps({"Type": "Notification", "Message": json.dumps(event)})}]}
    key = {"Type": "AwsIamAccessKey", "Details": {"AwsIamAccessKey": {"AccessKeyId": "ASIATWO"}}}
    hub = {"Findings": [{"Severity": {"Label": "HIGH"}, "Resources": [key], "UpdatedAt": "2026-03-02T00:00:00Z"}]}

    assert asked(json.dumps(queued)) == [Asked(("ASIAONE", "AROAONE:s"), "2026-03-01T00:00:00Z")]
    assert asked(json.dumps(hub)) == [Asked(("ASIATWO",), "2026-03-02T00:00:00Z")]


def test_a_finding_of_security_hub_names_the_key_in_its_resource() -> None:
    """Where the details name the principal alone, the resource's id has the key; and it was last seen then."""
    key = {
        "Type": "AwsIamAccessKey",
        "Id": "AWS::IAM::AccessKey:ASIATWO",
        "Details": {"AwsIamAccessKey": {"PrincipalId": "AROATWO:s"}},
    }
    times = {"UpdatedAt": "2026-03-09T00:00:00Z", "LastObservedAt": "2026-03-02T00:00:00Z"}
    hub = {"Findings": [{"Severity": {"Label": "HIGH"}, "Resources": [key], **times}]}

    assert asked(json.dumps(hub)) == [Asked(("ASIATWO", "AROATWO:s"), "2026-03-02T00:00:00Z")]


def test_an_entry_of_google_cloud_is_no_finding() -> None:
    """It has a resource and a severity as well; the record in it is asked about."""
    entry = {"jsonPayload": record(SESSION), "resource": {"type": "project", "labels": {}}, "severity": "INFO"}

    assert [one.ids[0] for one in asked(json.dumps(entry))] == ["ASIABUILD"]


def test_a_finding_about_something_else_does_not_hide_the_others() -> None:
    """Of several findings those about keys are asked about; one about an instance is asked by its id, to be told."""
    about_key = {"id": "f-1", "resource": {"accessKeyDetails": {"accessKeyId": "ASIAONE"}}}
    about_instance = {"id": "f-2", "resource": {"instanceDetails": {"instanceId": "i-1"}}}

    key, instance = asked(json.dumps([about_key, about_instance]))
    assert key.ids == ("ASIAONE",)
    assert "f-2" in instance.ids[0]
    with pytest.raises(UsageError, match="names no access key"):
        asked(json.dumps(about_instance))


@pytest.mark.parametrize(
    "text",
    [
        "ASIAONE\nASIATWO\n",
        '"ASIAONE"\n"ASIATWO"',
        "ASIAONE, ASIATWO",
        '["ASIAONE", "ASIATWO"]',
        " ASIAONE  'ASIATWO';",
    ],
)
def test_ids_as_people_paste_them(text: str) -> None:
    """Quotes, commas and white space around ids do not matter."""
    assert asked(text) == [Asked(("ASIAONE",)), Asked(("ASIATWO",))]
