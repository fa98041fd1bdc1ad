"""`whodunnit neo4j`: what helps those who look at the graph in Neo4j Browser."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import Database, Store, Verbose
from cli.output import say, show

EXAMPLES = ("whodunnit neo4j browser-pack whodunnit-browser",)


def neo4j(
    what: Annotated[
        Literal["browser-pack"], typer.Argument(help="What to do: browser-pack writes files for Neo4j Browser.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the files go; made if missing.", show_default=False)
    ],
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Write a style and favourites for Neo4j Browser: colours, captions, and queries to learn from.

    Drop the files into Browser's window: the style (.grass) to have nodes told apart, the favourites (.cypher) to have
    them in its list, each under its title. A favourite's first lines say which :param to give before it.
    """
    del what, store, database, verbose
    from graph.browser.pack import title, write_pack

    written = write_pack(folder)
    for path in written:
        show(f"{path}  {title(path)}" if path.suffix == ".cypher" else str(path))
    say("Drop these into the window of Neo4j Browser: the style is taken at once, favourites go into its list.")
