"""Neo4j: ingest against the driver's bare `UNWIND … MERGE` of the same rows, and `who` against its bare query."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from threading import Barrier
from time import perf_counter

import msgspec
from neo4j import Driver, GraphDatabase, ManagedTransaction, Query

from benchmarks.figure import Figure, Result
from benchmarks.trails import trail
from graph.cypher import statements
from graph.rows import Row, rows_of
from graph.schema import Edge, Node, Property
from graph.stores.neo4j import Neo4jStore
from graph.tables import TABLES
from ingest.identity import Ref
from ingest.line import Options, run
from ingest.sink import Batch, Digest, Done
from ingest.source import Object
from ingest.sources.files import Files
from queries import who
from synth.bulk import Bulk, Shape
from tests.neo4j_server import Server, Unavailable, server

CASES = {
    "full": {
        "300,000 events, 2.5 % credential events": Shape(events=300_000),
        "30,000 credential events": Shape(events=30_000, share=1.0),
    },
    "small": {"1,000 credential events": Shape(events=1_000, share=1.0, per_file=100)},
}
ROUNDS = {"full": 3, "small": 1}
SIZES = {"full": (10_000, 1_000_000), "small": (200, 400)}
KEYS = {"full": 500, "small": 20}
DEEP = 3
"""Roles behind one another, so that there are four hops with the user's key."""

_AT_ONCE = 5_000


class Written(msgspec.Struct, frozen=True):
    """What one writer did: between which moments (of the machine's one clock), and transactions tried again."""

    begun: float
    ended: float
    retries: int
    rows: int = 0


class Held(msgspec.Struct):
    """A sink that only keeps what it is given."""

    batches: list[Batch] = []
    batch_records = Neo4jStore.batch_records

    @property
    def digest(self) -> Digest:
        """As a store has it."""
        return rows_of

    def apply(self, batch: Batch) -> None:
        """Keep the batch."""
        self.batches.append(batch)

    def unread(self, candidates: Iterable[Done]) -> set[str]:
        """Everything is new."""
        return {one.name for one in candidates}


Writer = Callable[[str, Sequence[str], Barrier], Written]


def measure(scale: str) -> Result:
    """Ingest by one and by two writers against bare ones in turns; `who` at two sizes against its query."""
    with TemporaryDirectory() as home, server(Path(home), heap="2g", pages="1g") as found:
        if isinstance(found, Unavailable):
            raise found
        os.environ.update(found.environment)
        figures = [one for case, shape in CASES[scale].items() for one in _ingest(found, case, shape, ROUNDS[scale])]
        return Result([*figures, *_look_ups(found, scale)])


def _ingest(found: Server, case: str, shape: Shape, rounds: int) -> list[Figure]:
    names = [item.name for item in Files([trail(shape).folder]).objects() if isinstance(item, Object)]
    figures: list[Figure] = []
    for parts, writers in (([names], "one writer"), ([names[::2], names[1::2]], "two writers")):
        called = f"{case}, {writers}"
        bare, ours = [], []
        for writer in (_bare, _ours):
            _at_once(found, parts, writer)  # once for the server's plans
        for _ in range(rounds):
            bare.append(_at_once(found, parts, _bare))
            ours.append(_at_once(found, parts, _ours))
        rows = sum(one.rows for one in bare[0])
        for who_wrote, turns in (("bare driver", bare), ("ingest", ours)):
            rate = median(rows / _seconds(turn) for turn in turns)
            figures.append(Figure(what=f"{called}: {who_wrote}", value=rate, unit="rows/s"))
            retries = sum(one.retries for turn in turns for one in turn)
            figures.append(Figure(what=f"{called}: {who_wrote}, transactions tried again", value=retries))
        ratio = median(_seconds(b) / _seconds(o) for b, o in zip(bare, ours, strict=True))
        figures.append(Figure(what=f"{called}: ingest ÷ bare driver", value=ratio, sign="≥", bound=0.8))
    return figures


def _seconds(turn: Sequence[Written]) -> float:
    return max(one.ended for one in turn) - min(one.begun for one in turn)


def _at_once(found: Server, parts: Sequence[Sequence[str]], writer: Writer) -> list[Written]:
    """Let each part be written into the emptied graph by a process of its own, all at the same time."""
    found.empty()
    Neo4jStore(found.uri, create=True).close()
    fresh = multiprocessing.get_context("spawn")
    with fresh.Manager() as manager, ProcessPoolExecutor(len(parts), mp_context=fresh) as pool:
        together = manager.Barrier(len(parts))
        begun = [pool.submit(writer, found.uri, part, together) for part in parts]
        return [one.result() for one in begun]


def _ours(uri: str, names: Sequence[str], together: Barrier) -> Written:
    """Ingest as a person runs it, from the files to the closed store."""
    together.wait()
    begun = perf_counter()
    with closing(Neo4jStore(uri, create=True)) as store:
        workers = max((os.cpu_count() or 1) // together.parties, 1)
        for _ in run([Files(names)], store, Options(workers=workers)):
            pass
        retries = store.attempts - store.written
    return Written(begun, perf_counter(), retries)


def _bare(uri: str, names: Sequence[str], together: Barrier) -> Written:
    """The same rows, made beforehand, merged by the driver and nothing else."""
    held = Held()
    for _ in run([Files(names)], held, Options(workers=1)):
        pass
    attempts = 0

    def write(transaction: ManagedTransaction, batch: Batch) -> None:
        nonlocal attempts
        attempts += 1
        for statement, rows in _statements(batch):
            transaction.run(statement, rows=rows)

    with _driver(uri) as driver, driver.session() as session:
        together.wait()
        begun = perf_counter()
        for batch in held.batches:
            session.execute_write(write, batch)
        ended = perf_counter()
    rows = sum(len(rows) for batch in held.batches for rows in batch.rows.values())
    return Written(begun, ended, attempts - len(held.batches), rows)


def _driver(uri: str) -> Driver:
    signed = (os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])
    return GraphDatabase.driver(uri, auth=signed, notifications_min_severity="OFF")


