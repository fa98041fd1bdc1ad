import gzip
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.errors import WhodunnitError
from ingest.line import Options, Progress, Repeats, run
from ingest.quarantine import Quarantined
from ingest.sink import Batch
from ingest.sources.files import Files
from synth.bulk import Bulk, Shape, bulk_trail

ROOT = Path(__file__).resolve().parents[2]
Call = Callable[..., dict[str, Any]]
Dump = list[tuple[str, tuple[Any, ...]]]

RUN = """
import sys
from pathlib import Path
from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, run
from ingest.sources.files import Files

store = SQLiteStore(Path(sys.argv[2]), create=True)
for progress in run([Files([sys.argv[1]])], store, Options(workers=int(sys.argv[3]), batch=2000)):
    print(progress.files, flush=True)
store.close()
"""


def ingest(folder: Path, path: Path, options: Options | None = None) -> Progress:
    """One run to its end, and what it counted."""
    progress = Progress()
    with closing(SQLiteStore(path, create=True)) as store:
        for progress in run([Files([folder])], store, options or Options(workers=1)):  # noqa: B007 (the last one is asked for)
            pass
    return progress


def dump(path: Path) -> Dump:
    """The whole graph in a store."""
    with closing(SQLiteStore(path)) as store:
        return list(store.dump())


def write(path: Path, *records: dict[str, Any]) -> None:
    """A delivery file of these records."""
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))


def started(folder: Path, store: Path, workers: int) -> subprocess.Popen[str]:
    """A run in a process group of its own, that says after each batch how many files it has read."""
    command = [sys.executable, "-c", RUN, str(folder), str(store), str(workers)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Bulk:
    """A trail of 30,000 records, large enough to be worth two workers."""
    return bulk_trail(tmp_path_factory.mktemp("large"), Shape(events=30_000, share=0.1, principals=400))


@pytest.fixture(scope="module")
def undisturbed(large: Bulk, tmp_path_factory: pytest.TempPathFactory) -> Dump:
    """The graph after the large trail was read in one go."""
    path = tmp_path_factory.mktemp("undisturbed") / "store.db"
    ingest(large.folder, path)
    return dump(path)


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_any_moment_it_goes_on(large: Bulk, undisturbed: Dump, tmp_path: Path, workers: int) -> None:
    """Killed over and over with kill -9, workers and all, and run again: the graph is that of one quiet run."""
    chance, store = random.Random(workers), tmp_path / "store.db"
    for _ in range(4):
        with started(large.folder, store, workers) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.05, 0.8))
            os.killpg(process.pid, signal.SIGKILL)
    last = ingest(large.folder, store, Options(workers=workers))

    assert last.counts["skipped"] + last.counts["files"] == large.files
    assert dump(store) == undisturbed


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted_it_keeps_what_it_read(large: Bulk, undisturbed: Dump, tmp_path: Path, workers: int) -> None:
    """Ctrl-C ends the run and its workers; what was read is kept, and the next run skips it."""
    store = tmp_path / "store.db"
    with started(large.folder, store, workers) as process:
        assert process.stdout is not None
        while process.stdout.readline() == "0\n":
            pass
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
    again = ingest(large.folder, store)

    assert again.counts["skipped"] > 0
    assert again.counts["skipped"] + again.counts["files"] == large.files
    assert dump(store) == undisturbed


def test_one_or_two_workers_give_the_same(large: Bulk, undisturbed: Dump, tmp_path: Path) -> None:
    """Two processes read the same graph as one, and count as many files and records."""
    progress = ingest(large.folder, tmp_path / "store.db", Options(workers=2, batch=3000))

    assert dump(tmp_path / "store.db") == undisturbed
    assert (progress.counts["records"], progress.files) == (30_000, large.files)
    assert progress.counts["repeats"] == 0


def test_a_worker_that_is_ended_ends_the_run_in_a_sentence(large: Bulk, undisturbed: Dump, tmp_path: Path) -> None:
    """When the system ends a worker, the run says so; nothing that was written is lost, and it goes on from there."""
    store = tmp_path / "store.db"
    with closing(SQLiteStore(store, create=True)) as graph:
        running = run([Files([large.folder])], graph, Options(workers=2, batch=2000))
        while not next(running).files:
            pass
        os.kill(min(workers()), signal.SIGKILL)
        with pytest.raises(WhodunnitError, match="a worker process was ended from outside"):
            deque(running, maxlen=0)
    again = ingest(large.folder, store)

    assert 0 < again.counts["skipped"] < large.files
    assert dump(store) == undisturbed


def workers() -> list[int]:
    """Process ids of our workers."""
    return [process.pid for process in multiprocessing.active_children() if process.pid]


def test_what_was_read_is_skipped(bulk: Bulk, tmp_path: Path) -> None:
    """A second run reads nothing, and changes nothing."""
    ingest(bulk.folder, tmp_path / "store.db")
    before = dump(tmp_path / "store.db")
    again = ingest(bulk.folder, tmp_path / "store.db")

    assert (again.files, again.counts["records"], again.counts["skipped"]) == (0, 0, bulk.files)
    assert dump(tmp_path / "store.db") == before


