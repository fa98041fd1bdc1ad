"""The shared store: Neo4j 5.26 or later, Community is enough. User and password come from the environment alone."""

import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from neo4j import READ_ACCESS, Driver, GraphDatabase, ManagedTransaction, Query, Result, RoutingControl, Session
from neo4j.exceptions import (
    ClientError,
    DriverError,
    Neo4jError,
    TransientError,
)

from graph.cypher import statements
from graph.cypher.refusals import Address, look_at, sentence
from graph.cypher.values import Row, column, parameter, plain, restored, short
from graph.cypher.writes import AT_ONCE, Write, transactions
from graph.schema import SCHEMA_VERSION
from graph.store import Ledger, Parameters
from graph.tables import TABLES
from ingest.errors import (
    StoreDamaged,
    StoreMissing,
    StoreVersionError,
)
from ingest.quarantine import Quarantined
from ingest.sink import Batch, Digest, Done

_UNREAD = """UNWIND $rows AS row OPTIONAL MATCH (s:ReadSource {name: row[1]})
WITH row, s WHERE NOT coalesce(s.stamp = row[2] AND (s.since = '' OR row[3] <> '' AND s.since <= row[3])
  AND (s.until = '' OR row[4] <> '' AND row[4] <= s.until), false)
RETURN row[0]"""
_MARKED = "MATCH (w:Whodunnit {id: 'store'}) RETURN w.schema"
_FOREIGN = """MATCH (n) WITH n LIMIT 1000
UNWIND CASE labels(n) WHEN [] THEN ['(none)'] ELSE labels(n) END AS label
RETURN DISTINCT label ORDER BY label LIMIT 5"""
_MARK = "MERGE (w:Whodunnit {id: 'store'}) ON CREATE SET w.schema = $schema, w.name = 'whodunnit'"


