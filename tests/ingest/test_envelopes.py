import base64
import gzip
import io
import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import read
from ingest.envelopes import Item, is_record
from ingest.limits import Limits
from ingest.source import Chunk, Object, PassedOver, Quarantined

RECORD: dict[str, object] = {
    "eventName": "AssumeRole",
    "eventID": "e",
    "eventTime": "2023-07-10T11:42:36Z",
    "detail": {"eventName": "not me", "eventID": "x"},
    "events": [],
}


def decode(value: object) -> list[Item]:
    """All that a JSON file of this value gives."""
    content = json.dumps(value).encode()
    return list(read(Object("f", 0, ""), io.BytesIO(content), Limits()))


def records(items: list[Item]) -> list[dict[str, object]]:
    """The records, decoded."""
    return [msgspec.json.decode(raw) for item in items if isinstance(item, Chunk) for raw in item.records]


def packed(value: object) -> str:
    """Base64 of gzip of JSON."""
    return base64.b64encode(gzip.compress(json.dumps(value).encode(), mtime=0)).decode()


def cloudwatch(value: object) -> dict[str, object]:
    """What CloudWatch Logs hands a subscriber."""
    return {
        "messageType": "DATA_MESSAGE",
        "logGroup": "g",
        "logEvents": [{"id": "1", "timestamp": 1, "message": json.dumps(value)}],
    }


WRAPPINGS: dict[str, Callable[[object], object]] = {
    "array": lambda value: [value],
    "native": lambda value: {"Records": [value]},
    "EventBridge": lambda value: {"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": value},
    "LookupEvents": lambda value: {
        "Events": [{"EventId": "e", "EventName": "AssumeRole", "CloudTrailEvent": json.dumps(value)}]
    },
    "one LookupEvents event": lambda value: {"EventId": "e", "CloudTrailEvent": json.dumps(value)},
    "CloudWatch subscription": cloudwatch,
    "filter-log-events": lambda value: {"events": [{"message": json.dumps(value)}], "searchedLogStreams": []},
    "awslogs": lambda value: {"awslogs": {"data": packed(cloudwatch(value))}},
    "Kinesis": lambda value: {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "eventName": "aws:kinesis:record",
                "eventID": "1",
                "kinesis": {"data": packed(value)},
            }
        ]
    },
    "SNS": lambda value: {"Type": "Notification", "TopicArn": "t", "Message": json.dumps(value)},
    "SNS to Lambda": lambda value: {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(value)}}]},
    "SQS": lambda value: {"Messages": [{"MessageId": "1", "Body": json.dumps(value)}]},
    "SQS to Lambda": lambda value: {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(value)}]},
    "Elasticsearch": lambda value: {
        "took": 1,
        "hits": {"total": {"value": 1}, "hits": [{"_id": "1", "_source": value}]},
    },
    "one hit": lambda value: {"_index": "i", "_source": value},
    "Google Cloud Logging": lambda value: {"insertId": "1", "jsonPayload": value, "logName": "l"},
    "text": json.dumps,
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_each_envelope_is_opened(name: str) -> None:
    """The record comes out as it went in, with nothing quarantined."""
    items = decode(WRAPPINGS[name](RECORD))

    assert records(items) == [RECORD]
    assert len(items) == 1


@given(st.lists(st.sampled_from(sorted(WRAPPINGS)), max_size=4))
def test_envelopes_in_any_combination(names: list[str]) -> None:
    """Envelopes in envelopes are opened, whatever their order."""
    value: object = RECORD
    for name in names:
        value = WRAPPINGS[name](value)
    items = decode(value)

    assert records(items) == [RECORD] or bad(items) == ["wrapped more than 8 times"]


def bad(items: list[Item]) -> list[str]:
    """Reasons of all that is quarantined."""
    return [item.reason for item in items if isinstance(item, Quarantined)]


