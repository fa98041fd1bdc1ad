"""Stores of single days: a day's facts, those around it, and all that lasts; to be asked like the whole graph.

Temporary credentials live at most 36 hours, so the facts of two days before and after tell all of those in use on a
day; keys without an end, names, tags, stacks and who made what are in every day's store. What is behind a chain that
goes back further is *missing* there, and is told, so that it can be added and looked for again.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from graph.rows import Batch as Rows
from graph.rows import Row, rows_of
from graph.stores.sqlite import SQLiteStore
from ingest.decode import read_from
from ingest.delivery import Delivery
from ingest.gather import Gather, Reading
from ingest.identity import Ref
from ingest.limits import Limits
from ingest.record import Head
from ingest.sink import Batch
from ingest.source import Chunk, Source
from ingest.times import instant, shift
from lake.lineage import walks
from lake.unit import Unit
from queries.reach import Reach

AROUND = 2
"""Days before and after that a day's store covers: temporary credentials live at most 36 hours."""

_DAY = len("YYYY-MM-DD")
_SECONDS = 86_400
_UNASKED = frozenset({"place", "seen_from", "event", "covered", "attempted", "requested"})
"""Tables that no lineage rests on."""

_decode_head = msgspec.json.Decoder(Head).decode
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, list[list[Any]]]).decode


class Missing(NamedTuple):
    """A credential whose own origin is not known, and a day on which it was used, whose store knows more of it."""

    ref: Ref
    day: str


class Facts(msgspec.Struct, frozen=True):
    """Rows of one day as a unit tells them, packed: those that end with the day's credentials, those that last."""

    day: str
    passing: bytes
    lasting: bytes


def facts_of(unit: Unit, sources: Sequence[Source], limits: Limits) -> Iterator[Facts]:
    """What a unit's records say, by the day of the event; a record that cannot be read says nothing."""
    gathers: dict[str, Gather] = {}
    for number, item in unit.objects:
        for found in read_from(sources[number], item, limits):
            if not isinstance(found, Chunk):
                continue
            for day in _days(found):
                gather = gathers.setdefault(day, _gather(day, limits))
                gather.chunk(found)
                if gather.full:
                    yield _parted(day, gather)
    for day, gather in gathers.items():
        yield _parted(day, gather)


def around(day: str) -> list[str]:
    """The days whose stores a day's passing facts belong to, itself among them."""
    middle = date.fromisoformat(day)
    return [str(middle + timedelta(days=off)) for off in range(-AROUND, AROUND + 1)]


def add(path: Path, packed: Iterable[bytes]) -> None:
    """Write rows into the store at `path`, made where it is missing; repeats change nothing."""
    store = SQLiteStore(path, create=True)
    try:
        for some in packed:
            store.apply(Batch(rows=_unpack(some)))
    finally:
        store.close()


def callers(packed: Iterable[bytes]) -> set[Ref]:
    """The credentials that these passing facts show in use, or issued."""
    found: set[Ref] = set()
    for some in packed:
        rows = _unpack(some)
        found.update(Ref("AccessKey", str(row[0])) for row in rows.get("access_key", ()))
        found.update(Ref("Session", str(row[0])) for row in rows.get("session", ()))
    return found


def missing(path: Path, day: str, asked: Iterable[Ref]) -> set[Missing]:
    """Credentials behind those asked about of which the day's store does not tell where they came from.

    Those that began within the days that it covers are not among them: it knows all that there is to know of these.
    """
    since = f"{around(day)[0]}T00:00:00Z"
    store = SQLiteStore(path)
    try:
        return {found for walk, _ in walks(store, list(asked)) for found in _unknown(walk.reach, since)}
    finally:
        store.close()


def behind(path: Path, asked: Iterable[Ref]) -> bytes:
    """The passing rows of a store about all credentials that are behind those asked about, packed."""
    store = SQLiteStore(path)
    try:
        reached = {ref for walk, some in walks(store, list(asked)) for ref in (*some, *_reached(walk.reach))}
        found = {
            table: [
                row for _, row in store.dump(table) if _ENDS[table](row) and reached.intersection(_subjects(table, row))
            ]
            for table in _ENDS
        }
    finally:
        store.close()
    return _pack(found)


