"""`whodunnit export`: trails into a lake of Parquet or JSON lines, each row with who is behind it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.options import Database, Since, Store, Until, Verbose, moment, size
from cli.output import say, show
from cli.progress import bar
from ingest.errors import UsageError

if TYPE_CHECKING:
    from ingest.source import Source
    from lake.export import Progress
    from lake.work import Wanted

EXAMPLES = (
    "whodunnit export ./AWSLogs --to ./lake",
    "whodunnit export ./AWSLogs --to s3://my-bucket/lake --since 2026-03-01",
    "whodunnit export ./AWSLogs --format jsonl --to - | jq .lineage.principal",
    "whodunnit export --again 2026-03-01..2026-03-04 --to ./lake",
    "whodunnit export --lineage --to ./lineage",
)

QUARANTINED = 3
INTERRUPTED = 130
_STDOUT = "-"


def export(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE…", help="Files, folders of any depth, or - for standard input.", show_default=False
        ),
    ] = None,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="DEST",
            help="A folder or s3://BUCKET/PREFIX (AWS_ENDPOINT_URL names another server than AWS); "
            "- for standard output, JSON lines only.",
            show_default=False,
        ),
    ],
    form: Annotated[
        Literal["parquet", "jsonl"], typer.Option("--format", help="Parquet, or JSON lines (gzip).")
    ] = "parquet",
    again: Annotated[
        str,
        typer.Option(
            metavar="FROM..TO",
            help="Look up again the rows of this time in the lake whose lineage was not known yet.",
            show_default=False,
        ),
    ] = "",
    lineage: Annotated[
        bool, typer.Option("--lineage", help="Write one row for each session and key of the store, and no events.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes at work. [default: one a core]", show_default=False)
    ] = 0,
    since: Since = "",
    until: Until = "",
    max_object_size: Annotated[str, typer.Option(metavar="SIZE", help="What a packed file may expand to.")] = "8G",
    max_ratio: Annotated[int, typer.Option(min=1, help="Expanded bytes that a packed byte may stand for.")] = 200,
    max_line_size: Annotated[str, typer.Option(metavar="SIZE", help="The longest single JSON value.")] = "16M",
    summary: Annotated[Literal["text", "json"], typer.Option(help="How to sum up what was done.")] = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Write trails as tables, each row with who is behind it.

    Ingest first: who is behind a call is looked up in the graph; rows that it cannot tell yet say so. Rows go to
    account=/region=/date= below DEST, as docs/lake.md says. What the lake has is passed over, and an interrupted run
    goes on where it was. What cannot be read is set aside with its place and the reason: exit code 3.
    """
    del verbose
    from ingest.limits import Limits
    from lake.work import Wanted

    limits = Limits(size(max_object_size), max_ratio, max_line_bytes=size(max_line_size))
    wanted = Wanted(since, until, limits, form)
    _sense(sources or [], again=again, lineage=lineage, to=to, form=form)
    if lineage:
        _lineage((store, database), to, workers)
        return
    if again:
        _again((store, database), to, again, workers)
        return
    with _opened(sources or []) as found:
        done = _to_stdout(found, (store, database), wanted) if to == _STDOUT else None
        progress = done or _to_lake(found, (store, database), to, wanted, workers)
    from render.exported import format_json, format_summary

    say(format_summary(progress))
    if summary == "json":
        show(format_json(progress))
    if progress.counts["quarantined"]:
        raise typer.Exit(QUARANTINED)


def _sense(sources: Sequence[str], *, again: str, lineage: bool, to: str, form: str) -> None:
    """Raise UsageError for arguments that make no sense together."""
    if again and lineage:
        raise UsageError("--again and --lineage are two different things to do: give one")
    if sources and (again or lineage):
        raise UsageError(f"{'--again' if again else '--lineage'} reads no trail: leave the SOURCE away")
    if not sources and not again and not lineage:
        raise UsageError("nothing to read: name files or folders, or - for standard input")
    if lineage and form != "parquet":
        raise UsageError("the lineage table is Parquet: leave --format away")
    if to == _STDOUT and (again or lineage or form != "jsonl"):
        raise UsageError(
            "standard output is for events as JSON lines (--format jsonl): name a folder or s3://BUCKET/PREFIX"
        )


@contextmanager
def _opened(names: Sequence[str]) -> "Iterator[list[Source]]":
    """What is named, looked for before anything is read; raises MissingSource. Standard input is kept in a file."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from ingest.sources.files import Files
    from ingest.sources.spooled import Spooled

    paths = [name for name in names if name != _STDOUT]
    found: list[Source] = [Files(paths)] if paths else []
    if len(paths) == len(names):
        yield found
        return
    with TemporaryDirectory(prefix="whodunnit-") as folder:
        yield [*found, Spooled(sys.stdin.buffer, Path(folder) / "stdin")]


def _to_lake(
    sources: "Sequence[Source]", store: tuple[str, str], to: str, wanted: "Wanted", workers: int
) -> "Progress":
    from lake.export import Progress, export
    from lake.place import place

    progress = Progress()
    try:
        with bar("exporting") as shown:
            for progress in export(sources, store, place(to), wanted, workers):
                shown(progress)
    except KeyboardInterrupt:
        say("What was written so far is kept: the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    return progress


def _to_stdout(sources: "Sequence[Source]", store: tuple[str, str], wanted: "Wanted") -> "Progress":
    from lake.export import Progress, stream

    progress = Progress()
    for line in stream(sources, store, wanted, progress):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    return progress


def _lineage(store: tuple[str, str], to: str, workers: int) -> None:
    from lake.credentials import write
    from lake.place import place

    rows = write(store, place(to), workers)
    say(f"Wrote {rows:,} sessions and keys.")


def _again(store: tuple[str, str], to: str, span: str, workers: int) -> None:
    from lake.again import again
    from lake.place import place

    start, dots, end = span.partition("..")
    if not dots:
        raise UsageError(
            f"{span!r} is no span of time: give FROM..TO, as in 2026-03-01..2026-03-04; either may be left out"
        )
    done = again(store, place(to), moment(start), moment(end, end=True), workers)
    say(
        f"Looked at {done.looked:,} files with rows of unknown lineage, wrote {done.written:,} anew: "
        f"{done.filled:,} rows filled in, {done.left:,} still unknown."
    )
    if done.missed:
        say(f"{done.missed:,} of these files were compacted meanwhile, and hold what they held: run it again.")
