"""The default store: one SQLite file, no server, readable while it is written (WAL)."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from graph.rows import rows_of
from graph.schema import EDGES, PLACES_KEPT, SCHEMA_VERSION
from graph.tables import TABLES, Table
from ingest.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreMissing, StoreVersionError
from ingest.sink import Batch, Done

APPLICATION_ID = 0x77686F64
"""Marks our files (`whod`), so that no other SQLite file is taken for one."""

_BYTES, _FLAGS = {"record"}, {"lasting", "transitive", "inherited"}

_INDEXES = (
    "CREATE INDEX issued_by_session ON issued_by (session) WHERE session IS NOT NULL",
    "CREATE INDEX session_principal ON session (principal, start) WHERE kind = 'role'",
    "CREATE INDEX session_sign_in ON session (sign_in) WHERE sign_in IS NOT NULL",
    "CREATE INDEX named_arn ON named (arn)",
    "CREATE INDEX seen_from_address ON seen_from (address)",
    "CREATE INDEX session_tag_pair ON session_tag (tag_key, tag_value)",
)

_LEDGER = (
    """CREATE TABLE source (name TEXT NOT NULL PRIMARY KEY, stamp TEXT NOT NULL, since TEXT NOT NULL,
    until TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE quarantine (source TEXT NOT NULL, position TEXT NOT NULL, reason TEXT NOT NULL, sample TEXT,
    PRIMARY KEY (source, position, reason)) WITHOUT ROWID""",
    "CREATE TABLE tally (what TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
)

_TRIM = f"""DELETE FROM seen_from WHERE from_label = ?1 AND from_id = ?2 AND to_id > (SELECT to_id FROM seen_from
    WHERE from_label = ?1 AND from_id = ?2 ORDER BY to_id LIMIT 1 OFFSET {PLACES_KEPT - 1})"""


class SQLiteStore:
    """A graph in a SQLite file. Make it once a thread; several processes may share the file."""

    dialect: Literal["sql", "cypher"] = "sql"
    digest = staticmethod(rows_of)

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file: for writing, made where it is missing, if `create`; else for reading.

        Raises StoreError where it is missing or not ours, StoreVersionError where it is of a newer schema.
        """
        self.path = path
        if not create and not path.exists():
            raise StoreMissing(f"there is no store at {path}: run `whodunnit ingest` first, or name one with --store")
        with self._errors():
            self._connection = self._connect(create=create)
            self._check(create=create)

    def apply(self, batch: Batch) -> None:
        """Write rows, quarantine and checkpoint in one transaction."""
        with self._errors(), self._transaction() as connection:
            for name, rows in batch.rows.items():
                connection.executemany(_upsert(TABLES[name]), rows)
            self._trim_places(batch.rows.get("seen_from", ()))
            connection.executemany(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(q.source, q.position, q.reason, q.sample) for q in batch.quarantined],
            )
            connection.executemany(
                "INSERT INTO source VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET stamp = excluded.stamp, since = excluded.since, until = excluded.until",
                [(d.name, d.stamp, d.since, d.until) for d in batch.done],
            )
            connection.executemany(
                "INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                list(batch.counts.items()),
            )

    def unread(self, candidates: Iterable[Done]) -> set[str]:
        """Names of those not yet read to their end with this stamp and within at least these bounds."""
        look = "SELECT stamp, since, until FROM source WHERE name = ?"
        names = set()
        with self._errors():
            for wanted in candidates:
                read = self._connection.execute(look, (wanted.name,)).fetchone()
                if read is None or read[0] != wanted.stamp or not _within(wanted, read[1], read[2]):
                    names.add(wanted.name)
        return names

    def fetch(self, question: Path, parameters: Mapping[str, str | int | None]) -> Sequence[tuple[Any, ...]]:
        """All rows of the question in the `.sql` file."""
        with self._errors():
            return self._connection.execute(_text(question), dict(parameters)).fetchall()

    def dump(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every row of the graph, tables and rows in order of their names and keys."""
        for name, table in sorted(TABLES.items()):
            columns, order = _quoted(table.columns), _quoted(table.identity)
            for row in self._connection.execute(f"SELECT {columns} FROM {name} ORDER BY {order}"):  # noqa: S608
                yield name, row

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _connect(self, *, create: bool) -> sqlite3.Connection:
        mode = "rwc" if create else "ro"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=30
        )
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA temp_store = MEMORY")
        if create:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 16384")
        return connection

    def _check(self, *, create: bool) -> None:
        (mark,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if mark == APPLICATION_ID and version == SCHEMA_VERSION:
            return
        if mark == 0 and tables == 0 and create:
            self._make()
        elif mark != APPLICATION_ID:
            raise StoreDamaged(f"{self.path} is not a whodunnit store")
        else:
            raise StoreVersionError(
                f"{self.path} has schema {version}, this whodunnit knows {SCHEMA_VERSION}: "
                + ("update whodunnit" if version > SCHEMA_VERSION else "ingest anew into another store")
            )

    def _make(self) -> None:
        with self._transaction() as connection:
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            if mark == APPLICATION_ID:  # another process was quicker
                return
            for table in TABLES.values():
                connection.execute(_create(table))
            for edge in EDGES:
                if edge.sought_by_end:
                    end = "to_label, to_id" if len(edge.ends) > 1 else "to_id"
                    connection.execute(f"CREATE INDEX {edge.table}_end ON {edge.table} ({end})")
            for statement in (*_INDEXES, *_LEDGER):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _trim_places(self, rows: Sequence[tuple[Any, ...]]) -> None:
        holders = sorted({(row[0], row[1]) for row in rows})
        self._connection.executemany(_TRIM, holders)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as ours, in one sentence each."""
        try:
            yield
        except sqlite3.Error as error:
            raise _ours(error, self.path) from error


def _ours(error: sqlite3.Error, path: Path) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreBusy(f"{path} is locked by another program: try again when it is done")
    if "full" in text:
        return StoreFull(f"no room left to write {path}: nothing of the last batch was kept")
    if "not a database" in text or "malformed" in text:
        return StoreDamaged(f"{path} is not a whodunnit store, or it is damaged: {text}")
    return StoreError(f"{path}: {text}")


def _within(wanted: Done, since: str, until: str) -> bool:
    return (not since or bool(wanted.since and since <= wanted.since)) and (
        not until or bool(wanted.until and wanted.until <= until)
    )


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _create(table: Table) -> str:
    columns = [f'"{name}" TEXT NOT NULL' for name in table.identity]
    for name, _ in table.values:
        kind = "BLOB" if name in _BYTES else "INTEGER" if name in _FLAGS else "TEXT"
        columns.append(f'"{name}" {kind}')
    # Events hold whole records and are found by random ids: rows stay in the order of writing, with an index beside.
    clustered = "" if table.name == "event" else " WITHOUT ROWID"
    return f"CREATE TABLE {table.name} ({', '.join(columns)}, PRIMARY KEY ({_quoted(table.identity)})){clustered}"


@lru_cache(maxsize=64)
def _upsert(table: Table) -> str:
    merged = ", ".join(
        f'"{name}" = coalesce({rule}("{name}", excluded."{name}"), "{name}", excluded."{name}")'
        for name, rule in table.values
    )
    marks = ", ".join("?" * len(table.columns))
    conflict = f"DO UPDATE SET {merged}" if merged else "DO NOTHING"
    key = _quoted(table.identity)
    return f"INSERT INTO {table.name} ({_quoted(table.columns)}) VALUES ({marks}) ON CONFLICT ({key}) {conflict}"  # noqa: S608


@lru_cache(maxsize=64)
def _text(question: Path) -> str:
    return question.read_text("utf-8")
