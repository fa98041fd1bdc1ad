"""Peak memory of ingest, a process: of the writer and of the largest worker, for a trail and a longer one."""

from benchmarks.figure import Figure, Point, Result
from benchmarks.jobs import Job, apart
from benchmarks.trails import SCRATCH, remove, trail
from synth.bulk import Shape

SIZES = {"full": (1_000_000, 10_000_000), "small": (30_000, 60_000)}
MOST = 150
"""MB that a worker may have."""

FLAT = 1.2
"""How much more the longer trail may take: noise, and no growth."""


def measure(scale: str) -> Result:
    """Peaks with two workers and in one process, and how much the longer trail takes more."""
    figures: list[Figure] = []
    points: list[Point] = []
    short, long = (_peaks(events) for events in SIZES[scale])
    for events, (one, two) in zip(SIZES[scale], (short, long), strict=True):
        figures += [
            Figure(what=f"{events:,} events: one process", value=one.memory, unit="MB", sign="≤", bound=MOST),
            Figure(what=f"{events:,} events: a worker", value=two.workers_memory, unit="MB", sign="≤", bound=MOST),
            Figure(what=f"{events:,} events: the writer beside two workers", value=two.memory, unit="MB"),
        ]
        points += [Point("one process", events, one.seconds), Point("two workers", events, two.seconds)]
    figures += [
        Figure(
            what=f"{name}: the longer trail ÷ the shorter",
            value=getattr(long[at], field) / getattr(short[at], field),
            sign="≤",
            bound=FLAT,
        )
        for name, at, field in (("one process", 0, "memory"), ("a worker", 1, "workers_memory"))
    ]
    return Result(figures, points[2:])


def _peaks(events: int) -> tuple[Job, Job]:
    folder, store = trail(Shape(events=events)).folder, SCRATCH / "memory.db"
    jobs = apart("ingest", folder, store, 1), apart("ingest", folder, store, 2)
    remove(store)
    return jobs
