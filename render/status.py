"""What the store covers, for a terminal or as JSON: warnings first, then coverage, counts, quarantine."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from queries.coverage import Covered
from queries.status import Piece, Quarantine, Reason, Status, Touched
from render.safe import safe, safe_json
from render.screen import Screen
from render.table import format_text

_READ = {"records": "records", "files": "files", "repeats": "came more than once", "outside": "outside the times"}

_NO_BASELINE = (
    "No baseline of IAM was read (`whodunnit ingest --iam`): tags and keys older than the trail are not known."
)


def format_status(told: Status, form: Literal["text", "json"], screen: Screen) -> str:
    """The status as text or one JSON object."""
    if form == "json":
        return safe_json(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    return "\n\n".join(part for part in _parts(told, screen) if part)


def _parts(told: Status, screen: Screen) -> Iterator[str]:
    yield _wrapped([f"! {_warning(touched)}" for touched in told.warnings], screen)
    yield _wrapped([_sentence(str(told.coverage))], screen)
    yield format_text(told.coverage.parts, Covered, screen)
    yield _wrapped(_counts(told), screen)
    known = [f"Baseline of IAM: account {b.account}, {b.at}, lists {b.listed:,}" for b in told.baselines]
    yield _wrapped(known or [_NO_BASELINE], screen)
    yield _quarantine(told.quarantine, screen)


def _wrapped(lines: Sequence[str], screen: Screen) -> str:
    """Lines that break between words where the screen ends, so that no id is cut in two."""
    from rich.text import Text

    return screen.text(Text("\n").join(Text(safe(line)) for line in lines)) if lines else ""


def _warning(touched: Touched) -> str:
    about = f" {touched.detail}" if touched.detail else ""
    by = touched.principal or "somebody unknown"
    where = f"in {touched.account} by {by} at {touched.at} (event {touched.event_id})"
    return f"the record was touched: {touched.what}{about} {where}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _counts(told: Status) -> list[str]:
    read = [f"{told.read[name]:,} {words}" for name, words in _READ.items() if told.read.get(name)]
    nodes = [f"{count:,} {name}" for name, count in told.nodes.items() if count]
    counts = (("Read, over all runs", read), ("Known", nodes))
    return [f"{what}: {', '.join(words)}." for what, words in counts if words]


def _quarantine(told: Quarantine, screen: Screen) -> str:
    if not told.count:
        return "Everything could be read."
    head = f"{told.count:,} piece{'' if told.count == 1 else 's'} could not be read:"
    return "\n\n".join(
        part
        for part in (head, format_text(told.reasons, Reason, screen), format_text(told.pieces, Piece, screen))
        if part
    )
