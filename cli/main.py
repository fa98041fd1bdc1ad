"""The script `whodunnit`: registers the commands, and ends every run in an exit code and at most one sentence.

Exit codes: 0 done · 1 not found, or the answer is no · 2 wrong usage · 3 done, but some input was quarantined ·
4 failed, with one clear sentence (130: interrupted).

How a command is added. `cli/<name>.py` holds a function `<name>` whose docstring is the command's help (first line:
what it answers), and `EXAMPLES`, a tuple of command lines that work. It takes its shared options from `cli.options`,
imports what is heavy inside the function, lets errors of `ingest.errors` pass, and prints with `cli.output`. Its name
in `_COMMANDS` registers it; `python -m cli.reference` then writes it into docs/cli.md.
"""

import gc
import os
import re
import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Database, Run, Store, Verbose
from cli.output import say, sentence
from ingest.errors import NotFound, UsageError

INTERRUPTED = 130
_HELP = ("-h", "--help")

_COMMANDS = (
    *("demo", "ingest", "who", "find", "sessions", "history", "status", "copy", "neo4j"),
    *("export", "compact", "events", "sql"),
)


def build(arguments: Collection[str] = ()) -> typer.Typer:
    """The Typer app with every command, or only with those whose names are among the arguments.

    Modules are imported, and Typer looks at each of their options, only where they are asked for, and help is plain
    text without rich's boxes: so `who` and `--help` start fast.
    """
    app = typer.Typer(
        name="whodunnit",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": list(_HELP), "max_content_width": 100},
    )
    app.callback()(whodunnit)
    named = [name for name in _COMMANDS if name in arguments]
    for name in named if named and not set(_HELP).intersection(arguments) else _COMMANDS:
        module = import_module(f"cli.{name}")
        examples = "".join(f"\n  {line}" for line in module.EXAMPLES)
        app.command(name, epilog=f"\b\nExamples:{examples}")(getattr(module, name))
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line `arguments` (those of the process where none are given) and exit."""
    # A stream that is closed is None to Python, and whatever uses it would fail.
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115 (for as long as the process lives)
    sys.stdout, sys.stderr = (
        stream or Path(os.devnull).open("w")  # noqa: SIM115 (likewise)
        for stream in (sys.stdout, sys.stderr)
    )
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its number, not a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # tests capture with the same class
    code = _run(list(sys.argv[1:] if arguments is None else arguments))
    # What is there now ends with the process: looking through it for cycles once more would be a seventh of `who`.
    gc.freeze()
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; whatever ends it has been said on stderr."""
    run = Run()
    try:
        _none_empty(arguments)
        code = build(arguments)(arguments or ["--help"], standalone_mode=False, prog_name="whodunnit", obj=run)
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 -- the one place where every failure becomes a sentence and a code
        return _ended(error, arguments, verbose=run.verbose)
    except SystemExit:  # the one case in which Typer itself exits: whoever read our output has left
        return _hung_up()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        say("Interrupted.")
    return code if isinstance(code, int) else 0


def _none_empty(arguments: Sequence[str]) -> None:
    """Raise UsageError where one is: with a shell's variable that is not set, a question would ask for more."""
    if any(one == "" or re.fullmatch("--[a-z-]+=", one) for one in arguments):
        raise UsageError("an argument is empty: is a variable of the shell not set?")


def _ended(error: Exception, arguments: Sequence[str], *, verbose: bool) -> int:
    """Say why a run ended and give its exit code."""
    if isinstance(error, BrokenPipeError):
        return _hung_up()
    if isinstance(error, UnicodeEncodeError) and (odd := _no_text(arguments)):
        error = UsageError(f"{odd!r} is not UTF-8, so nothing is called so")
    if verbose:
        import traceback

        from render.safe import safe

        for line in "".join(traceback.format_exception(error)).splitlines():
            say(safe(line))
    if isinstance(error, typer.TyperException):
        say(sentence(error))
        return error.exit_code
    say(sentence(error))
    return 1 if isinstance(error, NotFound) else 2 if isinstance(error, UsageError) else 4


def _no_text(arguments: Sequence[str]) -> str:
    """The first argument with bytes that are not UTF-8, or ''; files may have such names, ids and times do not."""
    return next((one for one in arguments if one != one.encode(errors="replace").decode()), "")


def _hung_up() -> int:
    """Whoever read our output had enough of it: no word, and none from Python as it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"whodunnit {version('whodunnit')}")
        raise typer.Exit


def whodunnit(
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Who is really behind this AWS access key? Read CloudTrail with `ingest`, then ask with `who`."""
