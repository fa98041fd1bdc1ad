"""Values on their way into Neo4j and back: long texts are cut for its indexes, times and flags are read as SQLite's.

A long text stands in the graph cut, with its hash, so that it is one and the same whenever it comes; whole it stands in
a `LongText` beside the graph.
"""

import hashlib
import re
from typing import Any

import msgspec
from neo4j.time import DateTime

Row = tuple[Any, ...]
Texts = dict[str, str]
"""Long texts by what stands for them."""

_LONGEST = 600
"""Characters of a text that an index surely takes: three of them, in whatever script, stay below its 8 kB."""

_CUT = re.compile(r".*…[0-9a-f]{32}", re.DOTALL)
_CUT_LENGTH = _LONGEST + 1 + 32


def cut(row: Row, texts: Texts) -> Row:
    """A row whose texts an index takes; the whole of those that are cut goes into `texts`."""
    for value in row:
        if value.__class__ is str and len(value) > _LONGEST:
            return tuple([short(value, texts) if isinstance(value, str) else value for value in row])
    return row


def short(text: str, texts: Texts) -> str:
    """A text that an index takes: itself, or how it begins with its hash, and then the whole goes into `texts`."""
    if len(text) <= _LONGEST:
        return text
    short = f"{text[:_LONGEST]}…{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
    texts[short] = text
    return short


def parameter(value: str | int | list[str] | None) -> str | int | list[str] | None:
    """A question's parameter as the graph has it."""
    if isinstance(value, list):
        return [short(one, {}) for one in value]
    return short(value, {}) if isinstance(value, str) else value


def plain(value: Any, cuts: set[str]) -> Any:  # noqa: ANN401 (whatever Cypher gives)
    """A value as SQLite has it; texts that stand for longer ones are noted in `cuts`."""
    if isinstance(value, str):
        if len(value) == _CUT_LENGTH and _CUT.fullmatch(value):
            cuts.add(value)
        return value
    if isinstance(value, DateTime):
        return value.iso_format()[:19] + "Z"
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return [plain(one, cuts) for one in value]
    if isinstance(value, dict):
        return {name: plain(one, cuts) for name, one in value.items()}
    return value


def restored(value: Any, texts: Texts) -> Any:  # noqa: ANN401 (whatever Cypher gives)
    """A plain value, with the texts that stand for longer ones as long as they were."""
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list):
        return [restored(one, texts) for one in value]
    if isinstance(value, dict):
        return {name: restored(one, texts) for name, one in value.items()}
    return value


def column(value: Any) -> Any:  # noqa: ANN401 (whatever Cypher gives)
    """A restored value as SQLite gives it in a column: what is no single value, as JSON."""
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value
