"""Options that commands share, and how their values are read.

A command that asks a question of the store looks like this:

    def find(
        text: Annotated[str, typer.Argument(help="…")],
        since: From = "",
        form: Format = "text",
        store: Store = "",
        database: Database = "",
        verbose: Verbose = False,
    ) -> None:
        from queries.find import find as ask

        with opened(store, database) as graph:
            rows = ask(graph, text, since)
        show(format_table(rows, Row, form, screen()))

`store` is always a URL when the command runs, wherever it was given, and `database` goes with it; times are RFC 3339
UTC instants, or '' for none.
`--from` and `--since` include their second, `--to` and `--until` do not: `from <= at < to`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ingest.errors import UsageError

if TYPE_CHECKING:
    from graph.store import Store as Graph
    from lake.place import Place

DEFAULT_STORE = "sqlite:whodunnit.db"
STORE_VARIABLE = "WHODUNNIT_STORE"
DATABASE_VARIABLE = "NEO4J_DATABASE"
LAKE_VARIABLE = "WHODUNNIT_LAKE"

_DAY_SECONDS = 86_400
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EITHER_WAY = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}.*", re.ASCII | re.DOTALL)
"""`03/04/2026` is in March for some and in April for others: not taken."""

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.ASCII | re.IGNORECASE)


class Run:
    """What is said of a whole run, before or after the command's name."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.verbose = False
        self.store = ""
        self.database = ""


def moment(text: str, *, end: bool = False, now: datetime | None = None) -> str:
    """The instant (`2026-03-04T05:06:07Z`) that a person means; '' stays ''.

    Understood: RFC 3339 and every spelling of AWS's; a date, `today` or `yesterday` (UTC): where it begins, or with
    `end` where the next day does; words such as `2h ago`. Raises UsageError for all else.
    """
    if not text:
        return ""
    from ingest.times import instant

    now = (now or datetime.now(UTC)).astimezone(UTC)
    days = {"today": now, "yesterday": now - timedelta(days=1)}
    words = text.strip().lower()
    day = f"{days[words]:%Y-%m-%d}" if words in days else words
    try:
        if not _DAY.fullmatch(day):
            return instant(text)
        begin = instant(f"{day}T00:00:00Z")
        return _next_day(begin) if end else begin
    except ValueError:
        pass
    found = _in_words(text, now)
    # `3 march 2026` is a date as well; `3 march 2026 00:00` is a moment.
    whole_day = found.endswith("T00:00:00Z") and ":" not in text
    return _next_day(found) if end and whole_day else found


def _next_day(begin: str) -> str:
    """Where the day after begins; of the last of all days its own last second."""
    from ingest.times import shift

    try:
        return shift(begin, _DAY_SECONDS)
    except ValueError:
        return "9999-12-31T23:59:59Z"


def size(text: str) -> int:
    """Bytes that a size such as `512`, `64k`, `16 MiB` or `8GB` means (k is 1024); raises UsageError for all else."""
    found = _SIZE.fullmatch(text.strip())
    if not found or not float(found[1]):
        msg = f"{text!r} is not a size: give a number of bytes, or one with a unit, as in 64k, 16M, 8G"
        raise UsageError(msg)
    return int(float(found[1]) * _UNITS[found[2].lower()])


@contextmanager
def opened(url: str, database: str = "", *, create: bool = False) -> "Iterator[Graph]":
    """The store at `url` (and this database of its server), closed afterwards; made where missing if `create`."""
    from graph.store import open_store

    store = open_store(url, create=create, database=database)
    try:
        yield store
    finally:
        store.close()


def lake_at(url: str) -> "Place":
    """The lake named by --lake, else by the environment; raises UsageError where there is neither."""
    from lake.place import place

    url = url or os.environ.get(LAKE_VARIABLE) or ""
    if not url:
        raise UsageError(f"name the lake that `whodunnit export` wrote: --lake, or {LAKE_VARIABLE} in the environment")
    return place(url)


