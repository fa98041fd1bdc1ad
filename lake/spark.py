"""The lake of years and of many accounts, made by Spark: the same handlers, the same questions, the same files.

    spark-submit lake/spark.py s3://trails/AWSLogs --to s3://my-bucket/lake

Spark does what would not fit one machine: it hands out units of work, and brings the facts of a day together. Facts are
some hundredth of the events; records themselves are never shuffled, so one busy session is no one task's burden.

1. Each unit is read for its facts, which go to the days that they matter to: passing ones (sessions, their keys and who
   issued them) to the days around, lasting ones (users, keys without an end, names, tags, stacks) to all.
2. One task a day makes that day's store (`lake.stores`), and tells which credentials its chains lead back to without
   knowing where they came from. Stores that know more of these add it, again until there is nothing to add.
3. Each unit is read again and written as `export` does it, each row asking the store of its day.
"""

import argparse
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.stores.sqlite import SQLiteStore
from ingest.errors import WhodunnitError
from ingest.identity import Actor, Ref
from ingest.source import Source
from lake.columns import Row, Said
from lake.export import Progress, fresh, listed
from lake.lineage import Enricher, Lineage
from lake.manifest import OWN, opened, remember
from lake.place import Place, place
from lake.stores import Missing, add, around, behind, callers, facts_of, missing
from lake.trails import sources_of
from lake.unit import Unit, units
from lake.work import Done, Wanted, work

if TYPE_CHECKING:
    from pyspark import RDD, SparkContext

_SPARK = f"{OWN}/spark"
_LASTING = f"{_SPARK}/lasting.db"
_TASK_BYTES = 8 * 1024 * 1024
"""Packed input of a task, some seconds of work: more than it costs to have a task, and few enough to spread well."""

_DAY = len("YYYY-MM-DD")
_OPEN = 4
"""Stores of days that a process holds open: rows of a unit are of one day or two."""

_log = logging.getLogger(__name__)


