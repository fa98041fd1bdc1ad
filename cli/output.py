"""Where a command's words go: data to stdout, all else to stderr.

What is printed here comes from a `format_*` function of `render/`, which has made hostile characters visible.
"""

import os
import sys

import typer

from ingest.errors import WhodunnitError
from render.screen import Screen


def show(text: str) -> None:
    """Print data to stdout, with one newline at its end; nothing for ''."""
    if text:
        typer.echo(text.removesuffix("\n"))


def say(text: str) -> None:
    """Print words for the person to stderr."""
    typer.echo(text, err=True)


def sentence(error: Exception) -> str:
    """Why something failed, in a sentence; below it, where several things fit what was asked for, those."""
    from render.safe import safe

    if isinstance(error, WhodunnitError):
        choices = getattr(error, "choices", ())
        told = str(error).partition("\n")[0] if choices else str(error)
        return "\n".join((f"whodunnit: {safe(told)}", *(f"  {safe(str(choice))}" for choice in choices)))
    if isinstance(error, typer.TyperException):
        context: typer.Context | None = getattr(error, "ctx", None)
        command = context.command_path if context else "whodunnit"
        return f"whodunnit: {safe(error.format_message())} (see `{command} --help`)"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"whodunnit: {safe(where + (error.strerror or str(error)).lower())}"
    return f"whodunnit: this should not have happened ({safe(f'{type(error).__name__}: {error}')}); -v shows where"


def interactive() -> bool:
    """Whether somebody watches stderr, so that progress is worth drawing."""
    return sys.stderr.isatty()


def screen() -> Screen:
    """What stdout can show: width and colour of a terminal, else neither (NO_COLOR and COLUMNS are honoured)."""
    if not sys.stdout.isatty():
        return Screen()
    from shutil import get_terminal_size

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Screen(get_terminal_size().columns, color=not plain)