def _in_words(text: str, now: datetime) -> str:
    import dateparser

    settings = {
        "TIMEZONE": "UTC",
        "TO_TIMEZONE": "UTC",
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "REQUIRE_PARTS": ["year", "month", "day"],
    }
    found = None if _EITHER_WAY.fullmatch(text) else dateparser.parse(text, languages=["en"], settings=settings)
    if found is None:
        msg = f"{text!r} is not a time: give 2026-03-04T05:06:07Z, a date, or words such as '2h ago' or 'yesterday'"
        raise UsageError(msg)
    return f"{found:%Y-%m-%dT%H:%M:%SZ}"


def _store(context: typer.Context, value: str) -> str:
    """The store named here, else the one named before the command, else that of the environment, else the default."""
    run: Run = context.find_object(Run) or Run()
    run.store = value or run.store
    return run.store or os.environ.get(STORE_VARIABLE) or DEFAULT_STORE


def _database(context: typer.Context, value: str) -> str:
    """The database named here, else the one named before the command, else that of the environment."""
    run: Run = context.find_object(Run) or Run()
    run.database = value or run.database
    return run.database or os.environ.get(DATABASE_VARIABLE) or ""


def _verbose(context: typer.Context, value: bool) -> bool:
    run: Run = context.find_object(Run) or Run()
    run.verbose = run.verbose or value
    return run.verbose


def asked_moment(value: str) -> str:
    """The moment that an option was given, where a day begins; callback of options that take one."""
    return moment(value)


def _from(context: typer.Context, value: str) -> str:
    begin = moment(value)
    _in_order(begin, context.params.get("until"))
    return begin


def _to(context: typer.Context, value: str) -> str:
    end = moment(value, end=True)
    _in_order(context.params.get("since"), end)
    return end


def _in_order(begin: str | None, end: str | None) -> None:
    """Raise UsageError where nothing lies between the two: "nothing was found" would be read as an answer."""
    if begin and end and begin >= end:
        raise UsageError(f"there is no time from {begin} to before {end}: are the two the wrong way round?")


Store = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        callback=_store,
        show_default=False,
        help=f"The graph: sqlite:PATH, or neo4j://HOST:PORT and bolt://HOST:PORT (with +s: TLS), where NEO4J_USERNAME "
        f"and NEO4J_PASSWORD sign in. [env: {STORE_VARIABLE}; default: {DEFAULT_STORE}]",
    ),
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="NAME",
        callback=_database,
        show_default=False,
        help=f"Which of a Neo4j's databases. [env: {DATABASE_VARIABLE}; default: the user's own]",
    ),
]
Lake = Annotated[
    str,
    typer.Option(
        "--lake",
        metavar="PLACE",
        show_default=False,
        help=f"What `export` wrote: a folder, or s3://BUCKET/PREFIX. [env: {LAKE_VARIABLE}]",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", callback=_verbose, show_default=False, help="Show where an error came from.")
]
Format = Annotated[
    Literal["text", "json", "jsonl", "csv"],
    typer.Option("--format", help="How to give the answer; jsonl is one object a line."),
]
TEXT_JSON = typer.Option("--format", help="How to give the answer.")

_TIME = "an RFC 3339 time, a date (UTC), or words such as '2h ago', 'yesterday'"
At = Annotated[
    str, typer.Option("--at", metavar="TIME", callback=asked_moment, show_default=False, help=f"As of when: {_TIME}.")
]
From = Annotated[
    str,
    typer.Option("--from", metavar="TIME", callback=_from, show_default=False, help=f"Not before: {_TIME}."),
]
To = Annotated[
    str,
    typer.Option(
        "--to", metavar="TIME", callback=_to, show_default=False, help="Before that: as --from; a date means its end."
    ),
]
Since = Annotated[
    str,
    typer.Option("--since", metavar="TIME", callback=_from, show_default=False, help=f"Records from then on: {_TIME}."),
]
Until = Annotated[
    str,
    typer.Option(
        "--until",
        metavar="TIME",
        callback=_to,
        show_default=False,
        help="Records before that: as --since; a date means its end.",
    ),
]
