"""What is measured, each job in a process of its own: `python -m benchmarks.jobs floor FOLDER` prints one JSON object.

Seconds are wall clock, from listing the files to the closed store; starting Python and importing are left out.
"""

import gc
import resource
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from time import perf_counter

import msgspec

from benchmarks import floor
from benchmarks.trails import remove
from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, Progress, run
from ingest.source import Object
from ingest.sources.files import Files

_LOOK_SECONDS = 0.05


class Job(msgspec.Struct, frozen=True):
    """What a job did, how long it took, and the most memory (MB) that this process and any one of its workers had.

    `workers_own` is what a worker had for itself, without what it shares with this process, of which it is a fork.
    """

    events: int
    seconds: float
    memory: float
    workers_memory: float
    store_bytes: int = 0
    workers_own: float = 0


def floor_of(folder: Path) -> Job:
    """The floor over all files of a trail."""
    start = perf_counter()
    names = [item.name for item in Files([folder]).objects() if isinstance(item, Object)]
    return _job(floor.read(names), perf_counter() - start)


def ingest(folder: Path, store: Path, workers: int) -> Job:
    """A trail into a new store; raises RuntimeError if anything of it was quarantined."""
    remove(store)
    start = perf_counter()
    graph = SQLiteStore(store, create=True)
    progress: Progress = deque(run([Files([folder])], graph, Options(workers=workers)), maxlen=1)[0]
    graph.close()
    seconds = perf_counter() - start
    if progress.counts["quarantined"]:
        raise RuntimeError(f"{progress.counts['quarantined']} pieces in quarantine: {progress.quarantined[:3]}")
    return _job(progress.counts["records"], seconds, store.stat().st_size)


def export(folder: Path, store: Path, lake: Path, workers: int) -> Job:
    """A trail into a new lake, with what the store knows; `store_bytes` are those of its files of rows."""
    from lake.export import export as run_export
    from lake.place import place
    from lake.work import Wanted

    shutil.rmtree(lake, ignore_errors=True)
    start = perf_counter()
    told = deque(run_export([Files([folder])], (f"sqlite:{store}", ""), place(str(lake)), Wanted(), workers), maxlen=1)
    return _job(told[0].counts["rows"], perf_counter() - start, told[0].stored)


def compact(lake: Path) -> Job:
    """A lake compacted, the old files removed."""
    from lake.compact import compact as put_together
    from lake.manifest import opened
    from lake.place import place

    start = perf_counter()
    put_together(place(str(lake)))
    seconds = perf_counter() - start
    put_together(place(str(lake)), keep=0)
    files = opened(place(str(lake))).files.values()
    return _job(sum(live.rows for live in files), seconds, sum(live.bytes for live in files))


def duckdb_alone(folder: Path, to: Path, threads: int) -> Job:
    """The same files by DuckDB alone: `read_json`, one row a record, to Parquet; no lineage, no sorting."""
    import duckdb

    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    start = perf_counter()
    connection = duckdb.connect(config={"threads": threads})
    read = f"read_json('{folder}/**/*.json.gz', maximum_object_size = 67108864, union_by_name = true)"
    question = f"SELECT unnest(Records, max_depth := 2) FROM {read}"  # noqa: S608 (our own folder)
    connection.execute(f"COPY ({question}) TO '{to}/all.parquet' (FORMAT parquet, COMPRESSION zstd)")
    [(rows,)] = connection.execute(f"SELECT count(*) FROM '{to}/all.parquet'").fetchall()  # noqa: S608 (likewise)
    return _job(rows, perf_counter() - start)


def asked(lake: Path, *, scan: bool) -> Job:
    """One session's events out of a lake, the second time; `store_bytes` are those read.

    With `scan` the same columns of every row, as without any order or statistics.
    """
    from lake.place import place
    from lake.read import ask, reader

    sessions = "SELECT lineage_session_id FROM events WHERE lineage_session_id LIKE '%role%' LIMIT 1 OFFSET 1000"
    with reader(place(str(lake))) as connection:
        [(session,)] = ask(connection, sessions).fetchall()
    columns = "eventtime, eventname, requestparameters, useragent, eventid, lineage_session_id"
    question = f"SELECT {columns} FROM events WHERE lineage_session_id = ?"  # noqa: S608 (our own)
    every = f"SELECT count(*), bit_xor(hash({columns})) FROM events"  # noqa: S608 (likewise)
    for _ in range(2):
        with reader(place(str(lake))) as connection:
            before, start = _read_bytes(), perf_counter()
            answer = ask(connection, every) if scan else ask(connection, question, [session])
            rows = answer.fetchall()
            seconds, read = perf_counter() - start, _read_bytes() - before
    return _job(rows[0][0] if scan else len(rows), seconds, read)


def _read_bytes() -> int:
    """What this process has read so far."""
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["rchar"])


def _job(events: int, seconds: float, store_bytes: int = 0) -> Job:
    # Not ru_maxrss for this process: that is no less than what the one that started it had.
    told = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    memory = int(told["VmHWM"].split()[0])
    of_workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Job(events, seconds, memory / 1024, of_workers / 1024, store_bytes)


def apart(*arguments: str | int | Path, watched: bool = False) -> Job:
    """Run a job in a process of its own; only if it is watched, which costs some time, `workers_own` is known."""
    command = [sys.executable, "-m", "benchmarks.jobs", *map(str, arguments)]
    own = 0
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=PIPE, stderr=PIPE) as process:
        while True:
            try:
                out, err = process.communicate(timeout=_LOOK_SECONDS if watched else None)
                break
            except subprocess.TimeoutExpired:
                own = max([own, *map(_own_bytes, _children(process.pid))])
    if process.returncode:
        raise RuntimeError(err.decode(errors="replace"))
    return msgspec.structs.replace(msgspec.json.decode(out, type=Job), workers_own=own / 2**20)


def _children(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has ended
        return []


def _own_bytes(process: str) -> int:
    """Memory that would be free if this process alone were ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def main(arguments: list[str]) -> None:
    """Run the job that the arguments name."""
    gc.collect()
    name, folder, *rest = arguments
    place = Path(folder)
    jobs: dict[str, Callable[[], Job]] = {
        "floor": lambda: floor_of(place),
        "ingest": lambda: ingest(place, Path(rest[0]), int(rest[1])),
        "export": lambda: export(place, Path(rest[0]), Path(rest[1]), int(rest[2])),
        "compact": lambda: compact(place),
        "duckdb": lambda: duckdb_alone(place, Path(rest[0]), int(rest[1])),
        "session": lambda: asked(place, scan=False),
        "scan": lambda: asked(place, scan=True),
    }
    job = jobs[name]()
    sys.stdout.buffer.write(msgspec.json.encode(job))


if __name__ == "__main__":
    main(sys.argv[1:])
