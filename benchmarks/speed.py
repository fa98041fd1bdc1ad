"""Ingest against the floor, in turns: one and two workers, few and many credential events, large and small files."""

from statistics import median

import msgspec

from benchmarks.figure import Figure, Point, Result
from benchmarks.jobs import Job, apart
from benchmarks.trails import SCRATCH, remove, trail
from synth.bulk import Shape


class Case(msgspec.Struct, frozen=True):
    """A trail, and what is wanted of one process (÷ floor) and of two (÷ one)."""

    name: str
    shape: Shape
    one: float | None = None
    two: float | None = None


CASES = {
    "full": (
        Case("1M events, 2.5 % credential events", Shape(events=1_000_000), 0.6, 1.7),
        Case("300,000 events, 25 % credential events", Shape(events=300_000, share=0.25), 0.15),
        Case("300,000 events, 7 records a file", Shape(events=300_000, per_file=7)),
    ),
    "small": (Case("20,000 events, 2.5 % credential events", Shape(events=20_000), 0.6, 1.7),),
}
SIZES = {"full": (30_000, 100_000, 300_000), "small": (5_000,)}
ROUNDS = {"full": 5, "small": 1}


def measure(scale: str) -> Result:
    """Events a second, and the two ratios, of each case; the plot's points of several sizes."""
    figures: list[Figure] = []
    points: list[Point] = []
    for case in CASES[scale]:
        floor, one, two = _turns(case.shape, ROUNDS[scale])
        figures += _figures(case, floor, one, two)
        if case.shape.share < 0.1 and case.shape.per_file > 100:
            points += _points(case.shape.events, floor, one, two)
    for events in SIZES[scale]:
        points += _points(events, *_turns(Shape(events=events), ROUNDS[scale]))
    return Result(figures, points)


def _turns(shape: Shape, rounds: int) -> tuple[list[Job], list[Job], list[Job]]:
    """The floor, one process and two, in turns, so that whatever slows the machine down slows all three."""
    folder, store = trail(shape).folder, SCRATCH / "speed.db"
    floor, one, two = [], [], []
    for _ in range(rounds):
        floor.append(apart("floor", folder))
        one.append(apart("ingest", folder, store, 1))
        two.append(apart("ingest", folder, store, 2))
    remove(store)
    return floor, one, two


def _figures(case: Case, floor: list[Job], one: list[Job], two: list[Job]) -> list[Figure]:
    rates = [
        Figure(what=f"{case.name}: {who}", value=median(job.events / job.seconds for job in jobs), unit="events/s")
        for who, jobs in (("floor", floor), ("one process", one), ("two workers", two))
    ]
    to_floor = median(f.seconds / o.seconds for f, o in zip(floor, one, strict=True))
    to_one = median(o.seconds / t.seconds for o, t in zip(one, two, strict=True))
    return [
        *rates,
        Figure(
            what=f"{case.name}: one process ÷ floor",
            value=to_floor,
            sign="≥" if case.one else None,
            bound=case.one or 0,
        ),
        Figure(
            what=f"{case.name}: two workers ÷ one process",
            value=to_one,
            sign="≥" if case.two else None,
            bound=case.two or 0,
        ),
        Figure(what=f"{case.name}: bytes of store an event", value=one[0].store_bytes / one[0].events, unit="B"),
    ]


def _points(events: int, floor: list[Job], one: list[Job], two: list[Job]) -> list[Point]:
    return [
        Point(line, events, median(job.seconds for job in jobs))
        for line, jobs in (("floor", floor), ("one process", one), ("two workers", two))
    ]