def _statements(batch: Batch) -> Iterable[tuple[str, list[Row]]]:
    """Rows of a batch with the plainest statement that merges them."""
    for name, rows in batch.rows.items():
        node, edge = statements.NODE_TABLES.get(name), statements.OF_TABLE.get(name)
        grouped: dict[str, list[Row]] = {}
        for row in rows:
            statement = _of_node(node) if node else _of_edge(edge, row) if edge else ""
            grouped.setdefault(statement, []).append(row)
        for statement, some in grouped.items():
            for at in range(0, len(some), _AT_ONCE):
                yield statement, some[at : at + _AT_ONCE]


def _of_node(node: Node) -> str:
    place = TABLES[node.table].columns.index
    ends = "".join(
        f" FOREACH (id IN CASE WHEN row[{place(edge.ends[0].lower())}] IS NULL THEN [] "
        f"ELSE [row[{place(edge.ends[0].lower())}]] END | "
        f"MERGE (m:{edge.ends[0]} {{id: id}}) MERGE (n)-[:{edge.type}]->(m))"
        for edge in statements.STORED_EDGES
        if edge.single and edge.starts == (node.label,)
    )
    return f"UNWIND $rows AS row MERGE (n:{node.label} {{id: row[0]}}){_set('n', node.properties, place)}{ends}"


def _of_edge(edge: Edge, row: Row) -> str:
    columns = TABLES[edge.table].columns
    place = columns.index
    start = str(row[place("from_label")]) if "from_label" in columns else edge.starts[0]
    end = str(row[place("to_label")]) if "to_label" in columns else edge.ends[0]
    tag = {"key": "tag_key", "value": "tag_value"}
    key = ", ".join(f"{name}: row[{place(of)}]" for name, of in (tag if end == "Tag" else {"id": "to_id"}).items())
    identity = ", ".join(f"{p.name}: row[{place(p.name)}]" for p in edge.identity)
    return (
        f"UNWIND $rows AS row MERGE (a:{start} {{id: row[{place('from_id')}]}}) "
        f"MERGE (b:{end} {{{key}}}) "
        f"MERGE (a)-[e:{edge.type} {{{identity}}}]->(b){_set('e', edge.properties, place)}"
    )


def _set(owner: str, properties: Sequence[Property], place: Callable[[str], int]) -> str:
    values = [
        f"{owner}.{p.name} = {f'datetime(row[{place(p.name)}])' if p.kind == 'time' else f'row[{place(p.name)}]'}"
        for p in properties
    ]
    return f" SET {', '.join(values)}" if values else ""


def _look_ups(found: Server, scale: str) -> list[Figure]:
    """`who` for keys of chains of four hops, at few and many sessions, in turns with its query run by `session.run`."""
    figures: list[Figure] = []
    costs: list[float] = []
    for sessions in SIZES[scale]:
        bulk = trail(Shape(events=sessions, share=1.0, per_file=min(100, sessions // 40)))
        found.empty()
        with closing(Neo4jStore(found.uri, create=True)) as store:
            for _ in run([Files([bulk.folder])], store, Options()):
                pass
            asked, bare = _asked(store, found.uri, bulk, KEYS[scale])
        costs.append(asked)
        figures += [
            Figure(what=f"{sessions:,} sessions: who of a chain of {DEEP + 1} hops, p50", value=asked * 1e3, unit="ms"),
            Figure(what=f"{sessions:,} sessions: its query by session.run, p50", value=bare * 1e3, unit="ms"),
            Figure(what=f"{sessions:,} sessions: who ÷ session.run", value=asked / bare, sign="≤", bound=1.5),
        ]
    what = f"who at {SIZES[scale][-1]:,} ÷ {SIZES[scale][0]:,} sessions"
    return [*figures, Figure(what=what, value=costs[-1] / costs[0], sign="≤", bound=1.3)]


def _asked(store: Neo4jStore, uri: str, bulk: Bulk, keys: int) -> tuple[float, float]:
    """The medians (seconds) of `who` and of the bare query, over the same keys."""
    deep = sorted(key for key, depth in bulk.sample.items() if depth == DEEP)
    chosen = Random(1).sample(deep, min(keys, len(deep)))
    statement = Path(who.__file__).with_name("who.cypher").read_text("utf-8")
    with _driver(uri) as driver, driver.session() as session:

        def by_who(key: str) -> None:
            who.decide(who.look_up(store, Ref("AccessKey", key)), Ref("AccessKey", key))

        def by_run(key: str) -> None:
            session.run(Query(statement), label="AccessKey", id=key).values()

        times: dict[Callable[[str], None], list[float]] = {by_who: [], by_run: []}
        for key in [*chosen[:50] * 4, *chosen]:  # the first for the server: what is compared comes after
            for turn, taken in times.items():
                begun = perf_counter()
                turn(key)
                taken.append(perf_counter() - begun)
        return median(times[by_who][-len(chosen) :]), median(times[by_run][-len(chosen) :])
