"""`compact`: the many small files of a closed day become few large ones, sorted, each row once.

New files are written beside the old, and one commit adds those and takes these away. The old are removed only by a
later run, so that who began to read them can end.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.errors import UsageError
from lake.crew import cores, each
from lake.manifest import Commit, Live, Manifest, opened, remember, write_commit
from lake.place import Place
from lake.read import EACH_ONCE, connection, scan
from lake.schema import EVENTS
from lake.table import GROUP_ROWS, SETTINGS

FILE_ROWS = 1_000_000
"""Rows of a compacted file, at most."""

KEPT_SECONDS = 3600
"""For how long files that were replaced are kept for those who read them, unless told otherwise."""

_ABANDONED_SECONDS = 86_400
"""Files of rows that no commit names are removed from that age on: what wrote them was ended, and never went on."""

_MEMORY = "2GB"
"""What a process may hold while it sorts a day; what is more goes to disk."""

_ROWS = "account="
_COMMIT = "compact-"

_ORDER = "lineage_session_id NULLS LAST, coalesce(useridentity.accesskeyid, ''), eventtime, eventid"
"""As `lake.rows` sorts a file."""


class Compacted(msgspec.Struct):
    """What was done: `partitions` rewritten, their files `before` and `after`, `repeats` left out, files `removed`."""

    partitions: int = 0
    before: int = 0
    after: int = 0
    repeats: int = 0
    removed: int = 0


class _Task(msgspec.Struct, frozen=True):
    partition: str
    files: list[Live]


def compact(place: Place, until: str = "", keep: int = KEPT_SECONDS, workers: int = 0) -> Compacted:
    """Compact the days before `until` (an instant; '' for today's beginning, UTC) that have more than one file.

    Files that were replaced `keep` seconds ago or earlier are removed. Whoever reads by the views sees each row once
    all the time. Raises LakeError; UsageError for a lake of JSON lines.
    """
    manifest = opened(place)
    if manifest.form != "parquet":
        raise UsageError(f"the lake at {place.url} is of {manifest.form}: only Parquet is compacted")
    done = Compacted()
    tasks = list(_tasks(manifest, until or f"{datetime.now(UTC):%Y-%m-%d}T00:00:00Z"))
    for name, commit in each(cores(workers, len(tasks)), tasks, _compactor, place):
        manifest.commits[name] = commit
        done.partitions += 1
        done.before += len(commit.removes)
        done.after += len(commit.files)
        done.repeats += commit.counts["repeats"]
    done.removed = _sweep(manifest, datetime.now(UTC).timestamp(), keep)
    remember(manifest)
    return done


def _tasks(manifest: Manifest, until: str) -> Iterator[_Task]:
    """The partitions of closed days that hold more than compacting would leave there."""
    found: dict[str, list[Live]] = {}
    for live in manifest.files.values():
        found.setdefault(live.path.rpartition("/")[0], []).append(live)
    by_path = {live.path: name for name, commit in manifest.commits.items() for live in commit.files}
    for partition, files in sorted(found.items()):
        made_by = {by_path[live.path] for live in files}
        once = len(made_by) == 1 and next(iter(made_by)).startswith(_COMMIT)
        if f"{partition.rpartition('date=')[2]}T00:00:00Z" < until and len(files) > 1 and not once:
            yield _Task(partition, files)


def _compactor(place: Place) -> Callable[[_Task], tuple[str, Commit]]:
    return lambda task: _compact(place, task)


def _compact(place: Place, task: _Task) -> tuple[str, Commit]:
    """Write the rows of a partition anew, then the commit that switches to them."""
    paths = sorted(live.path for live in task.files)
    told = hashlib.blake2b("\0".join(paths).encode(), digest_size=16).hexdigest()
    question = f"SELECT {', '.join(EVENTS.names)} FROM {scan(place, paths)} {EACH_ONCE} ORDER BY {_ORDER}"
    files: list[Live] = []
    with connection(place) as duckdb:
        duckdb.execute(f"SET memory_limit = '{_MEMORY}'")
        batches = iter(duckdb.execute(question).to_arrow_reader(GROUP_ROWS))
        while first := next(batches, None):
            some = chain([first], islice(batches, FILE_ROWS // GROUP_ROWS - 1))
            files.append(_write(place, f"{task.partition}/{told}-{len(files):05}.parquet", some))
    counts = {"repeats": sum(live.rows for live in task.files) - sum(live.rows for live in files)}
    commit = Commit(files=files, removes=paths, counts=counts, at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    write_commit(place, f"{_COMMIT}{told}", commit)
    return f"{_COMMIT}{told}", commit


def _write(place: Place, path: str, batches: Iterable[Any]) -> Live:
    rows = incomplete = 0
    times: list[str] = []
    with place.writing(path) as local:
        with pq.ParquetWriter(local, EVENTS, **SETTINGS) as file:
            for batch in batches:
                table = pa.Table.from_batches([batch]).cast(EVENTS)
                file.write_table(table)
                rows += table.num_rows
                incomplete += pc.sum(pc.invert(table["lineage_complete"])).as_py()
                times += pc.min_max(table["eventtime"]).as_py().values()
        size = local.stat().st_size
    return Live(path, rows, size, incomplete, min(times), max(times))


def _sweep(manifest: Manifest, now: float, keep: int) -> int:
    """Remove files that were replaced long enough ago, and those that never came to count."""
    live, replaced = manifest.files, manifest.replaced
    gone = []
    for stored in chain(manifest.place.listed(), manifest.place.parts()):
        if stored.path in live or not stored.path.startswith(_ROWS):
            continue
        at = replaced.get(stored.path)
        since = datetime.fromisoformat(at).timestamp() if at else stored.modified
        if now - since >= (keep if at is not None else _ABANDONED_SECONDS):
            gone.append(stored.path)
    manifest.place.remove(gone)
    return len(gone)
