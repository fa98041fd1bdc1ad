import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]

QUESTIONS = sorted((Path(__file__).resolve().parents[2] / "queries").glob("*.sql"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_the_head_says_all_of_it(ingested: Ingested, question: Path) -> None:
    """Each question runs as it is, and its head names what it fetches, every parameter and every column."""
    text = question.read_text("utf-8")
    head = "".join(line.removeprefix("--") for line in text.splitlines(keepends=True) if line.startswith("--"))
    told, parameters, columns = re.split(r"(?:Parameters|Columns)\b", head)
    asked = set(re.findall(r"(?<![\w:]):([a-z_]+)", re.sub(r"--.*|'[^']*'", "", text)))
    with closing(sqlite3.connect(ingested([]).path)) as connection:
        cursor = connection.execute(text, dict.fromkeys(asked, "1"))
        given = [column[0] for column in cursor.description]

    assert told.strip()
    assert {name for name in asked if not re.search(rf"\b{name}\b", parameters)} == set()
    assert [name for name in given if not re.search(rf"\b{name}\b", columns)] == []
