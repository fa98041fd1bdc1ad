import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pytest

from graph.rows import Batch as RowBatch
from graph.rows import rows_of
from ingest.errors import UnreadableSource
from ingest.facts import Covered, Fact, Issued, Kept, Seen
from ingest.gather import Gather, Reading
from ingest.limits import HELD_BYTES, Limits
from ingest.sink import Batch
from ingest.source import Object
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.generate import organization

Call = Callable[..., dict[str, Any]]
Shown = dict[str, Any]
Said = tuple[list[Seen], list[Covered], list[Fact]]


def plain(seen: Iterable[Seen], covered: Iterable[Covered], facts: Iterable[Fact]) -> Said:
    """Takes the facts as they are."""
    return list(seen), list(covered), list(facts)


def batches(path: Path, reading: Reading) -> list[Batch]:
    """All batches that a file or folder gives."""
    source, gather = Files([path]), Gather(reading)
    found = [batch for item in source.objects() if isinstance(item, Object) for batch in gather.read(source, item)]
    return [*found, gather.take()]


def gathered(folder: Path, records: Sequence[object], **reading: Any) -> tuple[Said, Batch]:  # noqa: ANN401 (fields of Reading)
    """What one delivery file of these records says, and the batch."""
    path = folder / "trail.json"
    path.write_text(json.dumps({"Records": records}))
    (batch,) = batches(path, Reading(plain, **reading))
    return batch.rows, batch


def rows(path: Path) -> RowBatch:
    """The rows of a whole file."""
    (batch,) = batches(path, Reading(rows_of))
    found: RowBatch = batch.rows
    return {name: sorted(found[name], key=repr) for name in sorted(found)}


def test_an_identity_is_folded_by_place(tmp_path: Path, call: Call) -> None:
    """One caller is seen once, with the first and last time of each place, in whatever order the records stand."""
    records = [
        call(1, "2026-03-02T08:00:02Z"),
        call(2, "2026-03-02T08:00:01Z"),
        call(3, "2026-03-02T09:00:00Z", awsRegion="us-east-1", userAgent=None),
        call(4, "2026-03-02T08:30:00Z"),
    ]
    ((seen,), covered, facts), batch = gathered(tmp_path, records)

    assert (seen.first, seen.last) == ("2026-03-02T08:00:01Z", "2026-03-02T09:00:00Z")
    assert seen.places == {
        ("203.0.113.7", "aws-cli/2.31.4", "eu-west-1"): ("2026-03-02T08:00:01Z", "2026-03-02T08:30:00Z"),
        ("203.0.113.7", "", "us-east-1"): ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
    }
    assert [(day.account, day.region) for day in covered] == [
        ("111122223333", "eu-west-1"),
        ("111122223333", "us-east-1"),
    ]
    assert facts == []
    assert batch.counts == {"files": 1, "bytes": batch.counts["bytes"], "records": 4, "facts": 0}


def test_callers_behind_one_address_are_told_apart(tmp_path: Path, call: Call) -> None:
    """Several who call in turns from one address (NAT) are each seen at their own times, with their own account."""
    one = call(0, "2026-03-02T08:00:00Z")["userIdentity"]
    other = {**one, "accessKeyId": "ASIAIOSFODNN7OTHERAB"}
    records = [
        call(1, "2026-03-02T08:00:01Z"),
        call(2, "2026-03-02T08:00:02Z", userIdentity=other),
        call(3, "2026-03-02T08:00:03Z", recipientAccountId="444455556666"),
        call(4, "2026-03-02T08:00:04Z"),
        call(5, "2026-03-02T08:00:05Z", userIdentity=other),
        call(6, "2026-03-02T08:00:00Z", userIdentity=other),
    ]
    (seen, covered, _), _ = gathered(tmp_path, records)

    times = {one.actor.key: (one.first, one.last) for one in seen}
    assert times == {
        one["accessKeyId"]: ("2026-03-02T08:00:01Z", "2026-03-02T08:00:04Z"),
        other["accessKeyId"]: ("2026-03-02T08:00:00Z", "2026-03-02T08:00:05Z"),
    }
    assert {day.account: (day.first, day.last) for day in covered} == {
        "111122223333": ("2026-03-02T08:00:00Z", "2026-03-02T08:00:05Z"),
        "444455556666": ("2026-03-02T08:00:03Z", "2026-03-02T08:00:03Z"),
    }


