"""`whodunnit compact`: the many small files of a lake's closed days become few large ones."""

from typing import Annotated

import typer

from cli.options import Lake, Verbose, lake_at, moment
from cli.output import say

EXAMPLES = (
    "whodunnit compact --lake ./lake",
    "whodunnit compact --lake s3://my-bucket/lake --before 2026-03-04 --keep 0",
)


def compact(
    *,
    before: Annotated[
        str,
        typer.Option(metavar="DATE", help="Days before this one. [default: today, UTC]", show_default=False),
    ] = "",
    keep: Annotated[
        int, typer.Option(min=0, metavar="MINUTES", help="Leave files that were replaced since then to their readers.")
    ] = 60,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes at work. [default: one a core]", show_default=False)
    ] = 0,
    lake: Lake = "",
    verbose: Verbose = False,
) -> None:
    """Put the small files of closed days together.

    Each record once, sorted, in few files, written beside the old, which are removed by a later run. Whoever asks by
    `events` or `sql` sees each event once all the time; docs/lake.md says what others see.
    """
    del verbose
    from lake.compact import compact as put_together

    done = put_together(lake_at(lake), moment(before), keep * 60, workers)
    say(
        f"Put {done.before:,} files of {done.partitions:,} partitions (account, Region, day) together into "
        f"{done.after:,}; "
        f"{done.repeats:,} repeats left out; {done.removed:,} old files removed."
    )
