"""What a run of export did, in words and as JSON."""

import msgspec

from ingest.quarantine import Quarantined
from lake.export import Progress
from render.safe import safe_json
from render.summary import PASSED_OVER, count, set_aside


class Summary(msgspec.Struct, frozen=True):
    """An export as `--summary json` gives it; `incomplete` rows have not their whole lineage."""

    files: int
    records: int
    rows: int
    incomplete: int
    repeats: int
    outside: int
    skipped: int
    quarantined: int
    bytes: int
    written: int
    stored: int
    passed_over: dict[str, int]
    quarantine: list[Quarantined]


def summary(progress: Progress) -> Summary:
    """The summary of an export that ended."""
    counts = progress.counts
    named = ("files", "records", "rows", "incomplete", "repeats", "outside", "skipped", "quarantined")
    return Summary(
        **{name: counts[name] for name in named},
        bytes=progress.bytes,
        written=progress.written,
        stored=progress.stored,
        passed_over={k.removeprefix(PASSED_OVER): n for k, n in sorted(counts.items()) if k.startswith(PASSED_OVER)},
        quarantine=progress.quarantined,
    )


def format_json(progress: Progress) -> str:
    """The summary as one object, indented."""
    return safe_json(msgspec.json.format(msgspec.json.encode(summary(progress)), indent=2).decode())


def format_summary(progress: Progress) -> str:
    """The summary in sentences, then what was quarantined, one piece a line; counts of zero are left unsaid."""
    told = summary(progress)
    read = f"Read {count(told.records, 'record')} in {count(told.files, 'file')}"
    where = f" in {count(told.written, 'file')}" if told.written else ""
    lines = [f"{read}, wrote {count(told.rows, 'row')}{where}."]
    more = [
        f"{count(told.incomplete, 'row')} without their whole lineage" if told.incomplete else "",
        f"{count(told.skipped, 'file')} had been exported before" if told.skipped else "",
        f"{count(told.repeats, 'record')} came more than once" if told.repeats else "",
        f"{count(told.outside, 'record')} outside the time asked for" if told.outside else "",
        *(f"{count(number, kind)} passed over" for kind, number in told.passed_over.items()),
    ]
    if any(more):
        lines.append(f"{'; '.join(part for part in more if part)}.")
    return "\n".join([*lines, *set_aside(told.quarantined, told.quarantine)])
