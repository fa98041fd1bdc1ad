"""Rows of answers whose columns only the question knows."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_INSTEAD = {'"': "'", "\\": "/"}


def row_type(columns: Sequence[str]) -> type[msgspec.Struct]:
    """A struct with a field for each column, under the column's name; of equal names the later ones get a number.

    Quotes, backslashes and the like, which DuckDB puts into names of expressions, become what no format has to escape.
    """
    met: Counter[str] = Counter()
    names = []
    for column in (_ESCAPED.sub(lambda found: _INSTEAD.get(found[0], " "), one) for one in columns):
        met[column] += 1
        names.append(column if met[column] == 1 else f"{column}_{met[column]}")
    fields = [f"column_{number}" for number in range(len(names))]
    return msgspec.defstruct("Row", [(field, Any) for field in fields], rename=dict(zip(fields, names, strict=True)))
