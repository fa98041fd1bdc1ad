"""The shared store: Neo4j 5.26 or later, Community is enough. User and password come from the environment alone."""

import hashlib
import logging
import os
import re
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from neo4j import READ_ACCESS, Driver, GraphDatabase, ManagedTransaction, Query, Result, RoutingControl, Session
from neo4j.exceptions import (
    AuthError,
    ClientError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)
from neo4j.time import DateTime

from graph import cypher
from graph.schema import PLACE, SCHEMA_VERSION
from graph.store import Ledger, Parameters
from graph.tables import TABLES
from ingest.errors import (
    StoreAway,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreRefused,
    StoreVersionError,
    UsageError,
)
from ingest.quarantine import Quarantined
from ingest.sink import Batch, Digest, Done

Row = tuple[Any, ...]


class Write(msgspec.Struct, frozen=True):
    """A statement with its rows, and what is to follow for the ids that it gives."""

    statement: str
    rows: list[Row]
    tidying: tuple[str, ...] = ()


_AT_ONCE = 5_000
"""Rows that travel in one statement."""

_IN_ONE_TRANSACTION = 30_000
"""Rows, at some 5 kB of the server's memory each; of a heap of 512 MB transactions may take 358."""

_DEEPEST_CAUSE = 10
_LONGEST = 600
"""Characters of a text that an index surely takes: three of them, in whatever script, stay below its 8 kB."""

