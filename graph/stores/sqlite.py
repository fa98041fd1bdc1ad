"""The default store: one SQLite file, no server, readable while it is written (WAL).

APSW brings a SQLite of its own: the one that was tested is the one that answers, not whichever the machine has.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import apsw
import msgspec

from graph.schema import EDGES, PLACE, PLACES_KEPT, SCHEMA_VERSION
from graph.store import Ledger, Parameters
from graph.tables import TABLES, Table
from ingest.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreRefused,
    StoreVersionError,
)
from ingest.quarantine import Quarantined
from ingest.sink import BATCH_RECORDS, Batch, Digest, Done

APPLICATION_ID = 0x77686F64
"""Marks our files (`whod`), so that no other SQLite file is taken for one."""

_PAGE_BYTES = 16384
"""Four times SQLite's own: keys are random, so a batch touches most pages, and fewer cost less than smaller ones."""

_PATIENCE = 30_000
"""Milliseconds that a locked file is waited for."""

_PAUSE = 0.05
"""Seconds from one try to the next where SQLite does not wait by itself."""

_BYTES, _FLAGS = {"record"}, {"lasting", "transitive", "inherited"}

_INDEXES = (
    "CREATE INDEX issued_by_session ON issued_by (session) WHERE session IS NOT NULL",
    "CREATE INDEX session_principal ON session (principal, start)",
    "CREATE INDEX session_arn ON session (arn, start) WHERE kind IN ('role', 'federated')",
    "CREATE INDEX session_user ON session (user, start) WHERE user IS NOT NULL",
    "CREATE INDEX session_sign_in ON session (sign_in) WHERE sign_in IS NOT NULL",
    "CREATE INDEX named_arn ON named (arn)",
    "CREATE INDEX place_address ON place (address)",
    "CREATE INDEX session_tag_pair ON session_tag (tag_key COLLATE NOCASE, tag_value COLLATE NOCASE, at)",
    "CREATE INDEX session_source_identity ON session (source_identity) WHERE source_identity IS NOT NULL",
    "CREATE INDEX access_key_source_identity ON access_key (source_identity) WHERE source_identity IS NOT NULL",
)

_LEDGER = (
    """CREATE TABLE source (name TEXT NOT NULL PRIMARY KEY, stamp TEXT NOT NULL, since TEXT NOT NULL,
    until TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE quarantine (source TEXT NOT NULL, position TEXT NOT NULL, reason TEXT NOT NULL, sample TEXT,
    PRIMARY KEY (source, position, reason)) WITHOUT ROWID""",
    "CREATE TABLE tally (what TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
)

_TRIM = f"""DELETE FROM seen_from WHERE from_label = ?1 AND from_id = ?2 AND to_id >= (
    SELECT to_id FROM seen_from WHERE from_label = ?1 AND from_id = ?2
    ORDER BY to_id LIMIT 1 OFFSET {PLACES_KEPT})"""  # noqa: S608 (a number of ours)
"""A place that is among the smallest in the end was so all the time: trimming after each batch is as good as once."""

# A copy may bring places when those that were seen from them are here already, and trimmed.
_FORGET_LONE = "DELETE FROM place WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM seen_from WHERE to_id = ?1)"
_FORGET = """CREATE TRIGGER place_forget AFTER DELETE ON seen_from
    WHEN NOT EXISTS (SELECT 1 FROM seen_from WHERE to_id = OLD.to_id)
    BEGIN DELETE FROM place WHERE id = OLD.to_id;
    END"""
"""A place is there if, and only if, a credential is seen from it."""


