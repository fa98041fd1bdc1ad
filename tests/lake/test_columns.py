"""What goes into a lake's columns comes out again, field by field."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import read_from
from ingest.limits import Limits
from ingest.source import Chunk, Object
from ingest.sources.files import Files
from ingest.tokens import cut_session_tokens
from lake.columns import Columns, Row, lines_of, records, row_of, rows_of
from lake.schema import CLOUDTRAIL, RECORD
from synth.generate import organization

_encode = msgspec.json.encode

FULL: dict[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:session",
        "arn": "arn:aws:sts::111111111111:assumed-role/r/session",
        "accountId": "111111111111",
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "userName": "r"},
            "attributes": {"creationDate": "2026-03-04T05:06:07Z", "mfaAuthenticated": "false"},
            "webIdFederationData": {"federatedProvider": "arn:aws:iam::1:oidc-provider/x", "attributes": {"a": "b"}},
        },
        "invokedByDelegate": {"accountId": "222222222222"},
    },
    "eventTime": "2026-03-04T05:06:08Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject",
    "awsRegion": "eu-central-1",
    "sourceIPAddress": "192.0.2.1",
    "userAgent": "aws-cli",
    "requestParameters": {"bucketName": "b", "n": 12345678901234567890},
    "responseElements": None,
    "additionalEventData": {"x": [1, {"y": None}]},
    "requestID": "r",
    "eventID": "00000000-0000-4000-8000-000000000001",
    "readOnly": True,
    "resources": [{"ARN": "arn:aws:s3:::b/k", "type": "AWS::S3::Object"}, {"accountId": "111111111111"}],
    "eventType": "AwsApiCall",
    "managementEvent": False,
    "recipientAccountId": "111111111111",
    "sharedEventID": "s",
    "eventCategory": "Data",
    "addendum": {"reason": "DELAY", "originalEventID": "o"},
    "sessionCredentialFromConsole": "true",
    "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "x", "clientProvidedHostHeader": "h"},
    "eventContext": {"requestContext": {}, "tagContext": {"t": ["v"]}},
}


def _there_and_back(given_records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return _back([row_of(_encode(record)) for record in given_records])


def _back(rows: list[Row]) -> list[dict[str, Any]]:
    return list(map(json.loads, records(pa.Table.from_arrays(Columns(rows).arrays(), schema=CLOUDTRAIL))))


def test_a_record_with_every_kind_of_field_comes_out_as_it_went_in() -> None:
    """Objects, lists, numbers of any size, nulls: all of it."""
    assert _there_and_back([FULL]) == [FULL]


@pytest.mark.parametrize("indent", [2, "\t"])
def test_a_record_comes_out_as_one_line(indent: int | str) -> None:
    """However it was laid out."""
    record = json.dumps(FULL | {"novel": {"a": [1]}}, indent=indent).replace("\n", "\r\n").encode()
    [found] = records(pa.Table.from_arrays(Columns([row_of(record)]).arrays(), schema=CLOUDTRAIL))
    assert not {*found} & {*b"\n\r\t"}
    assert json.loads(found) == FULL | {"novel": {"a": [1]}}


@pytest.mark.parametrize("number", ["1e999", "-1E+400", "12345678901234567890123456789", "1.0"])
def test_numbers_stay_as_they_are_written(number: str) -> None:
    """JSON has numbers that Python has not; none of them is in anybody's way, or turned into another."""
    written = f'{{"x":{number}}}'.encode()
    record = _encode(FULL | {"requestParameters": msgspec.Raw(written), "novel": msgspec.Raw(written)})
    [found] = records(pa.Table.from_arrays(Columns([row_of(record)]).arrays(), schema=CLOUDTRAIL))
    assert found.count(written) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"newField": {"a": [1, None, "x"]}},
        {"userIdentity": {"type": "IAMUser", "newInside": 1}},
        {"userIdentity": "no object"},
        {"userIdentity": None},
        {"errorCode": None},
        {"errorCode": 7},
        {"readOnly": "true"},
        {"readOnly": None},
        {"resources": {"ARN": "not a list"}},
        {"resources": []},
        {"resources": [None]},
        {"addendum": {}},
        {"eventID": ""},
        {"eventID": None},
        {"eventID": "sha256:looks like ours"},
        {"eventTime": "Jul 3, 2021 11:27:09 PM"},
        {"eventTime": 1772600000},
        {"requestParameters": "text"},
        {"requestParameters": []},
        {"tlsDetails": {"tlsVersion": 1.3}},
        {"additionalEventData": {"emoji": "\U0001f600", "escaped": "\ud7ff"}},
    ],
    ids=str,
)
def test_what_has_no_room_in_its_column_is_kept_beside(odd: dict[str, Any]) -> None:
    """Unknown fields and odd types go to a column of their own, and do not disturb the rows around."""
    record = FULL | odd
    assert _there_and_back([FULL, record, FULL]) == [FULL, record, FULL]
    file = lines_of("f", _encode({"Records": [FULL, record, FULL]}))
    assert file is None or _back(rows_of(file)) == [FULL, record, FULL]