_CUT = re.compile(r".*…[0-9a-f]{32}", re.DOTALL)
_CUT_LENGTH = _LONGEST + 1 + 32

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
        _look_at(url)
        self.url, self.database = url, database
        self.user, password = os.environ.get("NEO4J_USERNAME") or "neo4j", os.environ.get("NEO4J_PASSWORD") or ""
        self.attempts, self.written = 0, 0
        """How often a transaction that writes was begun, and was carried through; some have to be tried again."""
        self._texts: dict[str, str] = {}
        # What the driver has to say comes as an error of ours; a retry is no news.
        if not (log := logging.getLogger("neo4j")).handlers:
            log.addHandler(logging.NullHandler())
        with self._errors():
            self._driver: Driver = GraphDatabase.driver(
                url, auth=(self.user, password), notifications_min_severity="OFF", user_agent="whodunnit"
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

        Of more rows than a small server has memory for (a single file of very many credential events, a copy), the
        first go ahead in transactions of their own: the checkpoint comes with the last, and rows that are there
        already change nothing when they come again.
        """
        texts: dict[str, str] = {}
        work, checkpoint = [*_writes(batch, texts)], [*_checkpoint(batch, texts)]
        work[:0] = _pieces(cypher.WRITE_TEXTS, list(texts.items()))
        *ahead, last = _shares(work)
        with self._errors(), self._session() as session:
            for share in (*ahead, last + checkpoint):
                session.execute_write(self._write, share)
                self.written += 1

    def _write(self, transaction: ManagedTransaction, work: list[Write]) -> None:
        """One transaction's statements, when it is this writer's turn."""
        self.attempts += 1
        if transaction.run(cypher.LOCK).single() is None:
            raise StoreMissing(f"{self._place} was emptied meanwhile: run the same command again")
        try:
            # No answer is waited for until the last: the server works while the next statement is packed.
            for result, tidying in [(transaction.run(one.statement, rows=one.rows), one.tidying) for one in work]:
                untidy = [(found,) for ids in result.values() for found in ids[0]] if tidying else []
                for statement in tidying if untidy else ():
                    transaction.run(statement, rows=untidy).consume()
                result.consume()
        except TransientError as error:
            if "OutOfMemory" in (error.code or ""):  # trying again would take as much
                raise self._ours(error) from error
            raise

    def unread(self, candidates: Iterable[Done]) -> set[str]:
        """Names of those not yet read to their end with this stamp and within at least these bounds."""
        wanted = list(candidates)
        rows = [(at, _short(d.name, {}), d.stamp, d.since, d.until) for at, d in enumerate(wanted)]
        return {wanted[at].name for (at,) in self._read(_UNREAD, rows=rows)}

    def fetch(self, question: Path, parameters: Parameters) -> Sequence[Row]:
        """All rows of the question in the `.cypher` file beside the `.sql`, as SQLite would give them.

        Times are text, flags numbers, lists JSON; columns that the head calls *For Browser* are left out.
        """
        statement, undrawn = _question(question.with_suffix(".cypher"))
        short = {
            name: [_short(one, {}) for one in value]
            if isinstance(value, list)
            else _short(value, {})
            if isinstance(value, str)
            else value
            for name, value in parameters.items()
        }

        def rows(result: Result) -> list[list[Any]]:
            return result.values(*(name for name in result.keys() if name not in undrawn))  # noqa: SIM118 (no dict)

        with self._errors():
            # A managed transaction as others are, with one way to the server and back less.
            found = self._driver.execute_query(
                Query(statement),
                short,
                routing_=RoutingControl.READ,
                database_=self.database or None,
                result_transformer_=rows,
            )
        return [tuple([_column(value) for value in row]) for row in self._whole(found)]

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
            if name in cypher.NODE_TABLES:
                statements = [cypher.read_nodes(name)]
            else:
                statements = [cypher.read_edges(name, start) for start in sorted(cypher.OF_TABLE[name].starts)]
            for statement in statements:
                for row in self._stream(statement):
                    yield name, row

    def undeclared(self) -> list[str]:
        """What labels of ours hold that the schema does not declare: a sentence each; none is as it should be."""
        from graph.declared import undeclared

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
                    f"{self._place} holds a graph that is not whodunnit's (labels {', '.join(labels)} …), which stays "
                    "as it is: name an empty database with --database, or another store with --store"
                )
            if not create:
                raise StoreMissing(f"{self._place} is empty: run `whodunnit ingest` first, or name another --store")
            self._make()
        elif found[0][0] != SCHEMA_VERSION:
            version = found[0][0]
            newer = isinstance(version, int) and version > SCHEMA_VERSION
            raise StoreVersionError(
                f"{self._place} has schema {version}, this whodunnit knows {SCHEMA_VERSION}: "
                + ("update whodunnit" if newer else "ingest anew into another store")
            )

    def _make(self) -> None:
        """Constraints and indexes, then the mark, which says that they are there; several may do so at once."""
        for statement in cypher.schema_statements():
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
            while some := [list(record.values()) for record in result.fetch(_AT_ONCE)]:
                for row in self._whole(some):
                    yield tuple(row)

    def _whole(self, rows: list[list[Any]]) -> list[list[Any]]:
        """The same rows in plain values, and with every text as long as it was."""
        cut: set[str] = set()
        plain = [[_plain(value, cut) for value in row] for row in rows]
        if not cut:
            return plain
        if unknown := sorted(cut - self._texts.keys()):
            with self._session(reading=True) as session:
                ask = "MATCH (t:LongText) WHERE t.id IN $ids RETURN t.id, t.text"
                self._texts |= session.execute_read(
                    lambda transaction: dict(transaction.run(ask, ids=unknown).values())
                )
        return [[_restored(value, self._texts) for value in row] for row in plain]

    def _session(self, *, reading: bool = False) -> Session:
        """A session that sees what this store wrote, in a cluster too."""
        kept = self._driver.execute_query_bookmark_manager
        if reading:
            return self._driver.session(
                database=self.database or None, bookmark_manager=kept, default_access_mode=READ_ACCESS
            )
        return self._driver.session(database=self.database or None, bookmark_manager=kept)

    @property
    def _place(self) -> str:
        return f"database {self.database!r} of {self.url}" if self.database else self.url

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """The driver's errors as ours, in one sentence each."""
        try:
            yield
        except (DriverError, Neo4jError, OSError) as error:
            raise self._ours(error) from error

    def _ours(self, error: Exception) -> Exception:
        if isinstance(error, Neo4jError):
            return self._refused(error)
        if isinstance(error, IncompleteCommit):
            return StoreAway(f"{self.url} went away in the middle of a commit: run the same command again, it goes on")
        if isinstance(error, ServiceUnavailable) and (other := _another_protocol(error)):
            return StoreAway(f"{self.url} {other}")
        if isinstance(error, ServiceUnavailable | SessionExpired | OSError):
            plain = ", or leave the + out if it speaks no TLS" if "+" in urlsplit(self.url).scheme else ""
            return StoreAway(
                f"no Neo4j answers at {self.url}: start it, or name another store with --store{plain}; "
                "what was written so far is kept"
            )
        return StoreError(f"{self._place}: {_line(error)}")

    def _refused(self, error: Neo4jError) -> StoreError:
        """What the server said, as a sentence with what to do."""
        code, said = error.code or "", _line(error)
        for part, kind, sentence in _SENTENCES:
            if part in code:
                return kind(sentence.format(place=self._place, user=self.user, said=said))
        if isinstance(error, AuthError):
            return StoreRefused(f"{self._place} does not let {self.user!r} in: {said}")
        if isinstance(error, TransientError):
            return StoreBusy(f"{self._place} is busy: try again when it is done ({said})")
        return StoreError(f"{self._place}: {said}")


_NO_WRITING = "{place} lets {user!r} only read: write as another user, or ask for the rights"
_SENTENCES: tuple[tuple[str, type[StoreError], str], ...] = (
    (
        "Security.Unauthorized",
        StoreRefused,
        "{place} does not let {user!r} in: set NEO4J_USERNAME and NEO4J_PASSWORD to those of a user that it knows",
    ),
    (
        "Security.AuthenticationRateLimit",
        StoreRefused,
        "{place} was given a wrong password too often: wait some seconds, then set NEO4J_PASSWORD to the right one",
    ),
    (
        "Security.CredentialsExpired",
        StoreRefused,
        "{place} wants a new password of {user!r} first: set one with ALTER CURRENT USER SET PASSWORD",
    ),
    ("Security.Forbidden", StoreRefused, _NO_WRITING),
    ("ReadOnly", StoreRefused, _NO_WRITING),
    ("Statement.AccessMode", StoreRefused, _NO_WRITING),
    (
        "Database.DatabaseNotFound",
        StoreMissing,
        "{place} is not there: name another database with --database or NEO4J_DATABASE",
    ),
    ("MemoryPoolOutOfMemory", StoreFull, "{place} has too little memory for a batch: give it more heap ({said})"),
    ("OutOfDisk", StoreFull, "{place} has no room left on its disk: nothing of the last batch was kept"),
)


def _another_protocol(error: BaseException) -> str:
    """What else answered where a Neo4j was looked for, '' if nothing did: the driver tells it in causes and words."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and len(causes) < _DEEPEST_CAUSE:
        causes.append(cause)
    told = " ".join(map(str, causes))
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "BoltSecurityError" in told:
        return (
            "cannot be spoken with over TLS: use +ssc where its certificate is its own, no + at all where it has none"
        )
    if "HTTP" in told:
        return "answers as a web server does: name its Bolt port, which is 7687 where nobody changed it"
    return ""


def _look_at(url: str) -> None:
    """Raise UsageError where a URL is no address, or tells what must not stand on a command line."""
    if "@" in url:
        raise UsageError("user and password are no part of a store's URL: set NEO4J_USERNAME and NEO4J_PASSWORD")
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/") and not parts.query + parts.fragment
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(f"{url!r} is no address of a Neo4j: give neo4j://HOST:PORT or bolt://HOST:PORT")


def _line(error: Exception) -> str:
    """The first line of what an error says."""
    said = str(getattr(error, "message", "") or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def _writes(batch: Batch, texts: dict[str, str]) -> Iterator[Write]:
    """Statements with their rows, nodes before edges; long texts are cut and put into `texts`."""
    tables = {name: [_cut(row, texts) for row in batch.rows[name]] for name in TABLES if batch.rows.get(name)}
    for name in cypher.NODE_TABLES:
        tidying = tuple(map(cypher.keep_single, cypher.singles_of(name)))
        yield from _pieces(cypher.write_nodes(name), tables.get(name, ()), tidying)
    about: dict[str, dict[Row, None]] = {}
    for name in cypher.OF_TABLE:
        for (start, end), rows in _by_labels(name, tables.get(name, ())).items():
            tidying = (cypher.keep_places(start),) if name == PLACE.table else ()
            yield from _pieces(cypher.write_edges(name, start, end), rows, tidying)
            if "event" in TABLES[name].identity and start in cypher.ABOUT.ends:
                of, at = map(TABLES[name].columns.index, ("event", "from_id"))
                about.setdefault(start, {}).update(dict.fromkeys((row[of], row[at]) for row in rows))
    for start, pairs in about.items():
        yield from _pieces(cypher.write_about(start), list(pairs))
    unseen = {row[0] for row in tables.get("place", ())} - {row[2] for row in tables.get(PLACE.table, ())}
    yield from _pieces(cypher.FORGET_PLACES, [(mark,) for mark in sorted(unseen)])
    users = dict.fromkeys((row[1],) for row in tables.get("named", ()) if row[0] == "User")
    yield from _pieces(cypher.NAME_USERS, list(users))


def _checkpoint(batch: Batch, texts: dict[str, str]) -> Iterator[Write]:
    """What was begun, done, quarantined and counted: with the last of the rows, all of it or nothing."""
    ledger: dict[str, list[Row]] = {
        "begun": [(name,) for name in batch.begun],
        "quarantined": [(q.source, q.position, q.reason, q.sample) for q in batch.quarantined],
        "done": [(d.name, d.stamp, d.since, d.until) for d in batch.done],
        "counts": list(batch.counts.items()),
    }
    for what, rows in ledger.items():
        yield from _pieces(cypher.WRITE_LEDGER[what], [_cut(row, texts) for row in rows])


def _by_labels(table: str, rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows of edges by the labels of their two ends."""
    edge, columns = cypher.OF_TABLE[table], TABLES[table].columns
    start = columns.index("from_label") if "from_label" in columns else None
    end = columns.index("to_label") if "to_label" in columns else None
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        labels = (edge.starts[0] if start is None else row[start], edge.ends[0] if end is None else row[end])
        grouped.setdefault(labels, []).append(row)
    return grouped


def _shares(work: list[Write]) -> Iterator[list[Write]]:
    """The same statements in their order, by transactions; one at least."""
    share: list[Write] = []
    rows = 0
    for one in work:
        if rows + len(one.rows) > _IN_ONE_TRANSACTION:
            yield share
            share, rows = [], 0
        share.append(one)
        rows += len(one.rows)
    yield share


def _pieces(statement: str, rows: Sequence[Row], tidying: tuple[str, ...] = ()) -> Iterator[Write]:
    for at in range(0, len(rows), _AT_ONCE):
        yield Write(statement, list(rows[at : at + _AT_ONCE]), tidying)


def _cut(row: Row, texts: dict[str, str]) -> Row:
    for value in row:
        if value.__class__ is str and len(value) > _LONGEST:
            return tuple([_short(value, texts) if isinstance(value, str) else value for value in row])
    return row


def _short(text: str, texts: dict[str, str]) -> str:
    """A text that an index takes: itself, or how it begins with its hash, and then the whole goes into `texts`."""
    if len(text) <= _LONGEST:
        return text
    short = f"{text[:_LONGEST]}…{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
    texts[short] = text
    return short


def _plain(value: Any, cut: set[str]) -> Any:  # noqa: ANN401 (whatever Cypher gives)
    """A value as SQLite has it; texts that stand for longer ones are noted in `cut`."""
    if isinstance(value, str):
        if len(value) == _CUT_LENGTH and _CUT.fullmatch(value):
            cut.add(value)
        return value
    if isinstance(value, DateTime):
        return value.iso_format()[:19] + "Z"
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return [_plain(one, cut) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one, cut) for name, one in value.items()}
    return value


def _restored(value: Any, texts: dict[str, str]) -> Any:  # noqa: ANN401 (whatever Cypher gives)
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list):
        return [_restored(one, texts) for one in value]
    if isinstance(value, dict):
        return {name: _restored(one, texts) for name, one in value.items()}
    return value


def _column(value: Any) -> Any:  # noqa: ANN401 (whatever Cypher gives)
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


@lru_cache(maxsize=64)
def _question(path: Path) -> tuple[str, frozenset[str]]:
    """The text of a question, and the columns that its head declares for Browser alone."""
    text = path.read_text("utf-8")
    head = " ".join(line[2:].strip() for line in takewhile(lambda line: line.startswith("//"), text.splitlines()))
    told = head.partition("For Browser:")[2].partition(":")[0]
    return text, frozenset(re.findall(r"\w+", re.sub(r"\([^)]*\)", "", told)))
