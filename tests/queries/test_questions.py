import re
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import apsw.ext
import pytest

from graph.stores.sqlite import SQLiteStore

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]

FOUND = {
    "who": {"json_each", "reach", "owners", "r", "o"},
    "resolve": {"found"},
    "records": {"json_each"},
    "history": {"match", "a", "m", "t", "h", "named", "renamed", "amends"},
}
"""What a question may go through row by row: what it has found so far, under the names that it gives that.

For history a bare name may be anybody's in any account, and events that were amended are few.
"""

QUESTIONS = sorted((Path(__file__).resolve().parents[2] / "queries").glob("*.sql"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_the_head_says_all_of_it(ingested: Ingested, question: Path) -> None:
    """Each question runs as it is, and its head names what it fetches, every parameter and every column."""
    text = question.read_text("utf-8")
    head = "".join(line.removeprefix("--") for line in text.splitlines(keepends=True) if line.startswith("--"))
    told, parameters, columns = re.split(r"(?:Parameters|Columns)\b", head)
    asked = set(re.findall(r"(?<![\w:]):([a-z_]+)", re.sub(r"--.*|'[^']*'", "", text)))
    with closing(apsw.Connection(str(ingested([]).path))) as connection:
        given = [name for name, _ in apsw.ext.query_info(connection, text, dict.fromkeys(asked, "1")).description]

    assert told.strip()
    assert {name for name in asked if not re.search(rf"\b{name}\b", parameters)} == set()
    assert [name for name in given if not re.search(rf"\b{name}\b", columns)] == []


@pytest.mark.parametrize("question", [path for path in QUESTIONS if path.stem in FOUND], ids=lambda path: path.stem)
def test_no_table_is_read_whole(ingested: Ingested, question: Path) -> None:
    """Who is behind a key is answered as quickly out of a million sessions as out of ten: every row by an index."""
    text = question.read_text("utf-8")
    asked = re.findall(r":([a-z]+)", text)
    with closing(apsw.Connection(str(ingested([]).path))) as connection:
        steps = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {text}", dict.fromkeys(asked, ""))]
    read_whole = {step.split()[1] for step in steps if step.startswith("SCAN ")} - {"CONSTANT"}

    assert [step for step in steps if step.startswith("SEARCH ")]
    assert read_whole - FOUND[question.stem] == set()
