"""`whodunnit who`: the chain of principals behind a key, a session, a principal or an event."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.options import At, Database, Store, Verbose, opened
from cli.output import say, screen, sentence, show
from ingest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from graph.store import Store as Graph
    from ingest.pasted import Asked
    from queries.answer import Answer

EXAMPLES = (
    "whodunnit who ASIAIOSFODNN7EXAMPLE",
    "whodunnit who arn:aws:sts::111122223333:assumed-role/Deployer/build-1043 --at '2h ago'",
    "whodunnit who AKIAIOSFODNN7EXAMPLE --format json | jq .PrincipalChain",
    "pbpaste | whodunnit who",
)

NOT_FOUND = 1


def who(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID…",
            help="Access key id, session ARN, principal id (AROA…:name), user or role ARN, event id; or - for standard"
            " input: ids one a line, a CloudTrail record, a GuardDuty finding.",
            show_default=False,
        ),
    ] = None,
    at: At = "",
    every: Annotated[
        bool, typer.Option("--all", help="Where several sessions fit, answer for each.", show_default=False)
    ] = False,
    form: Annotated[
        Literal["text", "json", "jsonl"],
        typer.Option("--format", help="How to give the answer; jsonl is one object a line."),
    ] = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Say who is really behind a key, and how sure that is.

    Warnings come first, then the chain from the key to whoever stands behind it, how each link is known, and why the
    chain ends. An ARN or principal id means its session live at --at. Not found, or several fit: exit code 1.
    """
    del verbose
    asked = _asked(ids or ([] if sys.stdin.isatty() else ["-"]))
    with opened(store, database) as graph:
        answers, complete = _answers(graph, asked, at, every=every)
    show(_format(answers, form, alone=len(asked) == 1))
    if not complete:
        raise typer.Exit(NOT_FOUND)


def _asked(ids: Sequence[str]) -> "list[Asked]":
    """What is asked about, each once, in order; `-` stands for what is piped in."""
    from ingest.pasted import Asked, asked, bare

    found: list[Asked] = []
    for one in ids:
        if one != "-":
            found.append(Asked((bare(one),)))
        else:
            found += asked(sys.stdin.buffer.read().decode(errors="replace"))
    if not found:
        raise UsageError("whom do you ask about? Either give an id, or pipe ids, a record or a finding in")
    return list(dict.fromkeys(found))


def _answers(graph: "Graph", asked: "Sequence[Asked]", at: str, *, every: bool) -> "tuple[list[Answer], bool]":
    """All answers, and whether each id had one; what had none is said, unless it is all that was asked."""
    from queries.who import who as ask

    answers: list[Answer] = []
    missed = 0
    for one in asked:
        try:
            answers += ask(graph, one, at or None, every)
        except NotFound as error:
            if len(asked) == 1:
                raise
            missed += 1
            say(sentence(error))
    return answers, not missed


def _format(answers: "Sequence[Answer]", form: str, *, alone: bool) -> str:
    if form == "jsonl":
        from render.table import format_jsonl

        return format_jsonl(answers)
    from render.tree import format_answers, format_json

    return format_json(answers, alone=alone) if form == "json" else format_answers(answers, screen())
