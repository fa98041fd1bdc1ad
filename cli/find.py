"""`whodunnit find`: principals, sessions, keys and people by any part of what they are called."""

from typing import Annotated

import typer

from cli.options import Database, Format, Store, Verbose, opened
from cli.output import say, screen, show
from ingest.errors import NotFound

EXAMPLES = (
    "whodunnit find alice@example.com",
    "whodunnit find tag:team=platform",
    "whodunnit find 203.0.113.66 --limit 5 --format json",
)


def find(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="Part of a name, mail address, source identity, ARN or id; tag:K=V; an IP address or its beginning.",
            show_default=False,
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    form: Format = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Find users, roles, sessions, keys and people, newest first.

    Id is what to ask `who` about next; of an identity, what `sessions --person` takes. Nothing found: exit code 1.
    """
    del verbose
    from queries.coverage import coverage
    from queries.find import Found
    from queries.find import find as ask
    from render.table import format_table

    with opened(store, database) as graph:
        found = ask(graph, text, limit)
        covered = None if found else coverage(graph)
    show(format_table(found, Found, form, screen()))
    if len(found) == limit:
        say(f"These are the newest {limit:,}; --limit gives more.")
    if covered:
        raise NotFound(f"nothing fits {text!r}: {covered}")
