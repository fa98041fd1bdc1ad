from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.copy import copy
from graph.rows import rows_of
from graph.store import Store
from graph.stores.neo4j import Neo4jStore
from graph.stores.sqlite import SQLiteStore
from ingest.facts import Seen
from ingest.line import Options, run
from ingest.quarantine import Quarantined
from ingest.sink import Batch, Done
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.generate import organization
from synth.walk import Size

Opened = Callable[[str], Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Give a new SQLite store of this name."""
    stores: list[SQLiteStore] = []

    def made(name: str) -> Store:
        stores.append(SQLiteStore(tmp_path / f"{name}.db", create=True))
        return stores[-1]

    yield made
    for store in stores:
        store.close()


def fill(store: Store, folder: Path, seed: int = 1) -> Store:
    """An organization's trail, with some of it that cannot be read."""
    paths = [
        write_json(organization(seed, Size(steps=50)).records, folder / f"{seed}.json"),
        write_json([{"no": "record"}], folder / f"{seed}-broken.json"),
    ]
    for _ in run([Files(paths)], store, Options(workers=1)):
        pass
    return store


def content(store: Store) -> tuple[Any, ...]:
    """All that a store holds."""
    return list(store.dump()), list(store.sources()), store.ledger(1000)


def test_nothing_is_lost(opened: Opened, tmp_path: Path) -> None:
    """Graph, objects read, quarantine and counts are in the copy as in the original, which stays as it is."""
    start, end = fill(opened("start"), tmp_path), opened("end")
    before = content(start)
    *_, told = copy(start, end, at_once=100)

    assert content(start) == content(end) == before
    assert (told.rows, told.sources, told.quarantined) == (len(before[0]), 2, 1)


def test_through_neo4j_and_back(opened: Opened, tmp_path: Path, neo4j_url: str) -> None:
    """A case file grows into a shared graph, and a shared graph into a case file, with nothing lost on either way."""
    start, end = fill(opened("start"), tmp_path), opened("end")
    (tmp_path / "untied.cypher").write_text(
        "MATCH (a:!Service)-[e]->() MATCH (v:Event {id: e.event}) WHERE v.at IS NOT NULL "
        "AND NOT EXISTS { (v)-[:ABOUT]->(a) } RETURN count(*)"
    )
    with closing(Neo4jStore(neo4j_url, create=True)) as shared:
        list(copy(start, shared, at_once=100))
        list(copy(shared, end, at_once=100))

        assert content(shared) == content(end) == content(start)
        assert shared.undeclared() == []
        assert list(shared.fetch(tmp_path / "untied.cypher", {})) == [(0,)]


def test_what_is_there_stays(opened: Opened, tmp_path: Path) -> None:
    """Copied into a store that holds another case, both are there as if one store had read both."""
    start, end = fill(opened("start"), tmp_path, seed=1), fill(opened("end"), tmp_path, seed=2)
    both = fill(fill(opened("both"), tmp_path, seed=1), tmp_path, seed=2)
    list(copy(start, end))

    ends, wanted = content(end), content(both)
    assert ends[0] == wanted[0]
    assert [done.name for done in ends[1]] == [done.name for done in wanted[1]]
    assert ends[2].counts == wanted[2].counts


def test_what_is_read_meanwhile_is_not_taken_for_copied(opened: Opened, tmp_path: Path) -> None:
    """An object that somebody reads into the first store during the copy is still to be read into the second."""
    start, end = fill(opened("start"), tmp_path), opened("end")
    copying = copy(start, end)
    next(copying)
    start.apply(Batch({}, done=[Done("meanwhile", "1")]))
    list(copying)

    assert end.unread([Done("meanwhile", "1")]) == {"meanwhile"}


def test_places_beyond_the_bound_are_forgotten(opened: Opened, seen: Callable[..., Seen]) -> None:
    """A key seen from many places in both stores keeps as few of them as if one store had seen them all."""
    stores = [opened(name) for name in ("start", "end", "both")]
    for at, store in enumerate(stores):
        places = [f"203.0.113.{number}" for number in range(40) if at == 2 or number % 2 == at]
        store.apply(Batch(rows_of([seen(*places)], [], [])))
    start, end, both = stores
    list(copy(start, end, at_once=7))

    assert list(end.dump("place", "seen_from")) == list(both.dump("place", "seen_from"))


def test_repeats_change_nothing(opened: Opened, tmp_path: Path) -> None:
    """The same copied twice is there once; counts do not double."""
    start, end = fill(opened("start"), tmp_path), opened("end")
    list(copy(start, end))
    list(copy(start, end))

    assert content(end) == content(start)


class Stopped(Exception):
    """No more."""


class Stopping(SQLiteStore):
    """A store that takes so many batches, and then no more."""

    left = 0

    def apply(self, batch: Batch) -> None:
        """Write the batch, if it is none too many."""
        if self.left == 0:
            raise Stopped
        self.left -= 1
        super().apply(batch)


@pytest.mark.parametrize("batches", range(8))
def test_stopped_anywhere(opened: Opened, tmp_path: Path, batches: int) -> None:
    """A copy that was stopped after some batches is whole when it is run again."""
    start = fill(opened("start"), tmp_path)
    start.apply(Batch({}, done=[Done(f"file-{number:03}", "1") for number in range(400)]))
    with closing(Stopping(tmp_path / "end.db", create=True)) as end:
        end.left = batches
        with pytest.raises(Stopped):
            list(copy(start, end, at_once=150))
        end.left = -1
        list(copy(start, end, at_once=150))

        assert content(end) == content(start)


def test_what_was_read_from_a_pipe_is_counted(opened: Opened) -> None:
    """Where no object was kept as read, counts and quarantine are copied all the same."""
    start, end = opened("start"), opened("end")
    start.apply(Batch({}, quarantined=[Quarantined("-", "line 1", "broken", "{")], counts=Counter(records=3)))
    list(copy(start, end))

    assert content(end) == content(start)
