"""`whodunnit events`: what a key, session, principal or person did."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cli.options import Format, From, Lake, To, Verbose, lake_at
from cli.output import screen, show
from ingest.errors import NotFound, UsageError

if TYPE_CHECKING:
    from lake.events import Line
    from render.table import Form

EXAMPLES = (
    "whodunnit events ASIAIOSFODNN7EXAMPLE",
    "whodunnit events alice@example.com --from yesterday --denied",
    "whodunnit events arn:aws:iam::111122223333:role/Deployer --action 'iam:Create*' --lines --format csv",
    "whodunnit events --from 2026-03-04 --to 2026-03-04 --records > records.jsonl",
)


def events(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID…",
            help="Access key id, session (ARN, or as `sessions` gives it), user or role (ARN or id), person (Identity "
            "Center user id, name, source identity), event id; none: everybody.",
            show_default=False,
        ),
    ] = None,
    *,
    since: From = "",
    until: To = "",
    action: Annotated[
        str, typer.Option(metavar="NAME", help="Event name, or service:Name; * for anything.", show_default=False)
    ] = "",
    denied: Annotated[
        bool, typer.Option("--denied", help="Only what was refused for want of permission.", show_default=False)
    ] = False,
    lines: Annotated[bool, typer.Option("--lines", help="One by one, in order of time.", show_default=False)] = False,
    records: Annotated[
        bool,
        typer.Option("--records", help="The CloudTrail records themselves, one a line.", show_default=False),
    ] = False,
    form: Format = "text",
    lake: Lake = "",
    verbose: Verbose = False,
) -> None:
    """Show what a key, session, principal or person did.

    From the lake that `export` wrote: by action, resource and outcome, the latest first, or one by one. Nothing found:
    exit code 1, with what the lake covers.
    """
    del verbose
    from ingest.pasted import bare
    from lake.events import Line, Rolled, Wanted, as_recorded, one_by_one, rolled_up
    from render.table import format_table

    wanted = Wanted(tuple(map(bare, ids or ())), since, until, action, denied)
    if not all(wanted.ids):
        raise UsageError("whom do you ask about? One of the ids is empty")
    if lines and records:
        raise UsageError("--lines and --records are two ways to list events: give one")
    if records and form in ("json", "csv"):
        raise UsageError(f"records are JSON lines, not {form}")
    if records:
        for some in as_recorded(lake_at(lake), wanted):
            _show_records(some)
    elif lines:
        with _none_shown(form, Line):
            _show_lines(one_by_one(lake_at(lake), wanted), form)
    else:
        with _none_shown(form, Rolled):
            show(format_table(rolled_up(lake_at(lake), wanted), Rolled, form, screen()))


@contextmanager
def _none_shown(form: "Form", kind: type[msgspec.Struct]) -> Iterator[None]:
    """Where nothing is found, what stands for no rows in this form, ahead of why."""
    from render.table import format_table

    try:
        yield
    except NotFound:
        show(format_table([], kind, form, screen()))
        raise


def _show_records(records: "Iterable[bytes]") -> None:
    from render.safe import safe_json

    show("\n".join(safe_json(record.decode()) for record in records))


def _show_lines(found: "Iterator[list[Line]]", form: "Form") -> None:
    """Lines as they come, but for an array of JSON or a table of text, which need all of them."""
    from lake.events import Line
    from render.table import format_csv, format_jsonl, format_table

    if form in ("text", "json"):
        show(format_table([line for some in found for line in some], Line, form, screen()))
        return
    for number, some in enumerate(found):
        text = format_jsonl(some) if form == "jsonl" else format_csv(some, Line)
        show(text if form == "jsonl" or not number else text.partition("\n")[2])
