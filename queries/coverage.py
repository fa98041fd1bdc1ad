"""What the graph covers: which accounts and Regions, from when to when, and on which days nothing was read."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec

from graph.store import Store
from queries.answer import spelled

_QUESTION = Path(__file__).with_suffix(".sql")
_NAMED = 3


class Gap(msgspec.Struct, frozen=True, rename=spelled):
    """Days (UTC) without any record, between days that have some; the first and the last of them."""

    first: str
    last: str
    days: int

    def __str__(self) -> str:
        """From and to, or the one day."""
        return self.first if self.days == 1 else f"{self.first} to {self.last}"


class Covered(msgspec.Struct, frozen=True, rename=spelled):
    """Records of one account and Region that were read: the earliest, the latest, days with some, and gaps.

    A gap may be a day on which nothing happened, or one whose files were not given: the graph cannot tell.
    """

    account: str
    region: str
    since: str = msgspec.field(name="From")
    until: str = msgspec.field(name="To")
    days: int
    gaps: tuple[Gap, ...]


class Coverage(msgspec.Struct, frozen=True, rename=spelled):
    """What was read: from and to (None where nothing was), accounts, and each account and Region by itself."""

    since: str | None = msgspec.field(name="From", default=None)
    until: str | None = msgspec.field(name="To", default=None)
    accounts: tuple[str, ...] = ()
    parts: tuple[Covered, ...] = ()

    def __str__(self) -> str:
        """Words for the end of a sentence about what was not found."""
        if not self.since:
            return "the graph is empty: nothing was ingested yet"
        shown = ", ".join(self.accounts[:_NAMED])
        more = f" and {len(self.accounts) - _NAMED} more" if len(self.accounts) > _NAMED else ""
        noun = "account" if len(self.accounts) == 1 else "accounts"
        return f"the graph covers {self.since} to {self.until}, {noun} {shown}{more}"


def coverage(store: Store) -> Coverage:
    """What the graph covers; parts in order of account and Region."""
    parts = tuple(sorted((_covered(*row) for row in store.fetch(_QUESTION, {})), key=lambda p: (p.account, p.region)))
    return Coverage(
        since=min((part.since for part in parts), default=None),
        until=max((part.until for part in parts), default=None),
        accounts=tuple(sorted({part.account for part in parts})),
        parts=parts,
    )


def _covered(account: str, region: str, first: str, last: str, days: str) -> Covered:
    there = sorted(msgspec.json.decode(days, type=list[str]))
    return Covered(account, region, first, last, len(there), tuple(_gaps(there)))


def _gaps(days: list[str]) -> list[Gap]:
    gaps = []
    for before, after in pairwise(map(date.fromisoformat, days)):
        missing = (after - before).days - 1
        if missing:
            gaps.append(Gap(str(before + timedelta(1)), str(after - timedelta(1)), missing))
    return gaps
