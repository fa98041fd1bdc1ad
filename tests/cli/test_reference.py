import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_group

from cli.main import build
from cli.reference import format_reference

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(get_group(build()).commands)


def section(command: str) -> str:
    """The help of one command, out of the reference."""
    found = re.search(rf"^## whodunnit {command}\n\n```text\n(.*?)\n```", format_reference(), re.DOTALL | re.MULTILINE)

    return found[1] if found else ""


def test_docs_are_as_the_commands() -> None:
    """docs/cli.md says what `--help` says (else: `python -m cli.reference > docs/cli.md`)."""
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == format_reference()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """A command says what it answers, and what each of its arguments and options is."""
    text = section(command)
    usage, told, *_ = text.split("\n\n")
    bare = re.findall(r"^  (-\S+(?: \S+)?|[A-Z]+(?: <\S+>)?)$\n(?!   )", text, re.MULTILINE)

    assert usage.startswith(f"Usage: whodunnit {command}")
    assert told.strip().endswith(".")
    assert bare == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command: str) -> None:
    """A command shows a command line to begin with, which calls that command."""
    examples = section(command).partition("  Examples:\n")[2].splitlines()

    assert examples
    assert all(f"whodunnit {command}" in line for line in examples)


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_can_be_parsed(command: str) -> None:
    """Each option in an example is one that the command has."""
    text = section(command)
    known = set(re.findall(r"--[a-z-]+", text.partition("Examples:")[0]))
    lines = text.partition("  Examples:\n")[2].splitlines()
    ours = [line.partition(f"whodunnit {command}")[2].partition("|")[0] for line in lines]

    assert {word for line in ours for word in shlex.split(line) if word.startswith("--")} <= known