def test_days_are_covered_one_by_one(tmp_path: Path, call: Call) -> None:
    """A caller who is there for days covers those on which there are records, and no others."""
    times = ["2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-04T12:00:00Z"]
    (_, covered, _), _ = gathered(tmp_path, [call(number, at) for number, at in enumerate(times)])

    assert sorted(day.first for day in covered) == times


@pytest.mark.parametrize("seed", range(12))
def test_files_lines_and_single_records_say_the_same(tmp_path: Path, seed: int) -> None:
    """The quick way through a delivery file and the careful one through lines of JSON give the same rows."""
    records = organization(seed, 80).records
    native = write_json(records, tmp_path / "trail.json")
    lines = tmp_path / "lines.json"
    lines.write_bytes(b"\n".join(msgspec.json.encode(record) for record in records))

    assert rows(native) == rows(lines)


BROKEN: list[tuple[object, str]] = [
    ({"eventTime": "yesterday"}, "not a time in a trail: 'yesterday'"),
    ({"eventTime": "1970-01-01T00:00:00Z"}, "not a time in a trail: '1970-01-01T00:00:00Z'"),
    ({"eventTime": None}, "not a CloudTrail record: Expected"),
    ({"userIdentity": "alice"}, "not a CloudTrail record: userIdentity: Expected `object | null`, got `str`"),
    (
        {"userIdentity": {"accessKeyId": 5}},
        "not a CloudTrail record: userIdentity: Expected `str | null`, got `int` - at `$.accessKeyId`",
    ),
    ({"sourceIPAddress": {}}, "not a CloudTrail record: Expected `str | null`, got `object` - at `$.sourceIPAddress`"),
]


@pytest.mark.parametrize(("fields", "reason"), BROKEN)
def test_one_bad_record_among_good_ones(tmp_path: Path, call: Call, fields: dict[str, object], reason: str) -> None:
    """What cannot be read is quarantined with its place and reason; it counts as nothing, and the others as ever."""
    given = [call(1), call(2, **{"sourceIPAddress": "198.51.100.1", **fields}), call(3, "2026-03-02T08:00:01Z")]
    ((seen,), _, _), batch = gathered(tmp_path, given)

    assert [(piece.position, piece.reason[: len(reason)]) for piece in batch.quarantined] == [("record 2", reason)]
    assert (batch.counts["records"], batch.counts["quarantined"]) == (2, 1)
    assert (seen.first, seen.last) == ("2026-03-02T08:00:00Z", "2026-03-02T08:00:01Z")
    assert list(seen.places) == [("203.0.113.7", "aws-cli/2.31.4", "eu-west-1")]
    assert [done.name for done in batch.done] == [str(tmp_path / "trail.json")]


def test_a_bad_record_with_a_handler_says_nothing(tmp_path: Path, call: Call) -> None:
    """If what an event asked for cannot be read, neither its facts nor its caller are taken."""
    wrong = call(1, eventSource="iam.amazonaws.com", eventName="CreateUser", requestParameters={"userName": 5})
    (seen, _, facts), batch = gathered(tmp_path, [wrong])

    assert (seen, facts) == ([], [])
    assert batch.counts["quarantined"] == 1


def test_times_in_every_spelling_are_one(tmp_path: Path, call: Call) -> None:
    """A second is the same second, however it is written."""
    spelled = ["2026-03-02T08:00:00Z", "2026-03-02T09:00:00+01:00", "Mar 2, 2026, 8:00:00 AM", 1772438400]
    ((seen,), _, _), _ = gathered(tmp_path, [call(number, at) for number, at in enumerate(spelled)])

    assert set(seen.places.values()) == {("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z")}


