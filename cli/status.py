"""`whodunnit status`: what the store covers, and what could not be read."""

from typing import Annotated, Literal

import typer

from cli.options import TEXT_JSON, Database, Store, Verbose, opened
from cli.output import screen, show

EXAMPLES = ("whodunnit status", "whodunnit status --format json | jq .Coverage")


def status(
    pieces: Annotated[int, typer.Option(min=0, help="How many pieces of the quarantine to show.")] = 10,
    form: Annotated[Literal["text", "json"], TEXT_JSON] = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Show what the store covers: accounts, Regions, times, gaps, counts, quarantine.

    Warnings come first: somebody stopped or changed a trail, so what is missing may have been hidden.
    """
    del verbose
    from queries.status import status as ask
    from render.status import format_status

    with opened(store, database) as graph:
        told = ask(graph, pieces)
    show(format_status(told, form, screen()))
