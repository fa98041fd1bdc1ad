"""What a store of the graph offers: to ingest (write a batch with its checkpoint) and to questions (fetch rows)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from ingest.quarantine import Quarantined
from ingest.sink import Done, Sink

Parameters = Mapping[str, str | int | list[str] | None]

_NEO4J = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


class Ledger(msgspec.Struct, frozen=True):
    """What a store holds beside the graph.

    `counts` of all that was read (as in `ingest.sink.Batch`), how many objects were read to their end, how many pieces
    are in quarantine for which reason (the most frequent first), and some of these pieces.
    """

    counts: dict[str, int]
    sources: int
    reasons: tuple[tuple[str, int], ...]
    pieces: tuple[Quarantined, ...]


class Store(Sink, Protocol):
    """A graph that can be written, asked and read out whole."""

    dialect: Literal["sql", "cypher"]

    def fetch(self, question: Path, parameters: Parameters) -> Sequence[tuple[Any, ...]]:
        """Rows of a question, which is a file in the store's dialect; columns as its head says."""
        ...

    def ledger(self, pieces: int) -> Ledger:
        """What was read and what could not be, with at most `pieces` of the latter (the last by source's name)."""
        ...

    def sources(self) -> Iterator[Done]:
        """Every object that was read to its end, in order of their names."""
        ...

    def dump(self, *tables: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every stored row (or those of these tables) as (table, values), sorted: equal graphs give equal dumps."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


def files_of(url: str) -> list[str]:
    """The files that a store keeps here, SQLite's two beside its own among them; none for a server's."""
    path = _file(url)
    return [path + end for end in ("", "-wal", "-shm")] if path else []


def open_store(url: str, *, create: bool = False, database: str = "") -> Store:
    """Open the store that `url` names: `sqlite:PATH`, `bolt://HOST:PORT`, `neo4j://HOST:PORT` (also `+s`, `+ssc`).

    Where it is not there: made if `create`, else a StoreError says so. `database` is one of a Neo4j server's, '' for
    the user's own. Raises UsageError for another scheme.
    """
    scheme, _, rest = url.partition(":")
    if path := _file(url):
        from graph.stores.sqlite import SQLiteStore

        return SQLiteStore(Path(path), create=create)
    if scheme in _NEO4J and rest.startswith("//"):
        from graph.stores.neo4j import Neo4jStore

        return Neo4jStore(url, database=database, create=create)
    from ingest.errors import UsageError

    raise UsageError(f"no store is called {url!r}: give sqlite:PATH, neo4j://HOST:PORT or bolt://HOST:PORT")


def _file(url: str) -> str:
    """The path in a `sqlite:` URL, '' in any other."""
    scheme, _, rest = url.partition(":")
    return rest.removeprefix("//") if scheme == "sqlite" else ""
