r"""Nothing hostile reaches a terminal raw: names in a trail are chosen by whoever made the call, attackers too.

What is shown as an escape (`\x1b`, `\u202e`): control characters and so terminal escapes and newlines, bidi marks and
overrides, zero-width and other invisible characters, spaces that only look like one, lone surrogates, and code points
that mean nothing. https://www.unicode.org/reports/tr36/ (sections 2.6 and 3.6)
"""

import re

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Python calls these printable, and a person sees nothing: fillers, variation selectors, the blank of Braille."""


def safe(text: str) -> str:
    """The text with every character that acts on a terminal, or hides, as a visible escape."""
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(map(_visible, text))


def safe_json(text: str) -> str:
    r"""JSON with the same characters as `\uXXXX`: the values stay what they are. Newlines between values stay."""
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(one if one == "\n" else _escaped(one) for one in text)


def _visible(one: str) -> str:
    if one.isprintable() and not _INVISIBLE.match(one):
        return one
    point = ord(one)
    return f"\\x{point:02x}" if point <= 0xFF else f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"  # noqa: PLR2004 -- widths of Python's escapes


def _escaped(one: str) -> str:
    if one.isprintable() and not _INVISIBLE.match(one):
        return one
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
