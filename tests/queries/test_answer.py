import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from queries.answer import STRENGTH, Answer, Candidate, Evidence, Hop, Minted, Origin, Place, Sighting, Stop, Warned
from queries.answer import Kind as OriginKind
from queries.warn import Kind

PAGE = (Path(__file__).resolve().parents[2] / "docs/who.md").read_text("utf-8")


def keys_of(shape: type[msgspec.Struct]) -> list[str]:
    """A struct's keys in JSON, in order."""
    return [field.encode_name for field in msgspec.structs.fields(shape)]


def rows(heading: str) -> list[str]:
    """The words in backticks in the first column of the table under a heading ('' for the page's first)."""
    part = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    section = part[0] if not heading else next(one for one in part if one.startswith(f"{heading}\n"))
    table = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")][1:]
    return [word for cell in table for word in re.findall(r"`([^`]+)`", cell)]


def test_the_page_names_every_key_in_order() -> None:
    """docs/who.md has a row for each key of an answer, in the order in which they come."""
    assert rows("") == keys_of(Answer)


@pytest.mark.parametrize("shape", [Hop, Minted, Warned, Origin, Candidate, Sighting, Place])
def test_the_page_names_the_keys_inside(shape: type[msgspec.Struct]) -> None:
    """What is inside of a key is spelled out, in its order."""
    assert "{" + ", ".join(keys_of(shape)) + "}" in PAGE


def test_the_page_names_every_word() -> None:
    """Each warning, stop, evidence and kind of origin has its row, and no other has."""
    assert rows("Warnings") == list(get_args(Kind))
    assert sorted(rows("Stops")) == sorted(get_args(Stop))
    assert rows("Evidence") == list(get_args(Evidence)) == list(STRENGTH)
    assert {word for word in rows("Origins") if word != "Kind"} == set(get_args(OriginKind))
