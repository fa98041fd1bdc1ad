"""`who` in process: fetch and decide, at few and many sessions, and against a bare recursive query of the same hops."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import apsw

from benchmarks.figure import Figure, Point, Result
from benchmarks.jobs import apart
from benchmarks.trails import trail
from graph.stores.sqlite import SQLiteStore
from ingest.identity import Ref
from queries.who import decide, look_up
from synth.bulk import Bulk, Shape

SIZES = {"full": (10_000, 100_000, 1_000_000), "small": (10_000, 12_000)}
KEYS = {"full": 1_000, "small": 50}
DEPTHS = (1, 2)
"""Chains that even the shortest trail has: a role that a user assumed, and one from there."""

GROWTH, TIMES = 1.3, 10.0

_BARE = """WITH RECURSIVE chain (id) AS (
  SELECT ?1 UNION SELECT h.parent FROM chain c JOIN hop h ON h.child = c.id)
SELECT id FROM chain"""


class _Case(NamedTuple):
    """The graph of a trail, its hops in a bare table, and the keys to ask about."""

    graph: SQLiteStore
    hops: apsw.Connection
    asked: list[str]


def measure(scale: str) -> Result:
    """Medians of `who` at each size, growth from the smallest to the largest, and the ratio to the bare query."""
    sizes = SIZES[scale]
    figures: list[Figure] = []
    points: list[Point] = []
    medians = _in_turns([_case(sessions, KEYS[scale]) for sessions in sizes])
    for sessions, (asked, bare) in zip(sizes, medians, strict=True):
        figures += [
            Figure(what=f"{sessions:,} sessions: who, p50", value=asked * 1e3, unit="ms"),
            Figure(what=f"{sessions:,} sessions: a bare recursive query, p50", value=bare * 1e3, unit="ms"),
            Figure(what=f"{sessions:,} sessions: who ÷ bare query", value=asked / bare, sign="≤", bound=TIMES),
        ]
        points += [Point("who", sessions, asked), Point("bare query", sessions, bare)]
    growth = medians[-1][0] / medians[0][0]
    figures.append(Figure(what=f"who at {sizes[-1]:,} ÷ {sizes[0]:,} sessions", value=growth, sign="≤", bound=GROWTH))
    return Result(figures, points)


def _case(sessions: int, keys: int) -> _Case:
    bulk = trail(Shape(events=sessions, share=1.0, per_file=1000))
    path = _store(bulk)
    return _Case(SQLiteStore(path), _hops(path), _asked(bulk, keys))


def _in_turns(cases: Sequence[_Case]) -> list[tuple[float, float]]:
    """The medians (seconds) of `who` and of the bare query in each case, key by key in turns."""
    times: list[tuple[list[float], list[float]]] = [([], []) for _ in cases]
    for number in range(len(cases[0].asked)):
        for (graph, hops, asked), (whos, bares) in zip(cases, times, strict=True):
            key = asked[number]
            whos.append(_taken(_who, graph, key))
            bares.append(_taken(_bare, hops, key))
    for graph, hops, asked in cases:
        for key in asked[:50]:
            _same_hops(graph, hops, key)
        hops.close()
        graph.close()
    return [(median(whos), median(bares)) for whos, bares in times]


def _taken(ask: Callable[[Any, str], object], of: SQLiteStore | apsw.Connection, key: str) -> float:
    """Seconds that a question takes, the second time: what is compared is the work, not the disk."""
    ask(of, key)
    start = perf_counter()
    ask(of, key)
    return perf_counter() - start


def _bare(hops: apsw.Connection, key: str) -> list[Any]:
    return hops.execute(_BARE, (key,)).fetchall()


def _asked(bulk: Bulk, keys: int) -> list[str]:
    """As many keys of each depth, whatever the trail's size: in a short one chains had no time to grow."""
    rng, each = random.Random(1), keys // len(DEPTHS)
    found = [
        key for depth in DEPTHS for key in rng.sample(sorted(k for k, d in bulk.sample.items() if d == depth), each)
    ]
    rng.shuffle(found)
    return found


def _who(graph: SQLiteStore, key: str) -> int:
    ref = Ref("AccessKey", key)
    answer, _ = decide(look_up(graph, ref), ref)
    return len(answer.hops)


def _same_hops(graph: SQLiteStore, hops: apsw.Connection, key: str) -> None:
    """Both must find as many hops, or they are not comparable. Raises RuntimeError."""
    found, bare = _who(graph, key), len(_bare(hops, key))
    if found != bare:
        raise RuntimeError(f"who finds {found} hops behind {key}, the bare query {bare}")


def _store(bulk: Bulk) -> Path:
    """The trail in a store, made if it is not there yet."""
    path = bulk.folder.parent / "graph.db"
    if not path.exists():
        half = path.with_name("half.db")
        apart("ingest", bulk.folder, half, 2)
        half.rename(path)
    return path


def _hops(path: Path) -> apsw.Connection:
    """One table of child and parent, and nothing else, in a file of its own."""
    hops = path.with_name("hops.db")
    if not hops.exists():
        half = path.with_name("half.db")
        half.unlink(missing_ok=True)
        connection = apsw.Connection(str(half))
        connection.execute("CREATE TABLE hop (child TEXT NOT NULL PRIMARY KEY, parent TEXT NOT NULL) WITHOUT ROWID")
        connection.execute("ATTACH ? AS graph", (str(path),))
        connection.execute("INSERT INTO hop SELECT from_id, to_id FROM graph.issued_by ORDER BY from_id")
        connection.close()
        half.rename(hops)
    return apsw.Connection(str(hops))
