"""The questions that come with whodunnit, as a table."""

from collections.abc import Sequence

import msgspec

from lake.hunts import Hunt
from render.screen import Screen
from render.table import Form, format_table


class _Line(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    title: str


def format_hunts(found: Sequence[Hunt], form: Form, screen: Screen) -> str:
    """Name and title of each, in the form asked for."""
    return format_table([_Line(one.name, one.title) for one in found], _Line, form, screen)
