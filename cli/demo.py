"""`whodunnit demo`: a made-up incident to look at, and what to type next."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Database, Run, Store, Verbose, opened
from cli.output import say, screen, show

if TYPE_CHECKING:
    from graph.store import Store as Graph
    from synth.incident import Incident

EXAMPLES = ("whodunnit demo", "whodunnit demo /tmp/incident")

_SHOWN = ("deepest", "minted")
"""Keys of the story that are asked about at once; the others are left to type."""


def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the trail and its store go; made if missing.")
    ] = Path("whodunnit-demo"),
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Show a made-up incident, and what to type next.

    A CI key leaks and is followed over three accounts. The trail is written to DIR/AWSLogs as CloudTrail delivers it,
    and read into DIR/whodunnit.db, or the store that --store names (WHODUNNIT_STORE is left alone). Running it again
    changes nothing.
    """
    del store, verbose
    from synth.delivery import write_trail
    from synth.incident import incident

    made = incident()
    files = write_trail(made.records, folder)
    url = context.ensure_object(Run).store or f"sqlite:{folder / 'whodunnit.db'}"
    say(f"A CI key leaked. CloudTrail of that morning, {len(files)} files, is in {folder / 'AWSLogs'}.")
    with opened(url, database, create=True) as graph:
        _read(graph, folder / "AWSLogs")
        for name in _SHOWN:
            _show(graph, made, name, url)
    show(_next(made, url))


def _read(graph: "Graph", trail: Path) -> None:
    from cli.ingest import read
    from ingest.line import Options
    from ingest.sources.files import Files
    from render.summary import format_summary

    say(format_summary(read(graph, [Files([trail])], Options(workers=1))))


def _show(graph: "Graph", made: "Incident", name: str, url: str) -> None:
    """Ask who is behind one key of the story, as the command shown above the answer does."""
    from queries.who import who
    from render.tree import format_answers

    mark = made.story[name]
    show(f"\n$ {_command(url, 'who', mark.key)}\n# {mark.line}\n\n")
    show(format_answers(who(graph, mark.key), screen()))


def _next(made: "Incident", url: str) -> str:
    """Commands to type next, with what each shows."""
    bob = made.truth[made.story["minted"].key].principal
    lines: list[tuple[tuple[str, ...], str]] = [
        (("who", mark.key), mark.line) for name, mark in made.story.items() if name not in _SHOWN
    ]
    lines += [
        (("who", made.story["deepest"].key, "--format", "json"), "the first answer again, for scripts"),
        (("find", "203.0.113.66"), "whatever was used from the intruder's address"),
        (("sessions", "--tag", "repository=example/shop"), "sessions that say they deploy this repository"),
        (("history", bob), "what happened to bob, with the event behind each line"),
        (("status",), "what the store covers"),
    ]
    return "\nWhat to type next:\n\n" + "\n".join(f"# {line}\n{_command(url, *words)}" for words, line in lines)


def _command(url: str, *words: str) -> str:
    """A command line that works from here: the script as it can be found, and the store."""
    script = "whodunnit" if shutil.which("whodunnit") else sys.argv[0]
    return shlex.join((script, *words, "--store", url))
