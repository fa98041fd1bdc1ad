"""Export against the floor and DuckDB's own way to Parquet, the lake's size, one session out of many, memory."""

import gzip
import shutil
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, Result
from benchmarks.jobs import Job, apart
from benchmarks.trails import SCRATCH, remove, trail
from synth.bulk import Shape

EVENTS = {"full": 300_000, "small": 5_000}
ROUNDS = {"full": 3, "small": 1}
MEMORY = {"full": (1_000_000, 10_000_000), "small": (5_000, 10_000)}
FLAT = 1.2
"""How much more memory the longer trail may take: noise, and no growth."""

REAL = Path(__file__).parents[1] / "../shared/data/invictus"
_LAKE, _STORE, _OTHER = SCRATCH / "lake", SCRATCH / "lake.db", SCRATCH / "duckdb"


def measure(scale: str) -> Result:
    """Ratios of speed, size on a real trail where one is there, one session's bytes and time, peaks of memory."""
    figures = [*_speed(EVENTS[scale], ROUNDS[scale]), *_size(), *_many(*MEMORY[scale])]
    for folder in (_LAKE, _OTHER):
        shutil.rmtree(folder, ignore_errors=True)
    remove(_STORE)
    return Result(figures)


def _speed(events: int, rounds: int) -> list[Figure]:
    """The floor, export by one process and by two, and DuckDB with two threads, in turns."""
    folder = trail(Shape(events=events)).folder
    apart("ingest", folder, _STORE, 2)
    floor, one, two, duckdb = [], [], [], []
    for _ in range(rounds):
        floor.append(apart("floor", folder))
        one.append(apart("export", folder, _STORE, _LAKE, 1))
        two.append(apart("export", folder, _STORE, _LAKE, 2))
        duckdb.append(apart("duckdb", folder, _OTHER, 2))
    named = f"{events:,} events"
    ways = (
        ("floor", floor),
        ("export, one process", one),
        ("export, two processes", two),
        ("DuckDB, two cores", duckdb),
    )
    return [
        *(Figure(what=f"{named}: {way}", value=median(_rates(jobs)), unit="events/s") for way, jobs in ways),
        Figure(what=f"{named}: one process ÷ floor", value=_faster(floor, one), sign="≥", bound=0.15),
        Figure(what=f"{named}: two processes ÷ one", value=_faster(one, two), sign="≥", bound=1.7),
        Figure(what=f"{named}: two processes ÷ DuckDB without lineage", value=_faster(duckdb, two), sign="≥", bound=2),
        Figure(what=f"{named}: bytes of lake ÷ gzip", value=two[-1].store_bytes / _gz(folder)),
    ]


def _rates(jobs: list[Job]) -> list[float]:
    return [job.events / job.seconds for job in jobs]


def _faster(before: list[Job], after: list[Job]) -> float:
    return median(b.seconds / a.seconds for b, a in zip(before, after, strict=True))


def _gz(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.gz"))


def _size() -> list[Figure]:
    """The lake of a real trail against the same files in gzip, as exported and once compacted; none if not here."""
    if not REAL.is_dir():
        return []
    files = [path.read_bytes() for path in REAL.rglob("*.json")]
    packed = sum(len(gzip.compress(data, 6)) for data in files)
    apart("ingest", REAL, _STORE, 1)
    lake = apart("export", REAL, _STORE, _LAKE, 1)
    compacted = apart("compact", _LAKE)
    named = f"{lake.events:,} real events in {len(files)} files"
    return [
        Figure(what=f"{named}: bytes of lake ÷ gzip", value=lake.store_bytes / packed, sign="≤", bound=1),
        Figure(what=f"{named}: compacted ÷ gzip", value=compacted.store_bytes / packed, sign="≤", bound=1),
    ]


def _many(few: int, many: int) -> list[Figure]:
    """Peaks of memory for a trail and a longer one, and one session's events out of the longer one's lake."""
    short, long = (_exported(events) for events in (few, many))
    compacted = apart("compact", _LAKE)
    session, scan = apart("session", _LAKE), apart("scan", _LAKE)
    named = f"{many:,} rows"
    return [
        *(
            Figure(what=f"{events:,} events: {who}", value=value, unit="MB")
            for events, job in ((few, short), (many, long))
            for who, value in (("driver of export", job.memory), ("a process of export, for itself", job.workers_own))
        ),
        Figure(
            what="a process of export, for itself: the longer trail ÷ the shorter",
            value=long.workers_own / short.workers_own,
            sign="≤",
            bound=FLAT,
        ),
        Figure(what=f"{named}: compaction", value=many / compacted.seconds, unit="events/s"),
        Figure(
            what=f"{named}, compacted: one session's {session.events:,} events", value=session.seconds * 1000, unit="ms"
        ),
        Figure(what=f"{named}, compacted: the same columns by a full scan", value=scan.seconds * 1000, unit="ms"),
        Figure(what=f"{named}, compacted: time of a full scan ÷ one session", value=scan.seconds / session.seconds),
        Figure(what=f"{named}, compacted: bytes read for one session", value=session.store_bytes / 1e6, unit="MB"),
        Figure(what=f"{named}, compacted: bytes read by a full scan", value=scan.store_bytes / 1e6, unit="MB"),
    ]


def _exported(events: int) -> Job:
    folder = trail(Shape(events=events)).folder
    apart("ingest", folder, _STORE, 2)
    return apart("export", folder, _STORE, _LAKE, 2, watched=True)
