"""What every store does alike with a batch: rows merge, places are bounded, the ledger says what was read."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from graph.rows import place_hash, rows_of
from graph.schema import PLACES_KEPT
from graph.store import Store
from ingest.facts import Seen
from ingest.quarantine import Quarantined
from ingest.sink import Batch, Done

EARLY, LATE = "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"


def test_rows_merge_with_those_that_are_there(any_store: Store) -> None:
    """What is written again widens first and last, fills what was not known, and takes nothing away."""
    rows: list[tuple[object, ...]] = [
        ("K", None, LATE, None, None, LATE, LATE),
        ("K", 1, None, LATE, "x", EARLY, EARLY),
        ("K", None, EARLY, EARLY, None, None, None),
    ]
    for row in rows:
        any_store.apply(Batch({"access_key": [row]}))

    assert list(any_store.dump()) == [("access_key", ("K", 1, EARLY, LATE, "x", EARLY, LATE))]


@pytest.mark.parametrize("seed", range(8))
def test_places_are_bounded_whatever_the_order(any_store: Store, seen: Callable[..., Seen], seed: int) -> None:
    """However sightings come, and with repeats, the places kept of a key are the same few; the others are gone."""
    chance = random.Random(seed)
    sightings = [seen(f"10.0.0.{number}", first=EARLY, last=LATE) for number in range(60)]
    sightings += [seen(f"10.0.0.{number}", first=LATE, last=LATE) for number in range(60)]
    marks = sorted(place_hash((f"10.0.0.{number}", "cli", "eu-west-1")) for number in range(60))[:PLACES_KEPT]
    chance.shuffle(sightings)
    while sightings:
        some = [sightings.pop() for _ in range(min(len(sightings), chance.randint(1, 9)))]
        any_store.apply(Batch(rows_of(some, [], [])))

    assert [row[0] for _, row in any_store.dump("place")] == marks
    assert [row[2:] for _, row in any_store.dump("seen_from")] == [(mark, EARLY, LATE) for mark in marks]


def test_a_place_goes_with_the_last_key_seen_from_it(any_store: Store) -> None:
    """A place that two keys were seen from stays when it is one too many for the first; one that nobody is, is none."""
    marks = [f"{number:016x}" for number in range(PLACES_KEPT + 1)]
    rows = [("AccessKey", "K", mark, EARLY, LATE) for mark in marks[1:]]
    described = [(mark, "a", "b", "c") for mark in marks]
    both = [*rows, ("AccessKey", "L", marks[-1], EARLY, LATE)]
    any_store.apply(Batch({"seen_from": both, "place": [*described[1:], ("nobody", "a", "b", "c")]}))
    any_store.apply(Batch({"seen_from": [("AccessKey", "K", marks[0], EARLY, LATE)], "place": described[:1]}))

    assert [row[1] for _, row in any_store.dump("seen_from") if row[2] == marks[-1]] == ["L"]
    assert [row[0] for _, row in any_store.dump("place")] == marks


def test_quarantine_of_an_object_is_that_of_its_last_reading(any_store: Store) -> None:
    """What could not be read is kept once, frequent reasons first, and forgotten when the object is begun again."""
    bad = [Quarantined("a", f"record {number}", "broken", "{") for number in range(3)]
    other = Quarantined("b", "", "a PDF, not JSON")
    any_store.apply(Batch({}, begun=["a", "b"], quarantined=[*bad, *bad, other]))

    assert any_store.ledger(2).reasons == (("broken", 3), ("a PDF, not JSON", 1))
    assert any_store.ledger(2).pieces == (other, bad[2])
    any_store.apply(Batch({}, begun=["a"], quarantined=bad[:1]))

    assert any_store.ledger(5).pieces == (other, bad[0])


def test_unread_is_what_was_not_read_so_far(any_store: Store) -> None:
    """An object is unread if its stamp is another, or it was read within narrower bounds than are asked for."""
    any_store.apply(Batch({}, done=[Done("whole", "1"), Done("part", "1", EARLY, LATE)]))

    assert any_store.unread([Done("whole", "1", EARLY), Done("part", "1", EARLY, LATE)]) == set()
    assert any_store.unread([Done("whole", "2"), Done("part", "1"), Done("new", "1")]) == {"whole", "part", "new"}
    assert any_store.unread([Done("part", "1", EARLY, "2026-03-02T10:00:00Z")]) == {"part"}


def test_counts_add_up(any_store: Store) -> None:
    """The ledger counts over all runs."""
    for _ in range(3):
        any_store.apply(Batch({}, counts=Counter({"records": 5, "passed over: digest": 1})))

    assert any_store.ledger(0).counts == {"records": 15, "passed over: digest": 3}