class Neo4jStore:
    """A graph in a Neo4j database. Make it once a thread; any number of processes may share the database."""

    dialect: Literal["sql", "cypher"] = "cypher"
    batch_records = 20_000
    """A batch of so many is some 20,000 rows, and one transaction."""

    def __init__(self, url: str, *, database: str = "", create: bool = False) -> None:
        """Sign in as NEO4J_USERNAME (else `neo4j`) with NEO4J_PASSWORD: to write, where empty made ours, if `create`.

        `database` '' is the user's own. Raises StoreError where the server is away, does not let this user in, has
        no such database, or another graph in it; StoreVersionError where the graph is of another schema.
        """
        look_at(url)
        self.address = Address(url, database, os.environ.get("NEO4J_USERNAME") or "neo4j")
        self.attempts, self.written = 0, 0
        """How often a transaction that writes was begun, and was carried through; some have to be tried again."""
        self._texts: dict[str, str] = {}
        # What the driver has to say comes as an error of ours; a retry is no news.
        if not (log := logging.getLogger("neo4j")).handlers:
            log.addHandler(logging.NullHandler())
        with self._errors():
            self._driver: Driver = GraphDatabase.driver(
                url,
                auth=(self.address.user, os.environ.get("NEO4J_PASSWORD") or ""),
                notifications_min_severity="OFF",
                user_agent="whodunnit",
            )
        try:
            with self._errors():
                self._driver.verify_connectivity()  # at once: no trying again, as later on
                self._check(create=create)
        except BaseException:
            self.close()
            raise

    @property
    def digest(self) -> Digest:
        """What makes rows of facts; only ingest has need of it, so it is not loaded before."""
        from graph.rows import rows_of

        return rows_of

    def apply(self, batch: Batch) -> None:
        """Write rows, quarantine and checkpoint in one transaction, again from its start where that may help.

        Where the batch is too large for that (a single file of very many credential events, a copy), the checkpoint
        comes with the last transaction, and rows that are there already change nothing when they come again.
        """
        with self._errors(), self._session() as session:
            for share in transactions(batch):
                session.execute_write(self._write, share)
                self.written += 1

    def _write(self, transaction: ManagedTransaction, work: list[Write]) -> None:
        """One transaction's statements, when it is this writer's turn."""
        self.attempts += 1
        if transaction.run(statements.LOCK).single() is None:
            raise StoreMissing(f"{self.address} was emptied meanwhile: run the same command again")
        try:
            # No answer is waited for until the last: the server works while the next statement is packed.
            for result, tidying in [(transaction.run(one.statement, rows=one.rows), one.tidying) for one in work]:
                untidy = [(found,) for ids in result.values() for found in ids[0]] if tidying else []
                for statement in tidying if untidy else ():
                    transaction.run(statement, rows=untidy).consume()
                result.consume()
        except TransientError as error:
            if "OutOfMemory" in (error.code or ""):  # trying again would take as much
                raise sentence(error, self.address) from error
            raise

    def unread(self, candidates: Iterable[Done]) -> set[str]:
        """Names of those not yet read to their end with this stamp and within at least these bounds."""
        wanted = list(candidates)
        rows = [(at, short(d.name, {}), d.stamp, d.since, d.until) for at, d in enumerate(wanted)]
        return {wanted[at].name for (at,) in self._read(_UNREAD, rows=rows)}

    def fetch(self, question: Path, parameters: Parameters) -> Sequence[Row]:
        """All rows of the question in the `.cypher` file beside the `.sql`, as SQLite would give them.

        Times are text, flags numbers, lists JSON; columns that the head calls *For Browser* are left out.
        """
        statement, undrawn = _question(question.with_suffix(".cypher"))
        asked = {name: parameter(value) for name, value in parameters.items()}

        def rows(result: Result) -> list[list[Any]]:
            return result.values(*(name for name in result.keys() if name not in undrawn))  # noqa: SIM118 (no dict)

        with self._errors():
            # A managed transaction as others are, with one way to the server and back less.
            found = self._driver.execute_query(
                Query(statement),
                asked,
                routing_=RoutingControl.READ,
                database_=self.address.database or None,
                result_transformer_=rows,
            )
        return [tuple([column(value) for value in row]) for row in self._whole(found)]

    def ledger(self, pieces: int) -> Ledger:
        """What was read and what could not be."""
        last = self._read(
            "MATCH (q:Quarantine) RETURN q.source, q.position, q.reason, coalesce(q.sample, '') "
            "ORDER BY q.source DESC, q.position DESC, q.reason LIMIT $pieces",
            pieces=pieces,
        )
        return Ledger(
            counts=dict(self._read("MATCH (t:Tally) RETURN t.name, t.count")),
            sources=self._read("MATCH (s:ReadSource) RETURN count(s)")[0][0],
            reasons=tuple(
                self._read("MATCH (q:Quarantine) RETURN q.reason, count(*) AS count ORDER BY count DESC, q.reason")
            ),
            pieces=tuple(Quarantined(*row) for row in last),
        )

    def sources(self) -> Iterator[Done]:
        """Every object that was read to its end, in order of their names."""
        for row in self._stream("MATCH (s:ReadSource) RETURN s.name, s.stamp, s.since, s.until ORDER BY s.name"):
            yield Done(*row)

    def dump(self, *tables: str) -> Iterator[tuple[str, Row]]:
        """Every row of the graph, or of these tables, as SQLite keeps it and in the same order."""
        for name in tables or sorted(TABLES):
            for statement in statements.read_table(name):
                for row in self._stream(statement):
                    yield name, row

    def undeclared(self) -> list[str]:
        """What labels of ours hold that the schema does not declare: a sentence each; none is as it should be."""
        from graph.cypher.declared import undeclared

        return undeclared(self._read)

    def close(self) -> None:
        """Let go of the store."""
        self._driver.close()

    def _check(self, *, create: bool) -> None:
        """Make sure that the database is ours and of this schema; made so where it is empty if `create`."""
        found = self._read(_MARKED)
        labels = [] if found else [label for (label,) in self._read(_FOREIGN)]
        if "Whodunnit" in labels:  # another process made it ours between the two
            found = self._read(_MARKED)
        if not found:
            if labels:
                raise StoreDamaged(
                    f"{self.address} holds a graph that is not whodunnit's (labels {', '.join(labels)} …), which stays "
                    "as it is: name an empty database with --database, or another store with --store"
                )
            if not create:
                raise StoreMissing(f"{self.address} is empty: run `whodunnit ingest` first, or name another --store")
            self._make()
        elif found[0][0] != SCHEMA_VERSION:
            version = found[0][0]
            newer = isinstance(version, int) and version > SCHEMA_VERSION
            raise StoreVersionError(
                f"{self.address} has schema {version}, this whodunnit knows {SCHEMA_VERSION}: "
                + ("update whodunnit" if newer else "remove it or name another, and ingest anew")
            )

    def _make(self) -> None:
        """Constraints and indexes, then the mark, which says that they are there; several may do so at once."""
        for statement in statements.schema_statements():
            try:
                self._written(statement)
            except ClientError as error:
                if "AlreadyExists" not in (error.code or ""):  # another process made it at the same moment
                    raise
        with self._session() as session:
            session.run("CALL db.awaitIndexes(300)").consume()
        self._written(_MARK, schema=SCHEMA_VERSION)

    def _written(self, statement: str, **parameters: Any) -> None:  # noqa: ANN401 (values of any kind)
        with self._session() as session:
            session.execute_write(lambda transaction: transaction.run(statement, parameters).consume())

    def _read(self, statement: str, **parameters: Any) -> list[Row]:  # noqa: ANN401 (values of any kind)
        with self._errors(), self._session(reading=True) as session:
            found = session.execute_read(lambda transaction: transaction.run(statement, parameters).values())
        return [tuple(row) for row in self._whole(found)]

    def _stream(self, statement: str) -> Iterator[Row]:
        """Rows of a statement, not all at once."""
        with self._errors(), self._session(reading=True) as session:
            result = session.run(Query(statement))
            while some := [list(record.values()) for record in result.fetch(AT_ONCE)]:
                for row in self._whole(some):
                    yield tuple(row)

    def _whole(self, rows: list[list[Any]]) -> list[list[Any]]:
        """The same rows in plain values, and with every text as long as it was."""
        cuts: set[str] = set()
        found = [[plain(value, cuts) for value in row] for row in rows]
        if not cuts:
            return found
        if unknown := sorted(cuts - self._texts.keys()):
            with self._session(reading=True) as session:
                ask = "MATCH (t:LongText) WHERE t.id IN $ids RETURN t.id, t.text"
                self._texts |= session.execute_read(
                    lambda transaction: dict(transaction.run(ask, ids=unknown).values())
                )
        return [[restored(value, self._texts) for value in row] for row in found]

    def _session(self, *, reading: bool = False) -> Session:
        """A session that sees what this store wrote, in a cluster too."""
        kept = self._driver.execute_query_bookmark_manager
        if reading:
            return self._driver.session(
                database=self.address.database or None, bookmark_manager=kept, default_access_mode=READ_ACCESS
            )
        return self._driver.session(database=self.address.database or None, bookmark_manager=kept)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """The driver's errors as ours, in one sentence each."""
        try:
            yield
        except (DriverError, Neo4jError, OSError) as error:
            raise sentence(error, self.address) from error


@lru_cache(maxsize=64)
def _question(path: Path) -> tuple[str, frozenset[str]]:
    """The text of a question, and the columns that its head declares for Browser alone."""
    text = path.read_text("utf-8")
    head = " ".join(line[2:].strip() for line in takewhile(lambda line: line.startswith("//"), text.splitlines()))
    told = head.partition("For Browser:")[2].partition(":")[0]
    return text, frozenset(re.findall(r"\w+", re.sub(r"\([^)]*\)", "", told)))