def test_a_file_is_read_at_once_as_its_records_are_one_by_one(shared_data: Path) -> None:
    """The same rows either way, texts and all, of made-up and of real files; tokens are cut in both."""
    texts = [_encode({"Records": organization(seed).records}) for seed in range(3)]
    texts += [path.read_bytes() for path in sorted((shared_data / "invictus").rglob("*.json"))]
    at_once = 0
    for text in texts:
        raws = msgspec.json.decode(text, type=dict[str, list[msgspec.Raw]])["Records"]
        file = lines_of("f", text)
        if file is not None:
            at_once += len(file.heads)
            assert [_told(row) for row in rows_of(file)] == [_told(row_of(bytes(raw))) for raw in raws]
    assert at_once > 2000


@pytest.mark.parametrize(
    "odd",
    [
        {"eventID": ""},
        {"eventID": None},
        {"newField": 1},
        {"errorCode": None},
        {"eventTime": 1772600000},
        {"eventTime": "never"},
        {"eventName": None},
        {"eventCategory": "Insight"},
        {"eventCategory": "Aggregated"},
    ],
    ids=str,
)
def test_a_file_with_an_odd_record_is_not_read_at_once(odd: dict[str, Any]) -> None:
    """Each of its records is then looked at by itself."""
    assert lines_of("f", _encode({"Records": [FULL, FULL | odd]})) is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"Records":[]}', b'{"Records":[{}]}', b'{"Records":[],"x":1}'])
def test_what_is_no_delivery_file_is_not_read_at_once(text: bytes) -> None:
    """Nor is text that is not UTF-8, wherever that is."""
    assert lines_of("f", text) is None
    latin = _encode({"Records": [FULL | {"requestParameters": {"name": "na?ve"}}]}).replace(b"?", b"\xef")
    assert lines_of("f", latin) is None


def test_a_record_without_an_id_is_given_back_without_one() -> None:
    """The id that the lake makes up for it is not taken for its own."""
    record = {name: value for name, value in FULL.items() if name != "eventID"}
    row = row_of(_encode(record))
    assert row.event.startswith("sha256:")
    assert _back([row]) == [record]


def test_session_tokens_do_not_come_into_the_lake() -> None:
    """They are cut, as everywhere."""
    record = FULL | {"responseElements": {"credentials": {"sessionToken": "SECRETSECRETSECRETSECRET"}}}
    [found] = _there_and_back([record])
    assert found["responseElements"]["credentials"]["sessionToken"] == "SECRETSECRE...."


@pytest.mark.parametrize("broken", [b"{}", b"[]", b'{"eventTime":"never","eventName":"x"}', b'{"eventName":"x"}', b"{"])
def test_what_is_no_record_is_refused(broken: bytes) -> None:
    """With an error that the quarantine can show."""
    with pytest.raises((ValueError, msgspec.DecodeError)):
        row_of(broken)


def test_text_that_is_not_utf_8_is_refused() -> None:
    """No column could hold it, and none is bent to."""
    with pytest.raises(UnicodeDecodeError):
        row_of(b'{"eventTime":"2026-03-04T05:06:08Z","eventName":"\xff"}')


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from([*RECORD, "other"]), _json, max_size=8), min_size=1, max_size=4))
def test_whatever_a_field_holds_is_not_lost(odd: list[dict[str, Any]]) -> None:
    """Any JSON in any field that does not tell who, when and where."""
    fixed = {name: FULL[name] for name in ("eventTime", "eventName", "eventSource")}
    made = []
    for fields in odd:
        record = {**fields, **fixed}
        for text in ("eventID", "awsRegion", "recipientAccountId", "sourceIPAddress", "userAgent"):
            if not isinstance(record.get(text), str | None):
                del record[text]  # such a record is no record: ingest sets it aside as well
        record.pop("sessionCredentialFromConsole", None)
        made.append(record)
    assert _there_and_back(made) == made


def test_real_records_come_out_as_they_went_in(shared_data: Path) -> None:
    """All of a lab account, attacked on purpose: 2,900 in, the same out."""
    raws = list(_raws(Files([shared_data / "invictus"])))
    cut = [msgspec.json.decode(cut_session_tokens(raw)) for raw in raws]
    assert len(cut) == 2900
    assert _back([row_of(raw) for raw in raws]) == cut


def test_real_records_of_every_version_come_out_as_they_went_in(shared_data: Path) -> None:
    """Records of several versions, anonymised or wrapped, as published."""
    raws = list(_raws(Files([shared_data / "stratus", shared_data / "cross-account"])))
    versions = {msgspec.json.decode(raw).get("eventVersion") for raw in raws}
    assert len(versions) > 2
    assert _back([row_of(raw) for raw in raws]) == [msgspec.json.decode(cut_session_tokens(raw)) for raw in raws]


def _told(row: Row) -> tuple[Any, ...]:
    return row.line, row.event, row.at, row.raw, row.other


def _raws(source: Files) -> "list[bytes]":
    found: list[bytes] = []
    for item in source.objects():
        if isinstance(item, Object):
            for chunk in read_from(source, item, Limits()):
                found += [bytes(raw) for raw in chunk.records] if isinstance(chunk, Chunk) else []
    return found
