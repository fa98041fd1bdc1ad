import csv
import io
import json

import msgspec
import pytest

from render.rows import row_type
from render.screen import Screen
from render.table import Form, format_csv, format_json, format_table


class Row(msgspec.Struct, rename="pascal"):
    """A row as a question would give it."""

    kind: str
    name: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    keys: list[str] = msgspec.field(default_factory=list)
    calls: int | None = None


ROWS = [
    Row("user", "ada", {"team": "shop"}, ["AKIAZ4ZZZZZZADA00001", "AKIAZ4ZZZZZZADA00002"]),
    Row("role", "=HYPERLINK(1)\x1b[31m [bold]"),
]


def made(form: Form, screen: Screen | None = None) -> str:
    """The rows in this form."""
    return format_table(ROWS, Row, form, screen or Screen())


def test_text_has_a_header_and_a_line_a_row() -> None:
    """In a file each row is one line, nothing is cut, and a column without any value is left out."""
    head, first, second = made("text").splitlines()

    assert head.split() == ["Kind", "Name", "Tags", "Keys"]
    assert first.split("  ")[0] == "user"
    assert first.endswith("team=shop  AKIAZ4ZZZZZZADA00001, AKIAZ4ZZZZZZADA00002")
    assert second.split("  ", 1) == ["role", "=HYPERLINK(1)\\x1b[31m [bold]"]


@pytest.mark.parametrize("width", [30, 60, 75, 100])
def test_text_keeps_to_the_width_of_a_terminal(width: int) -> None:
    """On a terminal nothing is wider than it, and no id is broken over two lines."""
    rows = [Row("session", "maintenance", {"team": "shop" * 9}, ["ASIAZ4ZZZZZZADA00001"], calls=3)] * 2
    text = format_table(rows, Row, "text", Screen(width=width))

    assert max(map(len, text.splitlines())) <= width
    assert text.count("ASIAZ4ZZZZZZADA00001") == 2


def test_too_narrow_for_columns() -> None:
    """Where the columns have no room side by side, each row is a paragraph that names its values."""
    first, second = made("text", Screen(width=40)).split("\n\n")

    assert first.startswith("Kind user  Name ada  Tags team=shop\n    Keys AKIAZ4ZZZZZZADA00001,")
    assert second == "Kind role\n    Name =HYPERLINK(1)\\x1b[31m [bold]"


def test_colour_only_where_wanted() -> None:
    """A file gets no escapes; a terminal gets those of the header, and none from a name."""
    assert "\x1b" not in made("text")
    assert "\x1b[1m" in made("text", Screen(width=100, color=True))
    assert "\x1b[31m" not in made("text", Screen(width=100, color=True))


def test_json_and_json_lines_are_the_rows() -> None:
    """JSON is one array of the rows, JSON lines one row a line; names are those of the fields in JSON."""
    rows = json.loads(made("json"))

    assert rows == [json.loads(line) for line in made("jsonl").splitlines()]
    assert rows[1] == {"Kind": "role", "Name": "=HYPERLINK(1)\x1b[31m [bold]", "Tags": {}, "Keys": [], "Calls": None}


def test_csv_is_safe_to_open() -> None:
    """A cell that a spreadsheet would run begins with an apostrophe, and control characters are visible."""
    head, first, second = csv.reader(io.StringIO(made("csv")))

    assert head == ["Kind", "Name", "Tags", "Keys", "Calls"]
    assert first == ["user", "ada", "team=shop", "AKIAZ4ZZZZZZADA00001, AKIAZ4ZZZZZZADA00002", ""]
    assert second[1] == "'=HYPERLINK(1)\\x1b[31m [bold]"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_csv_formulas(begin: str) -> None:
    """Each beginning that makes a formula is disarmed."""
    _, row = csv.reader(io.StringIO(format_table([Row(f"{begin}1+1")], Row, "csv", Screen())))

    assert row[0].startswith("'")


@pytest.mark.parametrize(("form", "nothing"), [("text", ""), ("jsonl", ""), ("json", "[]")])
def test_no_rows(form: Form, nothing: str) -> None:
    """No rows is an empty answer in its form."""
    assert format_table([], Row, form, Screen()) == nothing


def test_no_rows_of_csv_keep_the_header() -> None:
    """CSV without rows still says its columns."""
    assert format_table([], Row, "csv", Screen()) == "Kind,Name,Tags,Keys,Calls\n"


def test_numbers_are_no_formulas() -> None:
    """A negative one stays a number in CSV."""
    kind = row_type(["n", "text"])

    assert format_csv([kind(-5, "-5"), kind(-0.5, "x")], kind) == "n,text\n-5,'-5\n-0.5,x\n"


def test_columns_that_a_question_names_by_its_own_text() -> None:
    """Quotes and backslashes of an expression are no quotes of a format."""
    kind = row_type(['CAST(at AS "DATE")', "x ~ '\\d'", "a\tb", "a\tb"])
    told = json.loads(format_json([kind(1, 2, 3, 4)]))

    assert told == [{"CAST(at AS 'DATE')": 1, "x ~ '/d'": 2, "a b": 3, "a b_2": 4}]
