"""The work of one unit: its objects read, every record given its lineage, the files written, and last the commit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ingest.decode import read_from
from ingest.delivery import Delivery
from ingest.envelopes import sample
from ingest.gather import reason
from ingest.limits import Limits
from ingest.quarantine import Quarantined
from ingest.source import Chunk, Object, PassedOver, Source
from lake.columns import Row, lines_of, row_of, rows_of
from lake.lineage import Enricher
from lake.manifest import Commit, Form, Live, write_commit
from lake.place import Place
from lake.rows import PART_BYTES, PART_ROWS, enriched, format_of, write_part
from lake.unit import Unit

_REMEMBERED = 1_000_000
"""Records of a unit that are told from their repeats; beyond that a repeat stays, and the views remove it."""

_SHOWN = 100
"""Quarantined pieces that a commit holds; all are counted."""

_NEVER = "~"
"""After every instant."""

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

    def rows(self, source: Source, item: Object) -> Iterator[list[Row]]:
        """The rows of one object, at most a part's at once; read to its end, it counts as read."""
        done = bool(item.stamp)
        self.counts["files"] += 1
        for found in read_from(source, item, self._wanted.limits, lines_of):
            if isinstance(found, Chunk):
                rows = self._taken(rows_of(found) if isinstance(found, Delivery) else self._one_by_one(found))
                yield from (rows[start : start + PART_ROWS] for start in range(0, len(rows), PART_ROWS))
            elif isinstance(found, PassedOver):
                self.counts[f"passed over: {found.kind}"] += 1
            else:
                self._set_aside(found)
                done = done and not found.passing
        if done:
            self.read.append((item.name, item.stamp))

    def _one_by_one(self, chunk: Chunk) -> list[Row]:
        rows = []
        for index, raw in enumerate(chunk.records):
            try:
                rows.append(row_of(bytes(raw)))
            except (ValueError, msgspec.DecodeError, RecursionError) as error:
                self.counts["records"] += 1
                self._set_aside(Quarantined(chunk.source, chunk.position(index), reason(error), sample(bytes(raw))))
        return rows

    def _taken(self, rows: list[Row]) -> list[Row]:
        """The rows that are within the bounds and did not come before; all are counted."""
        since, until, met = self._wanted.since, self._wanted.until or _NEVER, self._met
        within = [row for row in rows if since <= row.at < until]
        taken = []
        for row in within:
            line = row.line
            identity = (row.event, line.recipientAccountId, bytes(line.addendum))
            if identity not in met:
                taken.append(row)
                if len(met) < _REMEMBERED:
                    met.add(identity)
        self.counts.update(
            records=len(rows), rows=len(taken), outside=len(rows) - len(within), repeats=len(within) - len(taken)
        )
        return taken

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
        for rows in reader.rows(sources[number], item):
            more = _size(rows)
            if part and (len(part) + len(rows) > PART_ROWS or size + more > PART_BYTES):
                yield part
                part, size = [], 0
            part += rows
            size += more
    if part:
        yield part


def _size(rows: list[Row]) -> int:
    """Bytes of JSON that these rows of one chunk keep in memory."""
    chunk = rows[0].chunk
    return len(chunk.text) if isinstance(chunk, Delivery) else sum(len(row.raw) for row in rows)