def test_wrapping_has_a_bound() -> None:
    """What is wrapped without end is quarantined."""
    value: object = RECORD
    for _ in range(12):
        value = {"detail": value}

    assert bad(decode(value)) == ["wrapped more than 8 times"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"digestS3Object": "o", "digestStartTime": "t", "logFiles": []}, "digest"),
        ({"eventVersion": "1.07", "eventType": "AwsCloudTrailInsight", "insightDetails": {}}, "insight"),
        ({"Records": [{"eventCategory": "Insight", "eventID": "1", "eventName": "x"}]}, "insight"),
        (
            {"Records": [{"eventCategory": "Aggregated", "eventType": "AwsAggregatedEvent", "eventId": "1"}]},
            "aggregated",
        ),
        ({"s3Bucket": "b", "s3ObjectKey": ["k"]}, "notification"),
        ({"Message": json.dumps({"s3Bucket": "b", "s3ObjectKey": ["k"]})}, "notification"),
        ({"Type": "SubscriptionConfirmation", "Message": "You have chosen"}, "notification"),
        ({"Message": "CloudTrail validation message."}, "notification"),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent"}, "notification"),
        (
            {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "t", "s3": {}}]},
            "notification",
        ),
        ({"detail-type": "Object Created", "detail": {"bucket": {}, "object": {}}}, "notification"),
        ({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE"}]}, "control"),
    ],
)
def test_what_holds_no_records_is_passed_over(value: object, kind: str) -> None:
    """Digests, Insights, aggregated events and notices are told by their shape and counted."""
    items = decode(value)

    assert [item.kind for item in items if isinstance(item, PassedOver)] == [kind]
    assert len(items) == 1


@pytest.mark.parametrize(
    "insight",
    [
        {"eventCategory": "Insight", "eventID": "1", "eventName": "x", "eventTime": "2026-03-02T08:00:00Z"},
        {"eventType": "AwsCloudTrailInsight", "eventID": "1", "eventTime": "2026-03-02T08:00:00Z"},
        {"insightDetails": {"state": "Start"}, "eventID": "1", "eventTime": "2026-03-02T08:00:00Z"},
    ],
)
def test_an_insight_among_records_is_passed_over_wherever_it_stands(insight: dict[str, object]) -> None:
    """Before a record or behind it, it is counted as what it is."""
    for both in ([RECORD, insight], [insight, RECORD]):
        items = decode({"Records": both})

        assert [item.kind for item in items if isinstance(item, PassedOver)] == ["insight"]
        assert records(items) == [RECORD]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"a": 1}, "not a CloudTrail record"),
        ({"eventName": None, "eventTime": "t"}, "not a CloudTrail record"),
        ({"eventName": "INSERT", "eventID": "1", "eventSource": "aws:dynamodb"}, "not a CloudTrail record"),
        ({"severity": 8, "service": {}, "type": "x"}, "a GuardDuty finding, not a CloudTrail record"),
        ({"CloudTrailEvent": "plain words"}, "not a CloudTrail record"),
        ({"CloudTrailEvent": '{"eventName":'}, "malformed JSON: cut short"),
        ({"awslogs": {"data": "%%%"}}, "broken base64 or gzip data: Only base64 data is allowed"),
        (
            {"awslogs": {"data": base64.b64encode(gzip.compress(b"{}", mtime=0)[:-9]).decode()}},
            "broken base64 or gzip data: cut off",
        ),
        ({"Records": {"a": 1}}, "not a CloudTrail record"),
        (5, "not a CloudTrail record"),
    ],
)
def test_unknown_shapes_are_quarantined(value: object, reason: str) -> None:
    """What is no known shape is never dropped, and never stops what is beside it."""
    items = decode([value, RECORD])

    assert bad(items) == [reason]
    assert records(items) == [RECORD]


def test_bomb_inside_an_envelope() -> None:
    """Packed data in an envelope has its bound too."""
    bomb = base64.b64encode(gzip.compress(b" " * 20_000_000)).decode()

    assert bad(decode({"awslogs": {"data": bomb}})) == ["broken base64 or gzip data: expands over 16,777,216 bytes"]


def test_wrapped_text_that_is_not_utf8() -> None:
    """A message of broken text is quarantined, not raised."""
    content = b'{"Message":"{\xff}"}'
    (item,) = read(Object("f", 0, ""), io.BytesIO(content), Limits())

    assert isinstance(item, Quarantined)
    assert "malformed JSON" in item.reason


def test_position_inside_envelopes() -> None:
    """A record's place counts through the lists that it is in."""
    (chunk,) = decode([{"Events": [{"CloudTrailEvent": json.dumps(RECORD)}]}])

    assert isinstance(chunk, Chunk)
    assert chunk.position(0) == "line 1, record 1, record 1"


def test_record_is_told_leniently() -> None:
    """A name with a time, an id or a caller is enough, whatever their types."""
    assert is_record(msgspec.Raw(b'{"eventName":"x","eventTime":5}'))
    assert is_record(msgspec.Raw(b'{"eventName":"x","userIdentity":{}}'))
    assert not is_record(msgspec.Raw(b'{"eventName":"x"}'))
    assert not is_record(msgspec.Raw(b"[1]"))