class SQLiteStore:
    """A graph in a SQLite file. Make it once a thread; several processes may share the file."""

    dialect: Literal["sql", "cypher"] = "sql"
    batch_records = BATCH_RECORDS

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file: for writing, made where it is missing, if `create`; else for reading.

        Raises StoreError where it is missing or not ours, StoreVersionError where it is of a newer schema.
        """
        self.path = path
        if not create and not path.exists():
            raise StoreMissing(f"there is no store at {path}: run `whodunnit ingest` first, or name one with --store")
        if path.is_dir() or not path.parent.is_dir():
            raise StoreMissing(f"{path} cannot be a store: name a file in a folder that is there with --store")
        with self._errors():
            self._connection = self._connect(create=create)
            self._check(create=create)

    @property
    def digest(self) -> Digest:
        """What makes rows of facts; only ingest has need of it, so it is not loaded before."""
        from graph.rows import rows_of

        return rows_of

    def apply(self, batch: Batch) -> None:
        """Write rows, quarantine and checkpoint in one transaction."""
        with self._errors(), self._transaction() as connection:
            for name, rows in batch.rows.items():
                connection.executemany(_upsert(TABLES[name]), rows)
            holders = dict.fromkeys((label, of) for label, of, *_ in batch.rows.get("seen_from", ()))
            connection.executemany(_TRIM, list(holders))
            lone = {row[0] for row in batch.rows.get("place", ())} - {row[2] for row in batch.rows.get("seen_from", ())}
            connection.executemany(_FORGET_LONE, [(place,) for place in lone])
            connection.executemany("DELETE FROM quarantine WHERE source = ?", [(name,) for name in batch.begun])
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

    def fetch(self, question: Path, parameters: Parameters) -> Sequence[tuple[Any, ...]]:
        """All rows of the question in the `.sql` file; a list is handed over as JSON."""
        values = {
            name: msgspec.json.encode(value).decode() if isinstance(value, list) else value
            for name, value in parameters.items()
        }
        with self._errors():
            return self._connection.execute(_text(question), values).fetchall()

    def ledger(self, pieces: int) -> Ledger:
        """What was read and what could not be."""
        with self._errors():
            ask = self._connection.execute
            last = ask("SELECT * FROM quarantine ORDER BY source DESC, position DESC, reason LIMIT ?", (pieces,))
            return Ledger(
                counts={str(what): count for what, count in ask("SELECT what, count FROM tally")},
                sources=ask("SELECT count(*) FROM source").get,
                reasons=tuple(ask("SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY 2 DESC, 1")),
                pieces=tuple(
                    Quarantined(source, position, why, sample or "") for source, position, why, sample in last
                ),
            )

    def sources(self) -> Iterator[Done]:
        """Every object that was read to its end."""
        for row in self._connection.execute("SELECT name, stamp, since, until FROM source ORDER BY name"):
            yield Done(*row)

    def dump(self, *tables: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every row of the graph, or of these tables; tables in order of their names, rows in that of their keys."""
        for name in tables or sorted(TABLES):
            table = TABLES[name]
            columns, order = _quoted(table.columns), _quoted(table.identity)
            for row in self._connection.execute(f"SELECT {columns} FROM {name} ORDER BY {order}"):  # noqa: S608 (the schema's names)
                yield name, row

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _connect(self, *, create: bool) -> apsw.Connection:
        mode = "rwc" if create else "ro"
        if not create and not os.access(self.path.parent, os.W_OK) and not Path(f"{self.path}-wal").exists():
            mode += "&immutable=1"  # read-only media: SQLite may not put its two files beside it, and need not
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE if create else apsw.SQLITE_OPEN_READONLY
        connection = apsw.Connection(f"{self.path.absolute().as_uri()}?mode={mode}", flags | apsw.SQLITE_OPEN_URI)
        connection.set_busy_timeout(_PATIENCE)
        # One plan a statement: by default it is prepared anew where a parameter might make another one better.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        if create:
            connection.pragma("page_size", _PAGE_BYTES)  # heeded only while the file is empty
        connection.pragma("cache_size", -16384)
        connection.pragma("temp_store", "MEMORY")
        return connection

    def _check(self, *, create: bool) -> None:
        """Look whether it is ours before anything of it is changed."""
        with self._connection:  # all as of one moment: another process may be making it
            mark, version = self._connection.pragma("application_id"), self._connection.pragma("user_version")
            tables = self._connection.execute("SELECT count(*) FROM sqlite_schema").get
        new = mark == 0 and tables == 0 and create
        if create and (new or (mark == APPLICATION_ID and version == SCHEMA_VERSION)):
            self._write_ahead()
            self._connection.pragma("synchronous", "NORMAL")
            self._connection.pragma("wal_autocheckpoint", 4096)
        if new:
            self._make()
        elif mark == APPLICATION_ID and version == SCHEMA_VERSION:
            return
        elif mark != APPLICATION_ID:
            raise StoreDamaged(f"{self.path} is not a whodunnit store")
        else:
            raise StoreVersionError(
                f"{self.path} has schema {version}, this whodunnit knows {SCHEMA_VERSION}: "
                + ("update whodunnit" if version > SCHEMA_VERSION else "remove it or name another, and ingest anew")
            )

    def _write_ahead(self) -> None:
        """Turn the write-ahead log on; SQLite itself waits for nobody where several processes do so at once."""
        end = time.monotonic() + _PATIENCE / 1000
        while True:
            try:
                self._connection.pragma("journal_mode", "WAL")
            except apsw.BusyError:
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _make(self) -> None:
        with self._transaction() as connection:
            if connection.pragma("application_id") == APPLICATION_ID:  # another process was quicker
                return
            for table in TABLES.values():
                connection.execute(_create(table))
            for edge in (*EDGES, PLACE):
                if edge.sought_by_end:
                    end = "to_label, to_id" if len(edge.ends) > 1 else "to_id"
                    connection.execute(f"CREATE INDEX {edge.table}_end ON {edge.table} ({end})")
            for statement in (*_INDEXES, _FORGET, *_LEDGER):
                connection.execute(statement)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", SCHEMA_VERSION)

    @contextmanager
    def _transaction(self) -> Iterator[apsw.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as ours, in one sentence each."""
        try:
            yield
        except apsw.Error as error:
            raise _ours(error, self.path) from error


def _ours(error: apsw.Error, path: Path) -> StoreError:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            return StoreBusy(f"{path} is locked by another program: try again when it is done")
        case apsw.FullError():
            return StoreFull(f"no room left to write {path}: nothing of the last batch was kept")
        case apsw.CantOpenError() | apsw.ReadOnlyError() | apsw.PermissionsError():
            return StoreRefused(
                f"{path} may not be written here: name another store with --store, or ask for the rights"
            )
        case apsw.IOError():
            return StoreFull(
                f"{path} cannot be written (disk full, or files limited in size?): nothing of the last batch was kept"
            )
        case apsw.NotADBError() | apsw.CorruptError():
            return StoreDamaged(f"{path} is not a whodunnit store, or it is damaged: {error}")
    return StoreError(f"{path}: {error}")


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
    names = _quoted(name for name, _ in table.values)
    merged = ", ".join(
        f'coalesce({rule}("{name}", excluded."{name}"), "{name}", excluded."{name}")' for name, rule in table.values
    )
    marks = ", ".join("?" * len(table.columns))
    # A row that would stay as it is is not written: repeats then cost no more than looking.
    conflict = f"DO UPDATE SET ({names}) = ({merged}) WHERE ({names}) IS NOT ({merged})" if names else "DO NOTHING"
    key = _quoted(table.identity)
    return f"INSERT INTO {table.name} ({_quoted(table.columns)}) VALUES ({marks}) ON CONFLICT ({key}) {conflict}"  # noqa: S608 (names)


@lru_cache(maxsize=64)
def _text(question: Path) -> str:
    return question.read_text("utf-8")
