"""The work of one unit: its objects read, every record given its lineage, the files written, and last the commit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ingest.decode import read_from
from ingest.envelopes import sample
from ingest.gather import reason
from ingest.limits import Limits
from ingest.quarantine import Quarantined
from ingest.source import Chunk, Object, PassedOver, Source
from lake.columns import Row, row_of
from lake.lineage import Enricher
from lake.manifest import Commit, Form, Live, write_commit
from lake.place import Place
from lake.rows import PART_BYTES, PART_ROWS, enriched, format_of, write_part
from lake.unit import Unit

_REMEMBERED = 1_000_000
"""Records of a unit that are told from their repeats; beyond that a repeat stays, and the views remove it."""

_SHOWN = 100
"""Quarantined pieces that a commit holds; all are counted."""

_Identity = tuple[str, str | None, bytes]


class Wanted(msgspec.Struct, frozen=True):
    """What an export takes: records from `since` until before `until` (instants, '' for no bound), and how."""

    since: str = ""
    until: str = ""
    limits: Limits = Limits()
    form: Form = "parquet"


class Done(msgspec.Struct):
    """A unit that was done, and its commit."""

    unit: Unit
    commit: Commit


class Reader:
    """Reads objects into rows, and counts what it met on the way."""

    def __init__(self, wanted: Wanted) -> None:
        """Start with nothing read; repeats are told apart from here on."""
        self._wanted = wanted
        self._met: set[_Identity] = set()
        self.counts: Counter[str] = Counter()
        self.quarantined: list[Quarantined] = []
        self.read: list[tuple[str, str]] = []

    def rows(self, source: Source, item: Object) -> Iterator[Row]:
        """The rows of one object; read to its end, it counts as read."""
        done = bool(item.stamp)
        self.counts["files"] += 1
        for found in read_from(source, item, self._wanted.limits, heads=False):
            if isinstance(found, Chunk):
                yield from self._chunk(found)
            elif isinstance(found, PassedOver):
                self.counts[f"passed over: {found.kind}"] += 1
            else:
                self._set_aside(found)
                done = done and not found.passing
        if done:
            self.read.append((item.name, item.stamp))

    def _chunk(self, chunk: Chunk) -> Iterator[Row]:
        for index, raw in enumerate(chunk.records):
            self.counts["records"] += 1
            try:
                row = row_of(bytes(raw))
            except (ValueError, msgspec.DecodeError, RecursionError) as error:
                self._set_aside(Quarantined(chunk.source, chunk.position(index), reason(error), sample(bytes(raw))))
                continue
            if self._taken(row):
                self.counts["rows"] += 1
                yield row

    def _taken(self, row: Row) -> bool:
        """Whether a record is within the bounds and did not come before; counted where not."""
        wanted = self._wanted
        if row.at < wanted.since or (wanted.until and row.at >= wanted.until):
            self.counts["outside"] += 1
            return False
        identity = (row.event, row.line.recipientAccountId, bytes(row.line.addendum))
        if identity in self._met:
            self.counts["repeats"] += 1
            return False
        if len(self._met) < _REMEMBERED:
            self._met.add(identity)
        return True

    def _set_aside(self, piece: Quarantined) -> None:
        self.counts["quarantined"] += 1
        if len(self.quarantined) < _SHOWN:
            self.quarantined.append(piece)


def work(unit: Unit, sources: Sequence[Source], place: Place, wanted: Wanted, enricher: Enricher) -> Done:
    """Write a unit's files, then the commit that makes them count.

    Memory is bounded by the size of a part, whatever that of the unit. Raises LakeError where nothing can be written.
    """
    reader = Reader(wanted)
    form = format_of(wanted.form)
    files: list[Live] = []
    for number, part in enumerate(parts(unit.objects, sources, reader)):
        files += write_part(place, form, f"{unit.stem}-{number:05}", enriched(part, enricher))
    reader.counts["incomplete"] = sum(live.incomplete for live in files)
    commit = Commit(
        objects=reader.read,
        files=files,
        removes=list(unit.replaces),
        since=wanted.since,
        until=wanted.until,
        counts=dict(reader.counts),
        quarantined=reader.quarantined,
    )
    write_commit(place, unit.stem, commit)
    return Done(unit, commit)


def parts(objects: Iterable[tuple[int, Object]], sources: Sequence[Source], reader: Reader) -> Iterator[list[Row]]:
    """The rows of objects, as many at once as a part may hold; the last part has the rest."""
    part: list[Row] = []
    size = 0
    for number, item in objects:
        for row in reader.rows(sources[number], item):
            part.append(row)
            size += len(row.raw)
            if len(part) >= PART_ROWS or size >= PART_BYTES:
                yield part
                part, size = [], 0
    if part:
        yield part
