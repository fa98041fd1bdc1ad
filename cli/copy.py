"""`whodunnit copy`: all of one store into another."""

from typing import Annotated

import typer

from cli.options import Database, Verbose, opened
from cli.output import say
from ingest.errors import UsageError

EXAMPLES = ("whodunnit copy --from sqlite:case.db --to neo4j://localhost:7687",)


def copy(
    start: Annotated[str, typer.Option("--from", metavar="STORE", help="The store to read.", show_default=False)],
    end: Annotated[
        str,
        typer.Option(
            "--to", metavar="STORE", help="The store to write, made where it is not there.", show_default=False
        ),
    ],
    database: Database = "",
    to_database: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Which of a Neo4j's databases to write. [default: that of --database]",
            show_default=False,
        ),
    ] = "",
    verbose: Verbose = False,
) -> None:
    """Copy all of one store into another, merged with what is there.

    A case file grows into a shared graph: keys, sessions, records, what was read and what could not be. Nothing is
    taken away from either, repeats change nothing of the graph, and an interrupted copy may be run again. Counts of
    what was read add up: what is copied again because the first store has grown counts again.
    """
    del verbose
    if start == end and to_database in ("", database):
        raise UsageError("--from and --to are the same store: there is nothing to copy")
    from collections import deque

    from graph.copy import copy as write

    with opened(start, database) as read, opened(end, to_database or database, create=True) as written:
        told = deque(write(read, written), maxlen=1).pop()
    say(f"Copied {told.rows:,} rows, with {told.sources:,} files as read and {told.quarantined:,} pieces set aside.")
