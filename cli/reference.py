"""docs/cli.md, made from the commands themselves: `python -m cli.reference > docs/cli.md`."""

import typer
from typer.main import get_group

from cli.main import build
from cli.output import show

_WIDTH = 100
_HEAD = """# The command line

Made from the commands themselves by `python -m cli.reference > docs/cli.md`; a test compares.

Data goes to standard output, words and progress to standard error.
Exit codes: 0 done · 1 not found, or the answer is no · 2 wrong usage · 3 done, but some input was quarantined ·
4 failed, with one clear sentence · 130 interrupted."""


def format_reference() -> str:
    """The reference as Markdown: the help of `whodunnit` and of each command, at a width of 100 columns."""
    root = get_group(build())
    settings = {**root.context_settings, "terminal_width": _WIDTH}
    context = typer.Context(root, info_name="whodunnit", **settings)
    parts = [_HEAD, _section("whodunnit", root.get_help(context))]
    for name in root.list_commands(context):
        if command := root.get_command(context, name):
            within = typer.Context(command, parent=context, info_name=name, **settings)
            parts.append(_section(f"whodunnit {name}", command.get_help(within)))
    return "\n\n".join(parts) + "\n"


def _section(title: str, told: str) -> str:
    lines = "\n".join(line.rstrip() for line in told.splitlines())
    return f"## {title}\n\n```text\n{lines}\n```"


if __name__ == "__main__":
    show(format_reference())
