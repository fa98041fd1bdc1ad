"""What Athena is told of the lake is what the lake is."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from lake.athena import events_table, hive_type, lineage_table, statements
from lake.lineage import Lineage
from lake.read import EACH_ONCE
from lake.schema import CREDENTIALS, EVENTS, LINEAGE

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "athena"


def test_the_files_are_those_that_the_schema_makes() -> None:
    """`python -m lake.athena deploy/athena` writes them anew."""
    assert {path.name: path.read_text() for path in FOLDER.glob("*.sql")} == statements()


@pytest.mark.parametrize("name", statements())
def test_each_file_is_one_statement_for_athena(name: str) -> None:
    """And creates something."""
    [statement] = sqlglot.parse(statements()[name], read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(statement, exp.Create)


@pytest.mark.parametrize(("text", "schema"), [(events_table(), EVENTS), (lineage_table(), CREDENTIALS)])
def test_tables_have_the_columns_of_the_files(text: str, schema: pa.Schema) -> None:
    """In their order, with their types."""
    body = text.partition("(\n")[2].partition("\n)\n")[0]
    columns = re.findall(r"^  `(\w+)` (.+?),?$", body, re.MULTILINE)
    assert columns == [(field.name, hive_type(field.type)) for field in schema]


def test_types_are_athena_s() -> None:
    """Nested ones included."""
    assert hive_type(EVENTS.field("resources").type) == "array<struct<arn:string,accountid:string,type:string>>"
    assert hive_type(EVENTS.field("lineage_tags").type) == "map<string,string>"
    assert hive_type(EVENTS.field("lineage_complete").type) == "boolean"


def test_the_view_removes_repeats_as_ours_does() -> None:
    """By the same columns, with the same preference."""
    ours = re.search(r"PARTITION BY (.+) ORDER BY (\w+ DESC)", EACH_ONCE)
    assert ours
    view = " ".join(statements()["2-events-view.sql"].split())
    assert f"PARTITION BY {ours[1]} ORDER BY {ours[2]}" in view


def test_a_lineage_has_the_columns_of_the_schema() -> None:
    """Name by name, so that none is left empty."""
    assert [f"lineage_{name}" for name in Lineage.__struct_fields__] == LINEAGE.names
