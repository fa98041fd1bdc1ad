import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from graph.rows import rows_of
from graph.schema import SCHEMA_VERSION
from graph.stores.sqlite import APPLICATION_ID, SQLiteStore
from ingest.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreRefused,
    StoreVersionError,
)
from ingest.facts import Kept, Seen
from ingest.sink import Batch, Done

EARLY, LATE = "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"
Dump = list[tuple[str, tuple[Any, ...]]]


def dump(path: Path) -> Dump:
    """The whole graph in a store."""
    with closing(SQLiteStore(path)) as store:
        return list(store.dump())


def test_a_batch_is_written_whole_or_not_at_all(store: SQLiteStore) -> None:
    """If something of a batch cannot be written, neither its rows nor its checkpoint are there."""
    whole, short = ("K", None, EARLY, None, None, None, None), ("L", None)
    with pytest.raises(StoreError):
        store.apply(Batch({"access_key": [whole, short]}, done=[Done("a", "1")], counts=Counter(records=1)))

    assert list(store.dump()) == []
    assert store.unread([Done("a", "1")]) == {"a"}


class Small(SQLiteStore):
    """A store on a disk with room for a few hundred pages."""

    def _connect(self, *, create: bool) -> apsw.Connection:
        connection = super()._connect(create=create)
        connection.pragma("max_page_count", 300)
        return connection


def noise(number: int) -> Batch:
    """A batch of a few records that do not compress, and its checkpoint."""
    records = [random.Random(f"{number}-{at}").randbytes(2000) for at in range(40)]
    facts = [
        Kept(at=EARLY, event=f"{number}-{at}", name="n", source="s", region="", account="", record=record)
        for at, record in enumerate(records)
    ]
    return Batch(rows_of([], [], facts), done=[Done(f"file-{number}", "1")], counts=Counter(records=40))


def fill(store: SQLiteStore) -> int:
    """Write batches, at most a hundred, and give how many."""
    for number in range(100):
        store.apply(noise(number))
    return 100


def test_a_full_disk_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Without more room a batch fails in a sentence; those before it are whole, and with room it goes on from there."""
    path = tmp_path / "store.db"
    with closing(Small(path, create=True)) as store, pytest.raises(StoreFull, match="no room left to write"):
        fill(store)
    with closing(SQLiteStore(path, create=True)) as store:
        written = store.ledger(0).counts["records"] // 40

        assert 0 < written < 100
        assert store.ledger(0).counts == {"records": 40 * written}
        assert store.unread([noise(number).done[0] for number in range(written + 1)]) == {f"file-{written}"}
        store.apply(noise(written))
        assert len(list(store.dump())) == 40 * (written + 1)


def test_repeats_change_nothing_and_cost_no_room(tmp_path: Path, seen: Callable[..., Seen]) -> None:
    """The same batch again leaves the graph as it is."""
    path = tmp_path / "store.db"
    with closing(SQLiteStore(path, create=True)) as store:
        store.apply(Batch(rows_of([seen("a", "b")], [], [])))
        before = list(store.dump())
        store.apply(Batch(rows_of([seen("a", "b")], [], [])))

        assert list(store.dump()) == before


def test_it_can_be_read_while_it_is_written(tmp_path: Path, seen: Callable[..., Seen]) -> None:
    """A question that is being answered sees the graph as it was, and keeps nobody from writing."""
    path = tmp_path / "store.db"
    with closing(SQLiteStore(path, create=True)) as writer, closing(SQLiteStore(path)) as reader:
        writer.apply(Batch(rows_of([seen("a")], [], [])))
        reading = reader.dump()
        first = next(reading)
        writer.apply(Batch(rows_of([seen("b", last="2026-03-05T00:00:00Z")], [], [])))
        rest = list(reading)

        assert first[0] == "access_key"
        assert "2026-03-05T00:00:00Z" in str(list(reader.dump()))
        assert len(rest) < len(list(reader.dump()))


def test_a_reader_cannot_write(tmp_path: Path, store: SQLiteStore, seen: Callable[..., Seen]) -> None:
    """A store that was opened to ask is never changed."""
    del store
    with closing(SQLiteStore(tmp_path / "store.db")) as reader, pytest.raises(StoreRefused, match="may not"):
        reader.apply(Batch(rows_of([seen("a")], [], [])))


@pytest.mark.parametrize("name", ["", "no-folder/store.db"])
def test_a_place_that_cannot_be_a_store_is_said(tmp_path: Path, name: str) -> None:
    """A folder, or a file in a folder that is not there, is a sentence that asks for another name."""
    with pytest.raises(StoreMissing, match="name a file"):
        SQLiteStore(tmp_path / name, create=True)


def test_a_missing_store_is_said(tmp_path: Path) -> None:
    """Asking before anything was ingested says what to do, and makes no file."""
    with pytest.raises(StoreMissing, match="run `whodunnit ingest` first"):
        SQLiteStore(tmp_path / "store.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_another_schema_is_refused(tmp_path: Path, store: SQLiteStore, create: bool) -> None:  # noqa: FBT001 (a parameter)
    """A store of a newer whodunnit is not touched: the sentence names both versions."""
    store.close()
    with closing(apsw.Connection(str(tmp_path / "store.db"))) as connection:
        connection.pragma("user_version", SCHEMA_VERSION + 1)
    with pytest.raises(StoreVersionError, match=f"schema {SCHEMA_VERSION + 1}, this whodunnit knows {SCHEMA_VERSION}"):
        SQLiteStore(tmp_path / "store.db", create=create)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A database that is not ours, or no database at all, is refused and left as it is."""
    other, text = tmp_path / "other.db", tmp_path / "notes.txt"
    with closing(apsw.Connection(str(other))) as connection:
        connection.execute("CREATE TABLE mine (x)")
    text.write_text("not a database, only some text that is longer than a header would be: " * 20)
    before = other.read_bytes(), text.read_bytes()
    for path in (other, text):
        for create in (True, False):
            with pytest.raises(StoreDamaged, match="is not a whodunnit store"):
                SQLiteStore(path, create=create)

    assert (other.read_bytes(), text.read_bytes()) == before