class Job:
    """One run over what the lake does not have yet."""

    def __init__(self, context: "SparkContext", sources: Sequence[Source], to: Place, wanted: Wanted) -> None:
        """Name what is read and where it goes; nothing is done before `run`."""
        self._context, self._sources, self._to, self._wanted = context, sources, to, wanted

    def run(self) -> Progress:
        """Write all units, and give the summary; stopped at any moment, another run goes on. Raises LakeError."""
        progress = Progress()
        manifest = opened(self._to, create=True, form=self._wanted.form)
        todo = fresh(self._sources, manifest, self._wanted, progress)
        if not todo:
            return progress
        self._clear()
        days = self._stores()
        _log.info("%s stores of days are made, %s units are to be written", days, len(todo))
        tasks = self._spread(todo)
        sources, to, wanted = self._sources, self._to, self._wanted
        written = tasks.mapPartitions(lambda some: _write(some, sources, to, wanted))
        for done in written.toLocalIterator(prefetchPartitions=True):
            manifest.take(done.unit.stem, done.commit)
            progress.add(done)
        remember(manifest)
        self._clear()
        return progress

    def _spread(self, some: list[Unit]) -> "RDD[Unit]":
        """Units in tasks of some seconds, so that none is long the last one at work."""
        tasks = max(self._context.defaultParallelism, sum(unit.bytes for unit in some) // _TASK_BYTES)
        return self._context.parallelize(some, min(len(some), tasks))

    def _stores(self) -> int:
        """Make the stores of all days, and give their number.

        All that the sources have is read for its facts, what the lake has too: new events may rest on old ones.
        """
        sources, to, limits = self._sources, self._to, self._wanted.limits
        known = list(units(listed(sources, Progress())))
        facts = self._spread(known).flatMap(lambda unit: list(facts_of(unit, sources, limits))).persist(_on_disk())
        _one_task(facts.map(lambda one: one.lasting)).foreachPartition(lambda rows: _make_lasting(to, rows))
        passing = facts.flatMap(lambda one: [(day, (one.day, one.passing)) for day in around(one.day)])
        own = facts.map(lambda one: one.day).distinct().collect()
        wanted = self._context.broadcast(set(own))
        by_day = passing.filter(lambda pair: pair[0] in wanted.value).groupByKey(max(1, len(own)))
        unknown = dict(by_day.map(lambda pair: _make_day(to, pair[0], pair[1])).collect())
        self._complete(unknown)
        facts.unpersist()
        return len(own)

    def _complete(self, unknown: dict[str, set[Missing]]) -> None:
        """Add what stores do not know from those that know more, until there is nothing more to add.

        Each round goes back as far as a store does, some days, so a chain of weeks takes some rounds.
        """
        asked: dict[str, set[Missing]] = {day: set() for day in unknown}
        to, context = self._to, self._context
        while new := {day: found - asked[day] for day, found in unknown.items() if found - asked[day]}:
            requests: dict[str, list[tuple[str, Ref]]] = {}
            for day, found in new.items():
                asked[day] |= found
                for one in found:
                    requests.setdefault(one.day, []).append((day, one.ref))
            answers = context.parallelize(list(requests.items()), len(requests)).flatMap(lambda one: _answers(to, *one))
            grown = answers.groupByKey(len(new)).map(lambda pair: _grow(to, pair[0], pair[1], new[pair[0]]))
            unknown = dict(grown.collect())
            _log.info("%s days asked %s others for what they did not know", len(new), len(requests))

    def _clear(self) -> None:
        """Remove the stores of a run; they are of no use to another."""
        self._to.remove([stored.path for stored in self._to.listed(_SPARK)])


class _ByDay(Enricher):
    """Asks for each row the store of its day, fetched when it is first wanted."""

    def __init__(self, to: Place, folder: Path) -> None:
        self._to, self._folder = to, folder
        self._days: dict[str, Enricher] = {}

    def prepare(self, callers: Iterable[tuple[Said, str]]) -> None:
        """As the enrichers of their days do."""
        by_day: dict[str, list[tuple[Said, str]]] = {}
        for said, at in callers:
            by_day.setdefault(at[:_DAY], []).append((said, at))
        for day, some in by_day.items():
            self._of_day(day).prepare(some)

    def of(self, row: Row) -> tuple[Lineage, Actor]:
        """As the enricher of that day does."""
        return self._of_day(row.at[:_DAY]).of(row)

    def _of_day(self, day: str) -> Enricher:
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _OPEN:
                self._days.pop(next(iter(self._days)))
            found = self._days[day] = Enricher(SQLiteStore(_fetched(self._to, _day_path(day), self._folder)))
        return found


def _write(some: Iterable[Unit], sources: Sequence[Source], to: Place, wanted: Wanted) -> Iterator[Done]:
    """Write the units of a task; they follow each other in time, so the stores that they ask are fetched once."""
    with tempfile.TemporaryDirectory(prefix="whodunnit-") as folder:
        enricher = _ByDay(to, Path(folder))
        for unit in some:
            yield work(unit, sources, to, wanted, enricher)


def _make_lasting(to: Place, rows: Iterable[bytes]) -> None:
    """The store of all that lasts, which every day's begins as."""
    _build(to, _LASTING, None, rows)


def _make_day(to: Place, day: str, facts: Iterable[tuple[str, bytes]]) -> tuple[str, set[Missing]]:
    """The day and the credentials that its store does not know enough of."""
    asked: set[Ref] = set()

    def kept() -> Iterator[bytes]:
        for of, rows in facts:
            if of == day:
                asked.update(callers([rows]))
            yield rows

    return day, _build(to, _day_path(day), _LASTING, kept(), lambda path: missing(path, day, asked))


def _answers(to: Place, day: str, asked: list[tuple[str, Ref]]) -> list[tuple[str, bytes]]:
    """For each day that asked this day's store, what it knows of the credentials asked about."""
    with tempfile.TemporaryDirectory(prefix="whodunnit-") as folder:
        try:
            local = _fetched(to, _day_path(day), Path(folder))
        except FileNotFoundError:  # no event of that day is in the trails
            return []
        by_day: dict[str, list[Ref]] = {}
        for asking, ref in asked:
            by_day.setdefault(asking, []).append(ref)
        return [(asking, behind(local, refs)) for asking, refs in by_day.items()]


def _grow(to: Place, day: str, rows: Iterable[bytes], asked: set[Missing]) -> tuple[str, set[Missing]]:
    """The day and what its store still does not know, once these rows are added to it."""
    refs = {one.ref for one in asked}
    return day, _build(to, _day_path(day), _day_path(day), rows, lambda path: missing(path, day, refs))


def _build(
    to: Place, path: str, begin: str | None, rows: Iterable[bytes], ask: Callable[[Path], set[Missing]] | None = None
) -> set[Missing]:
    """Make a store of another and these rows, put it in its place, and give what is asked of it."""
    with tempfile.TemporaryDirectory(prefix="whodunnit-") as folder:
        local = _fetched(to, begin, Path(folder)) if begin else Path(folder) / "store.db"
        add(local, rows)
        told = ask(local) if ask else set()
        with to.writing(path) as final:
            shutil.copyfile(local, final)
        return told


def _fetched(to: Place, path: str, folder: Path) -> Path:
    local = folder / path.replace("/", "_")
    local.write_bytes(to.read(path))
    return local


def _day_path(day: str) -> str:
    return f"{_SPARK}/{day}.db"


def _one_task(rows: "RDD[bytes]") -> "RDD[bytes]":
    """Rows in one task, behind a shuffle: what makes them is still done by many."""
    return rows.repartition(1)


def _on_disk() -> Any:  # noqa: ANN401 (pyspark is loaded only where it runs)
    from pyspark import StorageLevel

    return StorageLevel.DISK_ONLY


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job; gives the exit code that `whodunnit export` would."""
    from pyspark.sql import SparkSession

    parser = argparse.ArgumentParser(
        prog="spark.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("trails", nargs="+", metavar="TRAIL", help="files, folders, s3://BUCKET/PREFIX")
    parser.add_argument("--to", required=True, metavar="DEST", help="a folder, or s3://BUCKET/PREFIX")
    parser.add_argument("--since", default="", metavar="TIME", help="records from then on (RFC 3339)")
    parser.add_argument("--until", default="", metavar="TIME", help="records before that (RFC 3339)")
    given = parser.parse_args(arguments)
    session = SparkSession.builder.appName("whodunnit").getOrCreate()
    try:
        wanted = Wanted(given.since, given.until)
        progress = Job(session.sparkContext, sources_of(given.trails), place(given.to), wanted).run()
    except WhodunnitError as error:
        print(f"whodunnit: {error}", file=sys.stderr)  # noqa: T201 (for the person)
        return 4
    finally:
        session.stop()
    counts = progress.counts
    told = ("files", "records", "rows", "incomplete", "repeats", "outside", "skipped", "quarantined")
    print(", ".join(f"{counts[name]:,} {name}" for name in told), file=sys.stderr)  # noqa: T201 (likewise)
    for piece in progress.quarantined:
        print(f"{piece.source!r}, {piece.position}: {piece.reason!r}", file=sys.stderr)  # noqa: T201 (likewise)
    return 3 if counts["quarantined"] else 0


if __name__ == "__main__":
    sys.exit(main())
