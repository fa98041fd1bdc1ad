"""What is measured, each job in a process of its own: `python -m benchmarks.jobs floor FOLDER` prints one JSON object.

Seconds are wall clock, from listing the files to the closed store; starting Python and importing are left out.
"""

import gc
import resource
import subprocess
import sys
from collections import deque
from pathlib import Path
from time import perf_counter

import msgspec

from benchmarks import floor
from benchmarks.trails import remove
from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, Progress, run
from ingest.source import Object
from ingest.sources.files import Files


class Job(msgspec.Struct, frozen=True):
    """What a job did, how long it took, and the most memory (MB) that this process and any one of its workers had."""

    events: int
    seconds: float
    memory: float
    workers_memory: float
    store_bytes: int = 0


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


def _job(events: int, seconds: float, store_bytes: int = 0) -> Job:
    of_self, of_workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Job(events, seconds, of_self.ru_maxrss / 1024, of_workers.ru_maxrss / 1024, store_bytes)


def apart(*arguments: str | int | Path) -> Job:
    """Run a job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.jobs", *map(str, arguments)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return msgspec.json.decode(done.stdout, type=Job)


def main(arguments: list[str]) -> None:
    """Run the job that the arguments name."""
    gc.collect()
    name, folder, *rest = arguments
    job = floor_of(Path(folder)) if name == "floor" else ingest(Path(folder), Path(rest[0]), int(rest[1]))
    sys.stdout.buffer.write(msgspec.json.encode(job))


if __name__ == "__main__":
    main(sys.argv[1:])
