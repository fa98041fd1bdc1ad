"""Rows as a Parquet file that Athena, DuckDB and Spark read as it is."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.columns import Columns
from lake.lineage import columns
from lake.rows import Enriched
from lake.schema import EVENTS, leaf_paths

GROUP_ROWS = 16_384
"""Rows of a row group: who asks for one session reads one or two of them in a file."""

_HARDLY_TWICE = frozenset({"eventid", "requestid", "requestparameters", "responseelements"})
"""Columns in which values hardly repeat, so that a dictionary of them would only cost."""

SETTINGS: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": leaf_paths(EVENTS, *(name for name in EVENTS.names if name not in _HARDLY_TWICE)),
    "store_schema": False,
    "write_statistics": [
        "useridentity.accesskeyid",
        *("eventtime", "eventname", "eventsource", "errorcode", "lineage_session_id", "lineage_principal"),
    ],
}
"""Statistics where they let a reader pass over row groups, and nowhere else: small files are mostly their own end."""


class Table:
    """Parquet, zstd, sorted as the rows come."""

    suffix = ".parquet"

    def write(self, path: str, rows: list[Enriched]) -> None:
        """Write the rows to a local file."""
        with pq.ParquetWriter(path, EVENTS, **SETTINGS) as file:
            for some in _groups(rows):
                arrays = Columns([one.row for one in some]).arrays() + columns([one.lineage for one in some])
                file.write_batch(pa.RecordBatch.from_arrays(arrays, schema=EVENTS))


def _groups(rows: Sequence[Enriched]) -> Iterator[Sequence[Enriched]]:
    for start in range(0, len(rows), GROUP_ROWS):
        yield rows[start : start + GROUP_ROWS]
