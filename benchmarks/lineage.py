"""`who` in process: fetch and decide, at few and many sessions, and against a bare recursive query of the same hops."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

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


def measure(scale: str) -> Result:
    """Medians of `who` at each size, growth from the smallest to the largest, and the ratio to the bare query."""
    figures: list[Figure] = []
    points: list[Point] = []
    costs: list[float] = []
    for sessions in SIZES[scale]:
        asked, bare = _at(sessions, KEYS[scale])
        costs.append(asked)
        figures += [
            Figure(what=f"{sessions:,} sessions: who, p50", value=asked * 1e3, unit="ms"),
            Figure(what=f"{sessions:,} sessions: a bare recursive query, p50", value=bare * 1e3, unit="ms"),
            Figure(what=f"{sessions:,} sessions: who ÷ bare query", value=asked / bare, sign="≤", bound=TIMES),
        ]
        points += [Point("who", sessions, asked), Point("bare query", sessions, bare)]
    what = f"who at {SIZES[scale][-1]:,} ÷ {SIZES[scale][0]:,} sessions"
    figures.append(Figure(what=what, value=costs[-1] / costs[0], sign="≤", bound=GROWTH))
    return Result(figures, points)


def _at(sessions: int, keys: int) -> tuple[float, float]:
    """The medians (seconds) of `who` and of the bare query over the same keys, asked in turns."""
    bulk = trail(Shape(events=sessions, share=1.0, per_file=1000))
    path = _store(bulk)
    graph, hops = SQLiteStore(path), _hops(path)
    asked = _asked(bulk, keys)
    turns: Sequence[Callable[[str], object]] = (
        lambda key: _who(graph, key),
        lambda key: hops.execute(_BARE, (key,)).fetchall(),
    )
    times: tuple[list[float], list[float]] = ([], [])
    for key in asked:
        for turn, taken in zip(turns, times, strict=True):
            turn(key)  # once for the pages: what is compared is the work, not the disk
            start = perf_counter()
            turn(key)
            taken.append(perf_counter() - start)
    for key in asked[:50]:
        _same_hops(graph, hops, key)
    hops.close()
    graph.close()
    return median(times[0]), median(times[1])


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
    found, bare = _who(graph, key), len(hops.execute(_BARE, (key,)).fetchall())
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
