"""Answers that are tables: rows of one msgspec struct as text, JSON, JSON lines or CSV.

Columns are the struct's fields under their JSON names, in order.
"""

import csv
import io
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from render.safe import safe, safe_json
from render.screen import Screen

Form = Literal["text", "json", "jsonl", "csv"]

_GAP = 2
_WRAPS_FROM = 24
"""Cells up to this width stay whole: ids of keys and times are 20 characters."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the full-width forms of the first, which some spreadsheets take for the same."""


def format_table(rows: Sequence[msgspec.Struct], kind: type[msgspec.Struct], form: Form, screen: Screen) -> str:
    """Rows of `kind` in the form asked for; no rows: '' as text and JSON lines, `[]` as JSON, the header as CSV."""
    if form == "text":
        return format_text(rows, kind, screen)
    if form == "csv":
        return format_csv(rows, kind)
    return format_json(rows) if form == "json" else format_jsonl(rows)


def format_text(rows: Sequence[msgspec.Struct], kind: type[msgspec.Struct], screen: Screen) -> str:
    """Rows under a header, aligned; columns without any value are left out.

    On a terminal long cells wrap, ids and times never do: where they have no room side by side, each row becomes a
    paragraph of names and values.
    """
    if not rows:
        return ""
    cells = [[safe(cell) for cell in _cells(row)] for row in rows]
    kept = [at for at in range(len(_columns(kind))) if any(line[at] for line in cells)]
    names = [_columns(kind)[at] for at in kept]
    lines = [[line[at] for at in kept] for line in cells]
    widths = [max(map(len, column)) for column in zip(names, *lines, strict=True)]
    if screen.width and sum(min(width, _WRAPS_FROM) + _GAP for width in widths) > screen.width:
        return _paragraphs(names, lines, screen)
    return _aligned(names, lines, widths, screen)


def _aligned(names: list[str], lines: list[list[str]], widths: list[int], screen: Screen) -> str:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    for name, width in zip(names, widths, strict=True):
        short = screen.width is None or width <= _WRAPS_FROM
        table.add_column(name, overflow="fold", no_wrap=short, min_width=min(width, _WRAPS_FROM))
    for line in lines:
        table.add_row(*map(Text, line))
    return screen.text(table)


def _paragraphs(names: list[str], lines: list[list[str]], screen: Screen) -> str:
    """A paragraph a row, broken between cells; a cell wider than the screen is folded."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts = []
    for line in lines:
        row = Text(overflow="fold")
        used = 0
        for name, cell in zip(names, line, strict=True):
            if not cell:
                continue
            size = len(name) + 1 + len(cell) + _GAP
            if used and used + size > (screen.width or 0):
                row.append("\n    ")
                used = len("    ")
            row.append(name, "dim").append(f" {cell}").append(" " * _GAP)
            used += size
        parts.append(Padding(row, (0, 0, 1, 0)))
    return screen.text(Group(*parts)).rstrip("\n")


def format_json(rows: Sequence[msgspec.Struct]) -> str:
    """One array, indented."""
    return safe_json(msgspec.json.format(msgspec.json.encode(list(rows)), indent=2).decode())


def format_jsonl(rows: Sequence[msgspec.Struct]) -> str:
    """One object a line."""
    return "\n".join(safe_json(msgspec.json.encode(row).decode()) for row in rows)


def format_csv(rows: Sequence[msgspec.Struct], kind: type[msgspec.Struct]) -> str:
    """A header and rows; a cell that a spreadsheet would take for a formula begins with `'`.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_inert, _columns(kind)))
    writer.writerows([_number(value) or _inert(_cell(value)) for value in _values(row)] for row in rows)
    return file.getvalue()


def _columns(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return kind.__struct_encode_fields__


def _cells(row: msgspec.Struct) -> list[str]:
    return [_cell(value) for value in _values(row)]


def _values(row: msgspec.Struct) -> list[Any]:
    return [getattr(row, field) for field in row.__struct_fields__]


def _number(value: Any) -> str:  # noqa: ANN401 -- whatever a row holds
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cell(value: Any) -> str:  # noqa: ANN401 -- whatever a row holds
    """One value as a person reads it: lists with commas, mappings as key=value, nothing for None and what is unset."""
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_cell, value))
    if isinstance(value, dict):
        return ", ".join(f"{_cell(key)}={_cell(inner)}" for key, inner in value.items())
    says_itself = isinstance(value, int | float) or "__str__" in vars(type(value))
    return str(value) if says_itself else msgspec.json.encode(value).decode()


def _inert(cell: str) -> str:
    return safe(f"'{cell}" if cell.startswith(_FORMULA) else cell)
