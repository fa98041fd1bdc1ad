"""Sessions as a table: on a terminal what tells one from another, in other forms all that is known."""

from collections.abc import Sequence

import msgspec

from queries.answer import spelled
from queries.sessions import Issuer, Listed
from render.screen import Screen
from render.table import Form, format_table, format_text

_SHOWN = 3
"""Keys that a line of text names; the other forms have more."""


class _Line(msgspec.Struct, frozen=True, rename=spelled):
    """A session as a line of text."""

    start: str | None
    end: str | None
    kind: str
    session: str | None
    issued_by: tuple[Issuer, ...]
    source_identity: str | None
    people: tuple[str, ...]
    last: str | None
    access_keys: str


def format_sessions(rows: Sequence[Listed], form: Form, screen: Screen) -> str:
    """The sessions in the form asked for."""
    if form != "text":
        return format_table(rows, Listed, form, screen)
    return format_text([_line(row) for row in rows], _Line, screen)


def _line(row: Listed) -> _Line:
    forwarded = f" by {row.name}" if row.kind == "forwarded" else ""
    times = f" ({row.count:,} times)" if row.count > 1 else ""
    return _Line(
        start=row.start,
        end=row.end,
        kind=row.kind,
        session=f"{row.arn or row.principal}{forwarded}{times}",
        issued_by=row.issued_by,
        source_identity=row.source_identity,
        people=row.people,
        last=row.last,
        access_keys=_keys(row),
    )


def _keys(row: Listed) -> str:
    named = ", ".join(row.access_key_ids[:_SHOWN])
    more = row.keys - min(len(row.access_key_ids), _SHOWN)
    if not named:
        return f"{row.keys:,} keys" if row.keys else ""
    return f"{named} and {more:,} more" if more else named
