"""The loop that drives sources into a sink: what is new is read, by as many processes as asked for, and written."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from ingest.gather import Reading
from ingest.limits import MIB, Limits
from ingest.quarantine import Quarantined
from ingest.shares import Shares
from ingest.sink import Batch, Done, Sink
from ingest.source import Object, PassedOver, Source
from ingest.workers import read_here, read_with

_SHOWN = 100
"""Quarantined pieces that a Progress holds; all of them are in the store."""

_WORTH_A_WORKER = 4 * MIB
"""Less than this is read quicker than processes start."""

_ASKED_AT_ONCE = 512
_WINDOW = 131_072


class Options(msgspec.Struct, frozen=True):
    """How to read: `workers` processes (0: one a core), records from `since` until before `until` (instants, '').

    After about `batch` records (0: as the sink likes it) what was read is written, and kept whatever happens then.
    """

    workers: int = 0
    since: str = ""
    until: str = ""
    limits: Limits = Limits()
    batch: int = 0


class Progress(msgspec.Struct):
    """How far a run is; the last one is its summary.

    `counts`: those of `ingest.sink.Batch`, and `skipped` (files that had been read before). `repeats` are records that
    came again within the last hundred thousand; they change nothing.
    """

    files: int = 0
    total_files: int = 0
    bytes: int = 0
    total_bytes: int = 0
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    quarantined: list[Quarantined] = msgspec.field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Count a batch that was written."""
        self.counts.update(batch.counts)
        self.files, self.bytes = self.counts["files"], self.counts["bytes"]
        self.quarantined += batch.quarantined[: _SHOWN - len(self.quarantined)]


class Repeats:
    """Counts records that came before, within a window that does not grow: two sets that take turns."""

    def __init__(self, window: int = _WINDOW) -> None:
        """Remember at least `window` records, at most twice as many and a batch."""
        self._window = window
        self._older: set[int] = set()
        self._newer: set[int] = set()

    def count(self, marks: Sequence[int]) -> int:
        """How many of these came before, or come twice among themselves."""
        before = len(self._newer)
        self._newer.update(marks)
        fresh = len(self._newer) - before
        if not self._older.isdisjoint(marks):
            again = self._older.intersection(marks)
            self._older -= again
            fresh -= len(again)
        if len(self._newer) >= self._window:
            self._older, self._newer = self._newer, set()
        return len(marks) - fresh


def run(sources: Sequence[Source], sink: Sink, options: Options | None = None) -> Iterator[Progress]:
    """Read what the sink does not know yet, and write it; gives the same Progress again after each batch.

    Stopped at any moment, it goes on where it was when run again. Raises StoreError where the sink cannot be written.
    """
    options = options or Options()
    progress, plan = Progress(), _Plan(sources)
    plan.look(sink, options)
    progress.total_files, progress.total_bytes = len(plan.objects), plan.bytes
    yield progress
    repeats = Repeats()
    for batch in _batches(sources, plan, sink, options):
        batch.counts["repeats"] += repeats.count(batch.marks)
        sink.apply(batch)
        progress.add(batch)
        del batch  # or it is held while the next is gathered
        yield progress


class _Plan:
    """What there is to read, and what listing it said."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self.objects: list[tuple[int, Object]] = []
        self.bytes = 0
        self.listed = Batch(rows={})

    def look(self, sink: Sink, options: Options) -> None:
        """List all sources, and leave out what was read before."""
        found: list[tuple[int, Object]] = []
        for number, source in enumerate(self._sources):
            for item in source.objects():
                if isinstance(item, Object):
                    found.append((number, item))
                elif isinstance(item, PassedOver):
                    self.listed.counts[f"passed over: {item.kind}"] += 1
                else:
                    self.listed.quarantined.append(item)
                    self.listed.counts["quarantined"] += 1
        found.sort(key=lambda one: (one[1].delivered, one[1].name))
        for at in range(0, len(found), _ASKED_AT_ONCE):
            some = found[at : at + _ASKED_AT_ONCE]
            unread = sink.unread([Done(i.name, i.stamp, options.since, options.until) for _, i in some if i.stamp])
            new = [one for one in some if not one[1].stamp or one[1].name in unread]
            self.listed.counts["skipped"] += len(some) - len(new)
            self.objects.extend(new)
        self.bytes = sum(item.size for _, item in self.objects)


def _batches(sources: Sequence[Source], plan: _Plan, sink: Sink, options: Options) -> Iterator[Batch]:
    yield plan.listed
    if not plan.objects:
        return
    batch = options.batch or sink.batch_records
    reading = Reading(sink.digest, options.since, options.until, options.limits, batch)
    workers = min(options.workers or os.cpu_count() or 1, len(plan.objects))
    # What cannot be opened twice (a pipe has no stamp) is read where it is.
    shared = all(item.stamp for _, item in plan.objects)
    if workers > 1 and shared and plan.bytes > _WORTH_A_WORKER:
        yield from read_with(workers, sources, Shares(plan.objects, workers), reading)
    else:
        yield from read_here(sources, Shares(plan.objects, 1), reading)