def test_seconds_that_do_not_exist(tmp_path: Path, call: Call) -> None:
    """A minute that was met before does not make its 61st second right."""
    times = ["2026-03-02T08:00:00Z", "2026-03-02T08:00:61Z", "2026-03-02T08:00:5Z"]
    _, batch = gathered(tmp_path, [call(number, at) for number, at in enumerate(times)])

    assert [piece.position for piece in batch.quarantined] == ["record 2", "record 3"]


def test_calls_of_services_for_a_user_are_one_a_second(tmp_path: Path, call: Call) -> None:
    """Forward access sessions of a user are grouped by service and second; later calls with such a key are not."""

    def forwarded(number: int, key: str, at: str) -> Shown:
        began = {"attributes": {"creationDate": "2026-03-02T08:00:00Z", "mfaAuthenticated": "false"}}
        record = call(number, at)
        record["userIdentity"] |= {"accessKeyId": key, "sessionContext": began, "invokedBy": "athena.amazonaws.com"}
        return record

    records = [
        forwarded(1, "ASIA1", "2026-03-02T08:00:00Z"),
        forwarded(2, "ASIA2", "2026-03-02T08:00:01Z"),
        forwarded(3, "ASIA2", "2026-03-02T08:00:00Z"),
        forwarded(4, "ASIA3", "2026-03-02T08:00:09Z"),
        forwarded(5, "ASIA3", "2026-03-02T08:00:01Z"),
    ]
    (seen, _, _), _ = gathered(tmp_path, records)
    spans = {
        (s.actor.key, s.actor.session.kind if s.actor.session else ""): (s.first[-3:-1], s.last[-3:-1]) for s in seen
    }

    assert spans == {
        ("ASIA1", "forwarded"): ("00", "00"),
        ("ASIA2", "forwarded"): ("00", "01"),
        ("ASIA3", "forwarded"): ("01", "01"),
        ("ASIA3", "user"): ("09", "09"),
    }
    assert len({s.actor.session.id for s in seen if s.actor.session and s.actor.session.kind == "forwarded"}) == 1


def test_facts_rest_on_their_own_record(tmp_path: Path, call: Call) -> None:
    """Each event that is kept is kept with its own text, token cut, among many others in the file."""
    token = "x" * 400

    def assume(number: int) -> Shown:
        answer = {"credentials": {"accessKeyId": f"ASIA{number}", "sessionToken": token}}
        asked = {"roleArn": "arn:aws:iam::111122223333:role/Ops", "roleSessionName": f"n{number}"}
        return call(
            number,
            eventSource="sts.amazonaws.com",
            eventName="AssumeRole",
            requestParameters=asked,
            responseElements=answer,
        )

    records = [assume(number) if number % 7 == 0 else call(number) for number in range(100)]
    (_, _, facts), batch = gathered(tmp_path, records)
    kept = {fact.event: msgspec.json.decode(fact.record) for fact in facts if isinstance(fact, Kept)}

    assert {fact.key: fact.event for fact in facts if isinstance(fact, Issued)} == {
        f"ASIA{number}": f"e-{number}" for number in range(0, 100, 7)
    }
    assert {text["responseElements"]["credentials"]["sessionToken"] for text in kept.values()} == {"x" * 11 + "...."}
    assert all(text["eventID"] == event for event, text in kept.items())
    assert (batch.counts["records"], batch.counts["quarantined"]) == (100, 0)


def test_outside_of_the_time_asked_for(tmp_path: Path, call: Call) -> None:
    """From `since` on and before `until`: what is outside is counted, and leaves no trace."""
    times = [f"2026-03-02T08:00:0{second}Z" for second in range(6)]
    records = [call(number, at) for number, at in enumerate(times)]
    ((seen,), _, _), batch = gathered(tmp_path, records, since=times[1], until=times[4])

    assert (seen.first, seen.last) == (times[1], times[3])
    assert (batch.counts["records"], batch.counts["outside"]) == (3, 3)
    assert [(done.since, done.until) for done in batch.done] == [(times[1], times[4])]