def test_a_changed_file_is_read_again(tmp_path: Path, call: Call) -> None:
    """A file that grew is read whole, and only that file; what is no longer in it stays known."""
    folder = tmp_path / "trail"
    folder.mkdir()
    write(folder / "a.json.gz", call(1))
    write(folder / "b.json.gz", call(2))
    ingest(folder, tmp_path / "store.db")
    write(folder / "a.json.gz", call(3, "2026-03-02T09:00:00Z"))
    again = ingest(folder, tmp_path / "store.db")

    assert (again.files, again.counts["skipped"]) == (1, 1)
    assert ("access_key", "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z") in [
        (name, *row[-2:]) for name, row in dump(tmp_path / "store.db")
    ]


def test_wider_bounds_read_again(tmp_path: Path, call: Call) -> None:
    """What was read within bounds is skipped for the same and narrower ones, and read again for wider ones."""
    folder = tmp_path / "trail"
    folder.mkdir()
    times = [f"2026-03-02T0{hour}:00:00Z" for hour in range(5)]
    write(folder / "a.json.gz", *(call(number, at) for number, at in enumerate(times)))

    def records(since: str, until: str) -> int:
        return ingest(folder, tmp_path / "store.db", Options(1, since, until)).counts["records"]

    assert records(times[1], times[3]) == 2
    assert records(times[1], times[3]) == records(times[2], times[3]) == 0
    assert records(times[1], times[4]) == 3
    assert records(times[0], times[4]) == 4
    assert records("", "") == 5
    assert records(times[0], "") == records("", "") == 0
    ingest(folder, tmp_path / "whole.db")
    assert dump(tmp_path / "store.db") == dump(tmp_path / "whole.db")


def test_repeats_are_counted_and_change_nothing(tmp_path: Path, call: Call) -> None:
    """The same records in other files are counted as repeats."""
    folder = tmp_path / "trail"
    folder.mkdir()
    write(folder / "a.json.gz", call(1), call(2))
    ingest(folder, tmp_path / "once.db")
    write(folder / "b.json.gz", call(2), call(1), call(2))
    twice = ingest(folder, tmp_path / "twice.db")

    assert (twice.counts["records"], twice.counts["repeats"]) == (5, 3)
    assert dump(tmp_path / "once.db") == dump(tmp_path / "twice.db")


def test_window_of_repeats_is_bounded() -> None:
    """What came within the window is known, what came long before is forgotten, nothing is counted twice."""
    repeats = Repeats(window=10)

    assert repeats.count([1, 2, 2, 3]) == 1
    assert repeats.count(range(3, 13)) == 1
    assert repeats.count([1, 12, 12, 99]) == 3
    assert repeats.count([1, 12]) == 2
    assert repeats.count(range(100, 120)) == 0
    assert repeats.count(range(200, 220)) == 0
    assert repeats.count([1, 12, 99]) == 0
    assert repeats.count([219, 219]) == 2


def test_quarantine_is_counted_and_shown(tmp_path: Path, call: Call) -> None:
    """What could not be read stands in the summary and in the store, and is read again when the file changes."""
    folder, store = tmp_path / "trail", tmp_path / "store.db"
    folder.mkdir()
    write(folder / "a.json.gz", call(1), call(2, eventTime="never"))
    first = ingest(folder, store)
    again = ingest(folder, store)
    write(folder / "a.json.gz", call(1), call(2))
    mended = ingest(folder, store)

    assert [(piece.position, first.counts["quarantined"]) for piece in first.quarantined] == [("record 2", 1)]
    assert (again.counts["skipped"], again.quarantined) == (1, [])
    assert mended.counts["quarantined"] == 0
    with closing(SQLiteStore(store)) as graph:
        assert graph.ledger(10).pieces == ()


def test_progress_knows_how_much_there_is(bulk: Bulk, tmp_path: Path) -> None:
    """Files and bytes grow from none to all of those that the first word of a run announces."""
    with closing(SQLiteStore(tmp_path / "store.db", create=True)) as store:
        said = [
            (told.files, told.total_files, told.bytes, told.total_bytes)
            for told in run([Files([bulk.folder])], store, Options(workers=1, batch=1000))
        ]

    assert said[0] == (0, bulk.files, 0, bulk.packed)
    assert said[-1] == (bulk.files, bulk.files, bulk.packed, bulk.packed)
    assert said == sorted(said)


def test_a_folder_that_can_be_read_again_is_out_of_quarantine(tmp_path: Path, call: Call) -> None:
    """What could not be listed once is forgotten as soon as something below it is read."""
    folder = tmp_path / "trail" / "closed"
    (folder / "below").mkdir(parents=True)
    write(folder / "below" / "trail.json.gz", call(1))
    refused = [Quarantined(str(path), "", "folder cannot be listed: permission denied") for path in (folder, tmp_path)]
    elsewhere = Quarantined(str(tmp_path / "other"), "", "folder cannot be listed: permission denied")
    with closing(SQLiteStore(tmp_path / "store.db", create=True)) as store:
        store.apply(Batch({}, quarantined=[*refused, elsewhere]))
    ingest(tmp_path / "trail", tmp_path / "store.db")
    with closing(SQLiteStore(tmp_path / "store.db")) as store:
        assert store.ledger(10).pieces == (elsewhere,)
