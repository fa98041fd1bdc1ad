import random
import zlib
from collections.abc import Callable

import pytest

from graph.rows import Batch, Rows, place_hash, rows_of
from graph.schema import PLACES_KEPT
from graph.tables import TABLES
from ingest.facts import Fact, Issued, Kept, Seen
from ingest.identity import Ref, role_session

EARLY, LATE = "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"


def test_rows_of_one_identity_merge() -> None:
    """First times are the least, last times the greatest, and what is not known never wins; in either order."""
    one = (1, LATE, None, "x", LATE, LATE)
    other = (None, EARLY, LATE, None, EARLY, EARLY)
    for first, second in ((one, other), (other, one)):
        rows = Rows()
        rows.put("access_key", ("K",), *first)
        rows.put("access_key", ("K",), *second)

        assert rows.batch() == {"access_key": [("K", 1, EARLY, LATE, "x", EARLY, LATE)]}


def test_rows_are_neighbours_and_as_wide_as_their_table(seen: Callable[..., Seen]) -> None:
    """Each row has its table's columns, and stands in order of the first id in it; tables without rows are absent."""
    batch = rows_of([seen("b", "a"), seen("c")], [], issues("ASIA2", "ASIA1"))

    assert {name: {len(row) for row in rows} for name, rows in batch.items()} == {
        name: {len(TABLES[name].columns)} for name in batch
    }
    for name, rows in batch.items():
        at = TABLES[name].columns.index(next(one for one in TABLES[name].identity if not one.endswith("label")))
        assert [row[at] for row in rows] == sorted(str(row[at]) for row in rows)
    assert set(batch) < set(TABLES)


def issues(*keys: str) -> list[Fact]:
    """Each of these keys issued for a session of its own."""
    return [
        Issued(
            at=EARLY,
            event=f"e-{key}",
            issuer=Ref("AccessKey", "AKIAALICE"),
            how="exact",
            key=key,
            session=role_session("arn:aws:iam::111122223333:role/ci/Ops", key, EARLY, f"AROAOPS:{key}"),
            tags=(("team", "red"), ("cost", "7")),
            transitive=("team",),
            inherited=(("org", "x"),),
        )
        for key in keys
    ]


def told(batch: Batch) -> set[tuple[object, ...]]:
    """Every row, with its table's name."""
    return {(name, *row) for name, rows in batch.items() for row in rows}


def test_order_of_facts_is_nothing(seen: Callable[..., Seen]) -> None:
    """The same facts in any order, and said twice, are the same rows."""
    facts, sightings = issues("ASIA1", "ASIA2", "ASIA3"), [seen("a", first=LATE), seen("b"), seen("a", last=EARLY)]
    expected = told(rows_of(sightings, [], facts))
    for seed in range(20):
        chance = random.Random(seed)

        shuffled = rows_of(chance.choices(sightings, k=20) + sightings, [], chance.choices(facts, k=20) + facts)
        assert told(shuffled) == expected


def test_an_issued_key_carries_its_tags() -> None:
    """Passed and inherited tags are told apart, and which of those passed go on."""
    rows = rows_of([], [], issues("ASIA1"))["session_tag"]

    assert {(row[2], row[3], row[6], row[7]) for row in rows} == {
        ("cost", "7", 0, 0),
        ("org", "x", 1, 1),
        ("team", "red", 1, 0),
    }


def test_places_are_bounded(seen: Callable[..., Seen]) -> None:
    """Of many places only as many as a store keeps are said: those smallest by hash."""
    addresses = [f"10.0.0.{number}" for number in range(100)]
    rows = rows_of([seen(*addresses)], [], [])
    marks = sorted(place_hash((address, "cli", "eu-west-1")) for address in addresses)[:PLACES_KEPT]

    assert [row[2] for row in rows["seen_from"]] == marks
    assert [row[0] for row in rows["place"]] == marks


@pytest.mark.parametrize("place", [("", "", ""), ("a", "b\0c", "d"), ("a", "\ud800", "é")])
def test_any_place_has_a_name(place: tuple[str, str, str]) -> None:
    """Nothing that a record may hold keeps a place from being named; 16 hex digits."""
    assert len(bytes.fromhex(place_hash(place))) == 8


def test_records_are_kept_whole() -> None:
    """The record behind a fact is kept compressed, byte for byte."""
    record = b'{"eventID":"e-1", "x": "\xc3\xa9"}'
    kept = Kept(at=EARLY, event="e-1", name="n", source="s", region="", account="", record=record)
    (row,) = rows_of([], [], [kept])["event"]

    assert isinstance(row[-1], bytes)
    assert zlib.decompress(row[-1]) == record
    assert row[:-1] == ("e-1", "n", "s", EARLY, None, None)
