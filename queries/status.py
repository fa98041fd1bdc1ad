"""What the store covers: accounts, Regions, times and gaps, counts, what could not be read, and what makes it less."""

from pathlib import Path

import msgspec

from graph.schema import SCHEMA_VERSION
from graph.store import Store
from ingest.events import trails
from ingest.quarantine import Quarantined
from queries.answer import spelled
from queries.caller import caller
from queries.coverage import Coverage, coverage

_QUESTION = Path(__file__).with_suffix(".sql")
_GOOD = frozenset({"StartLogging", "CreateTrail"})
"""What adds to the record; all else that touches it may take from it."""


class Reason(msgspec.Struct, frozen=True, rename=spelled):
    """Why pieces of input could not be read, and how many."""

    reason: str
    count: int


class Piece(msgspec.Struct, frozen=True, rename=spelled):
    """One piece of input that could not be read: where it is, why, and how it begins."""

    source: str
    position: str
    reason: str
    sample: str


class Quarantine(msgspec.Struct, frozen=True, rename=spelled):
    """All that could not be read: the number, the reasons (most frequent first), the last pieces by source's name."""

    count: int
    reasons: tuple[Reason, ...]
    pieces: tuple[Piece, ...]


class Baseline(msgspec.Struct, frozen=True, rename=spelled):
    """A snapshot of IAM that was read: of which account, when taken, how many users and roles it listed."""

    account: str
    at: str
    listed: int


class Touched(msgspec.Struct, frozen=True, rename=spelled):
    """Somebody stopped or changed what writes the record, or watches it: from then on, absence means less."""

    at: str
    account: str
    what: str
    detail: str | None
    principal: str | None
    access_key_id: str | None
    event_id: str


class Status(msgspec.Struct, frozen=True, rename=spelled):
    """What the store covers. `nodes` counts things in the graph, `read` what was read over all runs."""

    schema_version: int
    coverage: Coverage
    nodes: dict[str, int]
    read: dict[str, int]
    sources: int
    baselines: tuple[Baseline, ...]
    quarantine: Quarantine
    warnings: tuple[Touched, ...]


class _Row(msgspec.Struct, frozen=True):
    """A row of the question."""

    kind: str
    name: str
    what: str | None
    detail: str | None
    count: int | None
    at: str | None
    event: str | None
    record: bytes | None


def status(store: Store, pieces: int = 10) -> Status:
    """What the store covers, with at most `pieces` of what could not be read."""
    rows = [_Row(*row) for row in store.fetch(_QUESTION, {"touches": f" {' '.join(_touches())} "})]
    ledger = store.ledger(pieces)
    return Status(
        schema_version=SCHEMA_VERSION,
        coverage=coverage(store),
        nodes={row.name: row.count or 0 for row in rows if row.kind == "count"},
        read=dict(sorted(ledger.counts.items())),
        sources=ledger.sources,
        baselines=tuple(
            sorted((_baseline(row) for row in rows if row.kind == "baseline"), key=lambda b: (b.at, b.account))
        ),
        quarantine=Quarantine(
            sum(count for _, count in ledger.reasons),
            tuple(Reason(reason, count) for reason, count in ledger.reasons),
            tuple(map(_piece, ledger.pieces)),
        ),
        warnings=tuple(
            sorted((_touched(row) for row in rows if row.kind == "touch"), key=lambda t: (t.at, t.event_id))
        ),
    )


def _touches() -> list[str]:
    return sorted({handler.name for handler in trails.events.handlers.values()} - _GOOD)


def _piece(one: Quarantined) -> Piece:
    return Piece(one.source, one.position, one.reason, one.sample)


def _baseline(row: _Row) -> Baseline:
    return Baseline(row.name, row.at or "", row.count or 0)


def _touched(row: _Row) -> Touched:
    by = caller(row.record) if row.record else None
    return Touched(
        at=row.at or "",
        account=row.name,
        what=row.what or "",
        detail=row.detail,
        principal=by.principal if by else None,
        access_key_id=by.access_key_id if by else None,
        event_id=row.event or "",
    )
