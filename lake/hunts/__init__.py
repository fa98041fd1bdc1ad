"""Questions worth asking of every lake, by name; written for DuckDB, and translated for Athena."""

from pathlib import Path

import msgspec

from ingest.errors import UsageError

_HERE = Path(__file__).parent


class Hunt(msgspec.Struct, frozen=True):
    """A question: its name, a title of one line, and the SQL, whose first lines say what it means and what is next."""

    name: str
    title: str
    sql: str

    @property
    def for_athena(self) -> str:
        """The SQL in Athena's dialect, over the tables and views of deploy/athena."""
        import sqlglot

        [told] = sqlglot.transpile(self.sql, read="duckdb", write="athena", pretty=True)
        return told


def hunts() -> list[Hunt]:
    """All of them, by name."""
    return [_read(path) for path in sorted(_HERE.glob("*.sql"))]


def hunt(name: str) -> Hunt:
    """The one of this name; raises UsageError with the names that there are."""
    found = {one.name: one for one in hunts()}
    if name not in found:
        raise UsageError(f"no hunt is called {name!r}: there are {', '.join(found)}")
    return found[name]


def _read(path: Path) -> Hunt:
    text = path.read_text(encoding="utf-8")
    return Hunt(path.stem, text.partition("\n")[0].removeprefix("-- "), text)
