"""What a place to print on can show, and how rich's renderables become text for it."""

import io
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rich.console import RenderableType

_ENDLESS = 10_000
"""Columns of a file or pipe: nothing that was found is cut or wrapped there."""


class Screen(msgspec.Struct, frozen=True):
    """Width in columns (None: not a terminal, so nothing is wrapped) and whether colour is wanted."""

    width: int | None = None
    color: bool = False

    def text(self, renderable: "RenderableType") -> str:
        """The renderable as text; markup, emoji codes and numbers in it are not interpreted."""
        from rich.console import Console

        file = io.StringIO()
        console = Console(
            file=file,
            width=self.width or _ENDLESS,
            force_terminal=self.color,
            color_system="standard" if self.color else None,
            no_color=not self.color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )
        console.print(renderable, soft_wrap=self.width is None)
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines())