def test_our_files_are_marked(tmp_path: Path, store: SQLiteStore) -> None:
    """The file says whose it is and of which schema, to `file` and to every SQLite tool."""
    store.close()
    with closing(apsw.Connection(str(tmp_path / "store.db"))) as connection:
        assert connection.pragma("application_id") == APPLICATION_ID
        assert connection.pragma("user_version") == SCHEMA_VERSION
        assert connection.pragma("journal_mode") == "wal"


class Hasty(SQLiteStore):
    """A store that does not wait for a lock."""

    def _connect(self, *, create: bool) -> apsw.Connection:
        connection = super()._connect(create=create)
        connection.set_busy_timeout(0)
        return connection


def test_a_locked_file_is_said(tmp_path: Path, seen: Callable[..., Seen]) -> None:
    """While another program holds the file, writing fails in a sentence, and works once it is free."""
    path = tmp_path / "store.db"
    batch = Batch(rows_of([seen("a")], [], []), done=[Done("a", "1")])
    with closing(Hasty(path, create=True)) as store, closing(apsw.Connection(str(path))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another program"):
            store.apply(batch)
        other.execute("ROLLBACK")
        store.apply(batch)

        assert store.unread(batch.done) == set()


def test_two_writers_take_turns(tmp_path: Path, seen: Callable[..., Seen]) -> None:
    """Two programs that write one file at once both get all that they have into it."""
    path = tmp_path / "store.db"
    SQLiteStore(path, create=True).close()

    def write(start: int) -> None:
        with closing(SQLiteStore(path, create=True)) as store:
            for number in range(start, start + 20):
                store.apply(
                    Batch(rows_of([seen(first=f"2026-03-02T08:00:{number:02}Z")], [], []), counts=Counter(files=1))
                )

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(SQLiteStore(path)) as store:
        assert store.ledger(0).counts == {"files": 40}
    assert [row[-2] for name, row in dump(path) if name == "access_key"] == ["2026-03-02T08:00:00Z"]


def test_many_processes_open_a_new_store_at_once(tmp_path: Path) -> None:
    """Whoever comes second waits until the first has made it."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(4) as pool:
        start = manager.Barrier(4)
        for turn in range(40):
            pool.starmap(_opened, [(start, tmp_path / f"{turn}.db")] * 4, chunksize=1)


def _opened(start: threading.Barrier, path: Path) -> None:
    start.wait()
    SQLiteStore(path, create=True).close()
