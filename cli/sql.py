"""`whodunnit sql`: SQL over a lake, questions of one's own and those that come with whodunnit."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Format, From, Lake, To, Verbose, lake_at
from cli.output import say, screen, show
from ingest.errors import UsageError

if TYPE_CHECKING:
    from lake.read import Connection
    from render.table import Form

EXAMPLES = (
    'whodunnit sql "SELECT principal, sum(events) FROM sessions GROUP BY ALL ORDER BY 2 DESC LIMIT 10"',
    "whodunnit sql --hunts",
    "whodunnit sql --hunt denied-bursts --from 2026-03-01 --format csv",
    "whodunnit sql --hunt long-chains --athena",
)

_AT_ONCE = 4096


def sql(
    question: Annotated[
        str,
        typer.Argument(
            metavar="SQL",
            help="One SELECT over the views events, sessions and lineage; - for standard input.",
            show_default=False,
        ),
    ] = "",
    *,
    hunt: Annotated[
        str, typer.Option(metavar="NAME", help="Ask a question that comes with whodunnit.", show_default=False)
    ] = "",
    hunts: Annotated[bool, typer.Option("--hunts", help="List these questions.", show_default=False)] = False,
    athena: Annotated[
        bool, typer.Option("--athena", help="Show the hunt as SQL for Athena, and ask nothing.", show_default=False)
    ] = False,
    since: From = "",
    until: To = "",
    form: Format = "text",
    lake: Lake = "",
    verbose: Verbose = False,
) -> None:
    """Ask a lake in SQL.

    DuckDB over the lake that `export` wrote: each event once, however often it was delivered; docs/lake.md names the
    columns. It reads the lake and nothing else, and changes nothing.
    """
    del verbose
    if hunts:
        _list(form)
        return
    text = _text(question, hunt, athena=athena)
    if athena:
        show(text)
        return
    from lake.read import ask, reader

    with reader(lake_at(lake), since, until) as found:
        _show(ask(found, text), form)


def _text(question: str, hunt: str, *, athena: bool) -> str:
    """The SQL that is meant; raises UsageError where none is, or several are."""
    if bool(question) == bool(hunt):
        raise UsageError("give one question: SQL, or --hunt NAME (--hunts lists them)")
    if hunt:
        from lake.hunts import hunt as named

        return named(hunt).for_athena if athena else named(hunt).sql
    if athena:
        raise UsageError("--athena shows a hunt: add --hunt NAME")
    return sys.stdin.read() if question == "-" else question


def _list(form: "Form") -> None:
    from lake.hunts import hunts
    from render.hunts import format_hunts

    show(format_hunts(hunts(), form, screen()))


def _show(answer: "Connection", form: "Form") -> None:
    """Rows as they come, but for an array of JSON or a table of text, which need all of them."""
    from render.rows import row_type
    from render.table import format_csv, format_jsonl, format_table

    kind = row_type([column[0] for column in answer.description])
    if form in ("text", "json"):
        table = [kind(*row) for row in answer.fetchall()]
        show(format_table(table, kind, form, screen()))
        if not table:
            say("No rows.")
        return
    first = True
    while (rows := answer.fetchmany(_AT_ONCE)) or first:
        some = [kind(*row) for row in rows]
        text = format_jsonl(some) if form == "jsonl" else format_csv(some, kind)
        show(text if first or form == "jsonl" else text.partition("\n")[2])
        first = False
