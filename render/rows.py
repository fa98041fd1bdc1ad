"""Rows of answers whose columns only the question knows."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec


def row_type(columns: Sequence[str]) -> type[msgspec.Struct]:
    """A struct with a field for each column, under the column's name; of equal names the later ones get a number."""
    met: Counter[str] = Counter()
    names = []
    for column in columns:
        met[column] += 1
        names.append(column if met[column] == 1 else f"{column}_{met[column]}")
    fields = [f"column_{number}" for number in range(len(names))]
    return msgspec.defstruct("Row", [(field, Any) for field in fields], rename=dict(zip(fields, names, strict=True)))
