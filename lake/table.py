"""Rows as a Parquet file that Athena, DuckDB and Spark read as it is."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.columns import Columns
from lake.lineage import columns
from lake.rows import Enriched
from lake.schema import EVENTS, leaf_paths, leaves

LEAVES = leaf_paths(EVENTS)
"""Paths of all Parquet columns of a file."""

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
        batches = map(_batch, _groups(rows))
        first = next(batches)
        with pq.ParquetWriter(path, EVENTS, **_settings(first)) as file:
            for batch in chain([first], batches):
                file.write_batch(batch)


def _batch(rows: Sequence[Enriched]) -> Any:  # noqa: ANN401 (pyarrow is untyped)
    arrays = Columns([one.row for one in rows]).arrays() + columns([one.lineage for one in rows])
    return pa.RecordBatch.from_arrays(arrays, schema=EVENTS)


def _settings(first: Any) -> dict[str, Any]:  # noqa: ANN401 (pyarrow is untyped)
    """Settings for a file that begins with this batch; a column that is empty there costs a compressor for nothing."""
    empty = {path for name in EVENTS.names for path in _empty(name, first.column(name))}
    packed = [path for path in LEAVES if path not in empty]
    return SETTINGS | {
        "compression": dict.fromkeys(LEAVES, "none") | dict.fromkeys(packed, SETTINGS["compression"]),
        "compression_level": dict.fromkeys(packed, SETTINGS["compression_level"]),
        "use_dictionary": [path for path in SETTINGS["use_dictionary"] if path not in empty],
    }


def _empty(path: str, column: Any) -> Iterator[str]:  # noqa: ANN401 (pyarrow is untyped)
    """Paths of the Parquet columns of which no row has anything."""
    kind = column.type
    if column.null_count == len(column):
        yield from leaves(path, kind)
    elif pa.types.is_struct(kind):
        for index, field in enumerate(kind):
            yield from _empty(f"{path}.{field.name}", column.field(index))


def _groups(rows: Sequence[Enriched]) -> Iterator[Sequence[Enriched]]:
    for start in range(0, len(rows), GROUP_ROWS):
        yield rows[start : start + GROUP_ROWS]
