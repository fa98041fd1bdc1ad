"""`whodunnit neo4j`: what helps those who look at the graph in Neo4j Browser."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import Database, Store, Verbose, opened
from cli.output import say, show
from ingest.errors import UsageError

EXAMPLES = (
    "whodunnit neo4j browser-pack whodunnit-browser",
    "whodunnit neo4j check --store neo4j://localhost:7687",
)

UNDECLARED = 1


def neo4j(
    what: Annotated[
        Literal["browser-pack", "check"],
        typer.Argument(
            help="What to do: browser-pack writes files for Neo4j Browser, check looks whether labels of ours hold"
            " anything that docs/graph.md does not declare."
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Where the pack goes; made if missing.", show_default=False),
    ] = None,
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Write a style and favourites for Neo4j Browser, or check that the graph there is as declared.

    Drop the files into Browser's window: the style (.grass) to have nodes told apart, the favourites (.cypher) to have
    them in its list, each under its title. A favourite's first lines say which :param to give before it. What the check
    finds was put there by others: a line each, exit code 1.
    """
    del verbose
    if what == "check":
        _check(store, database)
    elif folder is None:
        raise UsageError("where to? Name a folder: whodunnit neo4j browser-pack DIR")
    else:
        _write(folder)


def _write(folder: Path) -> None:
    from graph.browser.pack import title, write_pack

    for path in write_pack(folder):
        show(f"{path}  {title(path)}" if path.suffix == ".cypher" else str(path))
    say("Drop these into the window of Neo4j Browser: the style is taken at once, favourites go into its list.")


def _check(store: str, database: str) -> None:
    from graph.stores.neo4j import Neo4jStore

    with opened(store, database) as graph:
        if not isinstance(graph, Neo4jStore):
            raise UsageError("only a graph in Neo4j can be changed by others: name one with --store neo4j://HOST:PORT")
        found = graph.undeclared()
    for line in found:
        show(line)
    if found:
        raise typer.Exit(UNDECLARED)
    say("Labels of ours hold what is declared, and nothing else.")