def _gather(day: str, limits: Limits) -> Gather:
    start = f"{day}T00:00:00Z"
    return Gather(Reading(rows_of, start, shift(start, _SECONDS), limits))


def _days(chunk: Chunk) -> set[str]:
    found: set[str] = set()
    for one in chunk.heads if isinstance(chunk, Delivery) else chunk.records:
        try:
            head = one if isinstance(one, Head) else _decode_head(one)
            found.add(instant(head.eventTime)[:_DAY])
        except (ValueError, msgspec.DecodeError, RecursionError):  # set aside when the rows are written
            continue
    return found


def _parted(day: str, gather: Gather) -> Facts:
    rows: Rows = gather.take().rows
    passing: Rows = {}
    lasting: Rows = {}
    for table, some in rows.items():
        if table in _UNASKED:
            continue
        ends = _ENDS.get(table)
        passing[table] = [row for row in some if ends and ends(row)]
        lasting[table] = [row for row in some if not (ends and ends(row))]
    return Facts(day, _pack({k: v for k, v in passing.items() if v}), _pack({k: v for k, v in lasting.items() if v}))


def _always(row: Row) -> bool:
    del row
    return True


_ENDS: dict[str, Callable[[Row], bool]] = {
    "access_key": lambda row: not row[1],
    "belongs_to": lambda row: row[1] == "Session",
    "session": _always,
    "issued_by": _always,
    "session_tag": _always,
    "on_behalf_of": _always,
    "runs_in": _always,
}
"""Which rows of a table are about credentials that end; those of other tables last."""


def _unknown(reach: Reach, since: str) -> Iterator[Missing]:
    """Credentials that others come from, and of which it is not known where they came from, though they are older."""
    issued = {edge.child for edges in reach.issued.values() for edge in edges}
    issued |= {Ref("Session", edge.session) for edges in reach.issued.values() for edge in edges if edge.session}
    for ref, moment in _used(reach):
        if ref.label not in {"AccessKey", "Session"} or ref in issued:
            continue
        key = reach.keys.get(ref.id) if ref.label == "AccessKey" else None
        owners = [row.id for row in reach.belongs.get(ref.id, [])] if key else [ref.id]
        starts = [session.start for one in owners if (session := reach.sessions.get(one)) and session.start]
        if not (key and key.lasting) and (not starts or min(starts) < since):
            yield Missing(ref, moment[:_DAY])


def _used(reach: Reach) -> Iterator[tuple[Ref, str]]:
    """Who issued, made or changed something, and when that was."""
    for edges in reach.issued.values():
        yield from ((edge.parent, edge.at) for edge in edges)
    for made in reach.created.values():
        yield from ((row.by, row.at) for row in made)
    for changed in reach.changed.values():
        yield from ((row.by, row.at) for row in changed)
    for operated in reach.operated.values():
        yield from ((row.by, row.at) for row in operated)


def _reached(reach: Reach) -> set[Ref]:
    """Every credential that what was fetched names."""
    found = {Ref("AccessKey", key) for key in reach.keys} | {Ref("Session", session) for session in reach.sessions}
    for edges in reach.issued.values():
        found |= {edge.parent for edge in edges} | {edge.child for edge in edges}
        found |= {Ref("Session", edge.session) for edge in edges if edge.session}
    return found | {ref for ref, _ in _used(reach)}


def _subjects(table: str, row: Sequence[Any]) -> list[Ref]:
    """The credentials that a passing row is about."""
    first = str(row[0])
    if table in {"issued_by", "session_tag"}:
        found = [Ref(first, str(row[1]))]
        return [*found, Ref("Session", str(row[-1]))] if table == "issued_by" and row[-1] else found
    if table == "belongs_to":
        return [Ref("AccessKey", first), Ref("Session", str(row[2]))]
    return [Ref("AccessKey" if table == "access_key" else "Session", first)]