def test_batches_are_given_on_the_way(tmp_path: Path, call: Call) -> None:
    """A long run is written piece by piece; a file counts as read with the batch that has its last record."""
    for number in range(6):
        (tmp_path / f"{number}.json").write_text(json.dumps({"Records": [call(10 * number + at) for at in range(10)]}))
    found = batches(tmp_path, Reading(plain, batch=25))

    assert [batch.counts["records"] for batch in found] == [30, 30, 0]
    assert [len(batch.done) for batch in found] == [3, 3, 0]
    assert [len(batch.marks) for batch in found] == [30, 30, 0]


def test_records_without_an_id_are_told_apart_by_their_text(tmp_path: Path, call: Call) -> None:
    """Two different records without eventID are two; the same one twice is the same."""
    one, other = call(1, eventID=None), call(1, eventID=None, eventName="GetObject")
    _, batch = gathered(tmp_path, [one, other, one])

    assert len(batch.marks) == 3
    assert batch.marks[0] == batch.marks[2] != batch.marks[1]


class Flaky:
    """A source whose one object cannot be opened at first."""

    def __init__(self, content: bytes) -> None:
        self.content, self.opened = content, 0

    def objects(self) -> Iterator[Object]:
        """The one object."""
        yield Object("far", len(self.content), "1")

    def open(self, item: Object) -> BinaryIO:
        """Fail the first time."""
        self.opened += 1
        if self.opened == 1:
            raise UnreadableSource(f"cannot be opened: {item.name} is busy")
        return io.BytesIO(self.content)


def test_what_cannot_be_opened_is_tried_again(call: Call) -> None:
    """An object that could not be opened is quarantined but not counted as read: the next run may do better."""
    source, gather = Flaky(json.dumps({"Records": [call(1)]}).encode()), Gather(Reading(plain))
    (item,) = source.objects()
    taken = []
    for _ in range(2):
        assert list(gather.read(source, item)) == []
        taken.append(gather.take())

    assert [piece.reason for piece in taken[0].quarantined] == ["cannot be opened: far is busy"]
    assert [[done.name for done in batch.done] for batch in taken] == [[], ["far"]]
    assert [batch.begun for batch in taken] == [["far"], ["far"]]
    assert [batch.counts["records"] for batch in taken] == [0, 1]


def test_bytes_that_are_no_utf8_in_a_field_that_nobody_reads(tmp_path: Path, call: Call) -> None:
    """The record counts, and what is kept of it is text that can be shown."""
    record = json.dumps({"Records": [call(1, eventName="CreateUser", eventSource="iam.amazonaws.com", odd="ODD")]})
    path = tmp_path / "trail.json"
    path.write_bytes(record.encode().replace(b"ODD", b"\xff\xfe"))
    (batch,) = batches(path, Reading(plain))
    kept = [fact.record for fact in batch.rows[2] if isinstance(fact, Kept)]

    assert [json.loads(one)["odd"] for one in kept] == ["\ufffd\ufffd"]


@pytest.mark.parametrize("packed", [False, True])
def test_what_went_over_a_limit_is_tried_again(tmp_path: Path, call: Call, *, packed: bool) -> None:
    """The next run may have a higher one; what was read counts now."""
    text = json.dumps({"Records": [call(1), call(2, note="x" * (HELD_BYTES + 3_000_000))]}).encode()
    path = tmp_path / "trail.json"
    path.write_bytes(gzip.compress(text) if packed else text)
    low = Limits(max_object_bytes=2_000_000) if packed else Limits(max_line_bytes=1_000_000)
    high = Limits(max_ratio=100_000, max_line_bytes=4 * HELD_BYTES)

    assert [one for batch in batches(path, Reading(plain, limits=low)) for one in batch.done] == []
    assert [one.name for batch in batches(path, Reading(plain, limits=high)) for one in batch.done] == [str(path)]
