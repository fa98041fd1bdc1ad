"""The lake as tables of Athena: their DDL, made from the schema of the files by `python -m lake.athena deploy/athena`.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.schema import CREDENTIALS, EVENTS, PARTITIONS, SAME

_PROPERTIES = {
    "projection.enabled": "true",
    "projection.account.type": "enum",
    "projection.account.values": "<accounts>",
    "projection.region.type": "enum",
    "projection.region.values": "<regions>",
    "projection.date.type": "date",
    "projection.date.format": "yyyy-MM-dd",
    "projection.date.range": "<first day>,NOW",
    "projection.date.interval": "1",
    "projection.date.interval.unit": "DAYS",
    "storage.location.template": "<lake>/account=${account}/region=${region}/date=${date}",
}

_ONCE = """CREATE OR REPLACE VIEW events AS
SELECT {columns}
FROM (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY {same}
      ORDER BY lineage_complete DESC, "$path"
    ) AS copy
  FROM whodunnit_events
)
WHERE copy = 1;
"""


def events_table() -> str:
    """DDL of the table over the lake's files; a record that came by two trails is in it twice."""
    partitioned = ",\n  ".join(f"`{name}` string" for name in PARTITIONS)
    properties = ",\n  ".join(f"'{name}' = '{value}'" for name, value in _PROPERTIES.items())
    return (
        f"CREATE EXTERNAL TABLE whodunnit_events (\n  {_columns(EVENTS)}\n)\n"
        f"PARTITIONED BY (\n  {partitioned}\n)\nSTORED AS PARQUET\nLOCATION '<lake>/'\n"
        f"TBLPROPERTIES (\n  {properties}\n);\n"
    )


def events_view() -> str:
    """DDL of the view that shows each record once."""
    columns = ", ".join((*PARTITIONS, *EVENTS.names))
    return _ONCE.format(columns=columns, same=", ".join(SAME))


def lineage_table() -> str:
    """DDL of the lineage table."""
    return f"CREATE EXTERNAL TABLE lineage (\n  {_columns(CREDENTIALS)}\n)\nSTORED AS PARQUET\nLOCATION '<lineage>/';\n"


def _columns(schema: pa.Schema) -> str:
    return ",\n  ".join(f"`{field.name}` {hive_type(field.type)}" for field in schema)


def hive_type(kind: Any) -> str:  # noqa: ANN401 (pyarrow is untyped)
    """Athena's name in DDL for the type of a column.

    https://docs.aws.amazon.com/athena/latest/ug/data-types.html
    """
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{hive_type(field.type)}' for field in kind)}>"
    if pa.types.is_map(kind):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if pa.types.is_list(kind):
        return f"array<{hive_type(kind.value_type)}>"
    return "boolean" if pa.types.is_boolean(kind) else "string"


def statements() -> dict[str, str]:
    """The files of deploy/athena by name; each is one statement, as Athena takes them."""
    return {
        "1-events-table.sql": events_table(),
        "2-events-view.sql": events_view(),
        "3-lineage-table.sql": lineage_table(),
    }


if __name__ == "__main__":
    for name, text in statements().items():
        Path(sys.argv[1], name).write_text(text, encoding="utf-8")
