"""What a run of ingest did, in words and as JSON."""

from collections.abc import Sequence

import msgspec

from ingest.line import Progress
from ingest.quarantine import Quarantined
from render.safe import safe, safe_json

_LISTED = 10
"""Quarantined pieces that are listed in words; `whodunnit status` has them all."""

PASSED_OVER = "passed over: "
"""How the name of such a count begins."""


class Summary(msgspec.Struct, frozen=True):
    """A run as `--format json` gives it; `quarantine` holds the first hundred pieces, `quarantined` counts all."""

    files: int
    records: int
    facts: int
    repeats: int
    skipped: int
    quarantined: int
    outside: int
    bytes: int
    passed_over: dict[str, int]
    quarantine: list[Quarantined]


def summary(progress: Progress) -> Summary:
    """The summary of a run that ended."""
    counts = progress.counts
    passed = {k.removeprefix(PASSED_OVER): n for k, n in sorted(counts.items()) if k.startswith(PASSED_OVER) and n}
    return Summary(
        files=counts["files"],
        records=counts["records"],
        facts=counts["facts"],
        repeats=counts["repeats"],
        skipped=counts["skipped"],
        quarantined=counts["quarantined"],
        outside=counts["outside"],
        bytes=counts["bytes"],
        passed_over=passed,
        quarantine=progress.quarantined,
    )


def format_json(progress: Progress) -> str:
    """The summary as one object, indented."""
    return safe_json(msgspec.json.format(msgspec.json.encode(summary(progress)), indent=2).decode())


def format_summary(progress: Progress) -> str:
    """The summary in sentences, then what was quarantined, one piece a line; counts of zero are left unsaid."""
    told = summary(progress)
    lines = [f"Read {count(told.records, 'record')} in {count(told.files, 'file')}: {count(told.facts, 'fact')}."]
    more = [
        f"{count(told.skipped, 'file')} had been read before" if told.skipped else "",
        f"{count(told.repeats, 'record')} came more than once" if told.repeats else "",
        f"{count(told.outside, 'record')} outside the time asked for" if told.outside else "",
        *(f"{count(number, kind)} passed over" for kind, number in told.passed_over.items()),
    ]
    if any(more):
        lines.append(f"{'; '.join(part for part in more if part)}.")
    return "\n".join([*lines, *set_aside(told.quarantined, told.quarantine, ", see `whodunnit status`")])


def set_aside(number: int, some: Sequence[Quarantined], hint: str = "") -> list[str]:
    """Lines about what could not be read: how many pieces, the first with where and why, `hint` if there are more."""
    if not number:
        return []
    listed = some[:_LISTED]
    rest = number - len(listed)
    more = [f"  and {rest:,} more{hint}"] if rest else []
    return [f"{count(number, 'piece')} could not be read:", *(f"  {_piece(piece)}" for piece in listed), *more]


def count(number: int, what: str) -> str:
    """A number of things: `1 file`, `2,900 records`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _piece(piece: Quarantined) -> str:
    where = f"{piece.source}, {piece.position}" if piece.position else piece.source
    return safe(f"{where}: {piece.reason}")
