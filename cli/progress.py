"""A bar on stderr that shows how far a run through trails is."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from cli.output import interactive

_REFRESH_SECONDS = 0.1


class Progress(Protocol):
    """How far a run is: `counts` has `records`, all that was read so far."""

    files: int
    total_files: int
    bytes: int
    total_bytes: int
    counts: Counter[str]


Show = Callable[[Progress], None]
"""Shows how far a run is, or nothing where nobody looks."""


def _unseen(progress: Progress) -> None:
    """Nobody looks."""


@contextmanager
def bar(doing: str) -> Iterator[Show]:
    """A bar with rate and time left on stderr, if that is a terminal; `doing` is what it says before.

    It draws itself only when told of progress: a thread of its own would keep a run from forking its workers.
    """
    if not interactive():
        yield _unseen
        return
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn(doing),
        BarColumn(),
        TextColumn("{task.fields[files]} files, {task.fields[records]:,} records, {task.fields[rate]:,}/s"),
        TimeRemainingColumn(),
    )
    began, drawn = monotonic(), 0.0
    with Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as drawn_bar:
        task = drawn_bar.add_task("", total=None, files="0", records=0, rate=0)

        def shown(progress: Progress) -> None:
            nonlocal drawn
            now = monotonic()
            records = progress.counts["records"]
            drawn_bar.update(
                task,
                completed=progress.bytes,
                total=progress.total_bytes or None,
                files=f"{progress.files:,}/{progress.total_files:,}",
                records=records,
                rate=int(records / max(now - began, _REFRESH_SECONDS)),
            )
            if now - drawn >= _REFRESH_SECONDS:
                drawn = now
                drawn_bar.refresh()

        yield shown
