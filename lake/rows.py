"""Records with their lineage, gathered into files: one for each account, Region and day of a part."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from ingest.identity import Actor
from lake.columns import Row
from lake.lineage import Enricher, Lineage
from lake.manifest import Form, Live
from lake.place import Place

PART_ROWS = 50_000
PART_BYTES = 64 * 1024 * 1024
"""What a part may hold, in rows and in bytes of JSON; with what Python needs beside that, some 300 MB at most."""

UNKNOWN = "unknown"
"""Stands for an account or Region that a record does not name."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_LONGEST = 64
_DAY = len("YYYY-MM-DD")


class Enriched(msgspec.Struct, gc=False):
    """A record on its way into a file, who called, and what is behind the caller."""

    row: Row
    who: Actor
    lineage: Lineage


def enriched(rows: Sequence[Row], enricher: Enricher) -> list[Enriched]:
    """Records with their lineage as the store knows it now; what many of them share is looked up together."""
    enricher.prepare({row.said: row.at for row in rows}.items())
    found = []
    for row in rows:
        lineage, who = enricher.of(row)
        found.append(Enriched(row, who, lineage))
    return found


def sort(rows: list[Enriched]) -> None:
    """Bring rows into the order of a file: by session, key and time; those of no session last."""
    credentials: defaultdict[tuple[bool, str, str], list[Enriched]] = defaultdict(list)
    for one in rows:
        session = one.lineage.session_id
        credentials[session is None, session or "", one.who.key].append(one)
    rows[:] = [one for credential in sorted(credentials) for one in sorted(credentials[credential], key=_in_time)]


class Format(Protocol):
    """How rows become a file."""

    suffix: str

    def write(self, path: str, rows: list[Enriched]) -> None:
        """Write the rows, in this order, to a local file."""


def format_of(form: Form) -> Format:
    """The format of this name."""
    if form == "jsonl":
        from lake.jsonl import Lines

        return Lines()
    from lake.table import Table

    return Table()


def write_part(place: Place, form: Format, name: str, rows: list[Enriched]) -> list[Live]:
    """Write rows, sorted by session and time, to `account=…/region=…/date=…/<name>` below the place."""
    return [_write(place, form, f"{folder}/{name}{form.suffix}", some) for folder, some in _partitions(rows)]


def _write(place: Place, form: Format, path: str, rows: list[Enriched]) -> Live:
    sort(rows)
    with place.writing(path) as local:
        form.write(str(local), rows)
        size = local.stat().st_size
    times = [one.row.at for one in rows]
    incomplete = sum(not one.lineage.complete for one in rows)
    return Live(path, len(rows), size, incomplete, min(times), max(times))


def _partitions(rows: list[Enriched]) -> Iterator[tuple[str, list[Enriched]]]:
    found: defaultdict[tuple[str, str, str], list[Enriched]] = defaultdict(list)
    for one in rows:
        line = one.row.line
        found[line.recipientAccountId or one.who.account, line.awsRegion or "", one.row.at[:_DAY]].append(one)
    folders: dict[str, list[Enriched]] = {}
    for (account, region, day), some in sorted(found.items()):
        folder = f"account={_plain(account)}/region={_plain(region)}/date={day}"
        folders.setdefault(folder, []).extend(some)
    yield from folders.items()


def _plain(text: str) -> str:
    """A value as it may stand in a path: what no account or Region looks like is `unknown` there."""
    return text if text and len(text) <= _LONGEST and _PLAIN.issuperset(text) else UNKNOWN


def _in_time(one: Enriched) -> tuple[str, str]:
    return one.row.at, one.row.event
