"""`whodunnit ingest`: trails into the graph, with progress while it runs and a summary at its end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.options import TEXT_JSON, Database, Since, Store, Until, Verbose, asked_moment, opened, size
from cli.output import say, show
from cli.progress import bar
from ingest.errors import UsageError

if TYPE_CHECKING:
    from graph.store import Store as Graph
    from ingest.line import Options, Progress
    from ingest.sink import Batch
    from ingest.source import Source

EXAMPLES = (
    "whodunnit ingest ./AWSLogs",
    "whodunnit ingest ./AWSLogs --since 2026-03-01 --iam account-authorization-details.json",
    "aws cloudtrail lookup-events --output json | whodunnit ingest -",
)

QUARANTINED = 3
INTERRUPTED = 130


def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE…", help="Files, folders of any depth, or - for standard input.", show_default=False
        ),
    ] = None,
    *,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that read. [default: one a core]", show_default=False)
    ] = 0,
    since: Since = "",
    until: Until = "",
    iam: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="A baseline: what `aws iam get-account-authorization-details` gave. Can be given again.",
            show_default=False,
        ),
    ] = None,
    iam_at: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            callback=asked_moment,
            help="When the baseline was taken. [default: when its file was written]",
            show_default=False,
        ),
    ] = "",
    max_object_size: Annotated[str, typer.Option(metavar="SIZE", help="What a packed file may expand to.")] = "8G",
    max_ratio: Annotated[int, typer.Option(min=1, help="Expanded bytes that a packed byte may stand for.")] = 200,
    max_line_size: Annotated[str, typer.Option(metavar="SIZE", help="The longest single JSON value.")] = "16M",
    form: Annotated[Literal["text", "json"], TEXT_JSON] = "text",
    store: Store = "",
    database: Database = "",
    verbose: Verbose = False,
) -> None:
    """Read CloudTrail into the graph.

    Plain, gzip and zip, in every envelope that trails arrive in, told by content. What was read before is skipped,
    repeats change nothing, and an interrupted run goes on where it was. What cannot be read is set aside with its place
    and the reason, and the rest goes on: exit code 3.
    """
    del verbose
    from ingest.limits import Limits
    from ingest.line import Options

    limits = Limits(size(max_object_size), max_ratio, max_line_bytes=size(max_line_size))
    read_from, options = _sources(sources or [], iam or [], store), Options(workers, since, until, limits)
    baseline = _baseline(iam or [], iam_at, limits_of=options)
    with opened(store, database, create=True) as graph:
        progress = read(graph, read_from, options, baseline)
    from render.summary import format_json, format_summary

    say(format_summary(progress))
    if form == "json":
        show(format_json(progress))
    if progress.counts["quarantined"]:
        raise typer.Exit(QUARANTINED)


def read(
    graph: "Graph", sources: "Sequence[Source]", options: "Options", baseline: "Batch | None" = None
) -> "Progress":
    """Read all sources into the graph, with a bar where stderr is a terminal, and give the summary.

    A baseline is written first. Ctrl-C ends the command with a word on how to go on.
    """
    from ingest.line import Progress, run

    progress = Progress()
    try:
        if baseline:
            graph.apply(baseline)
        with bar("reading") as shown:
            for progress in run(sources, graph, options):
                shown(progress)
    except KeyboardInterrupt:
        say("What was read so far is kept: the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    if baseline:
        progress.add(baseline)
    return progress


def _sources(names: Sequence[str], iam: Sequence[str], store: str) -> "list[Source]":
    """What is named, looked for before anything is read, but for the store itself; raises MissingSource."""
    from graph.store import files_of
    from ingest.sources.files import Files
    from ingest.sources.stdin import Stdin

    if not names and not iam:
        raise UsageError("nothing to read: name files or folders, or - for standard input")
    paths = [name for name in names if name != "-"]
    found: list[Source] = [Files(paths, own=files_of(store))] if paths else []
    return [*found, Stdin()] if "-" in names else found


def _baseline(paths: Sequence[str], at: str, *, limits_of: "Options") -> "Batch | None":
    """What the files of `--iam` say; raises MissingSource before anything is written."""
    if not paths:
        return None
    import os
    from collections import Counter

    from graph.rows import rows_of
    from ingest.baseline import facts_of
    from ingest.sink import Batch

    facts, quarantined = facts_of(paths, at or None, limits_of.limits)
    begun = sorted({os.path.abspath(path) for path in paths} | {piece.source for piece in quarantined})  # noqa: PTH100 -- as ingest.sources.files names them
    counts = Counter(files=len(paths), facts=len(facts), quarantined=len(quarantined))
    return Batch(rows_of((), (), facts), begun=begun, quarantined=quarantined, counts=counts)
