"""Lakes for tests: trails ingested and exported as a user would, and what came of it read as anybody may."""

from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graph.store import open_store
from ingest.line import Options, run
from ingest.sources.files import Files
from lake.export import Progress, export
from lake.manifest import opened
from lake.place import Place, place
from lake.schema import EVENTS, LINEAGE
from lake.work import Wanted

MULTIPART_BYTES = 9 * 1024 * 1024
"""Enough for an upload in parts: boto3 begins those at 8 MiB."""


def ingested(trail: Path, folder: Path) -> str:
    """URL of a store that knows the trail."""
    url = f"sqlite:{folder / 'whodunnit.db'}"
    store = open_store(url, create=True)
    for _ in run([Files([trail])], store, Options(workers=1)):
        pass
    store.close()
    return url


def exported(
    trails: Path | Sequence[Path], store: str, lake: Path | str, wanted: Wanted | None = None, workers: int = 1
) -> Progress:
    """The summary of an export that ended."""
    paths = [trails] if isinstance(trails, Path) else list(trails)
    run = export([Files(paths)], (store, ""), place(str(lake)), wanted or Wanted(), workers)
    return deque(run, maxlen=1).pop()


def rows(lake: Path) -> list[dict[str, Any]]:
    """Every row that counts, as Python values by column, in order of the event's id."""
    table = pa.concat_tables([pq.read_table(lake / path, schema=EVENTS, partitioning=None) for path in files(lake)])
    return sorted(table.to_pylist(), key=lambda row: (row["eventid"], row["recipientaccountid"] or ""))


def said(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of lineage, maps as dicts."""
    found = {name: row[name] for name in LINEAGE.names}
    return found | {name: dict(found[name]) for name in ("lineage_tags", "lineage_principal_tags")}


def files(lake: Path) -> Iterable[str]:
    """Paths of the files that count, in order."""
    return sorted(opened(place(str(lake))).files)


def content(lake: Path) -> dict[str, bytes]:
    """What every file of the lake holds, by path."""
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in sorted(lake.rglob("*")) if path.is_file()}


def names(where: Place, under: str = "") -> list[str]:
    """Paths of what is there."""
    return [stored.path for stored in where.listed(under)]
