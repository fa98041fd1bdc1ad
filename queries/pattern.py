"""Text that a person typed, for LIKE: its wildcards stand for themselves."""

import re

_WILD = re.compile(r"([\\%_])")


def literal(text: str) -> str:
    r"""The text as part of a LIKE pattern with `ESCAPE '\'`."""
    return _WILD.sub(r"\\\1", text)
