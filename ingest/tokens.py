"""Cutting session tokens out of record text, before anything of it is kept or shown."""

import re
from functools import lru_cache

KEPT_CHARACTERS = 11
CUT = b"...."

_SPACE = rb"(?:[ \t\r\n]|\\+[tnr])*+"
_WANTED = b"essionToken"
_BACKSLASH = ord("\\")


def cut_session_tokens(raw: bytes) -> bytes:
    r"""Give `raw` with every `"sessionToken":"…"` cut to 11 characters and `....`; all else byte for byte.

    At any depth, also in JSON held in strings of JSON (`\"sessionToken\":\"…\"`). An escape counts as one character
    and is never cut in two. A value of at most 11 characters, or one that ends in `....` already, stays as it is, so
    that cutting twice is cutting once. Text that is not whole JSON is cut all the same.
    """
    place = raw.find(_WANTED)
    if place < 0:
        return raw
    out: list[bytes] = []
    done = 0
    while place >= 0:
        found = _key().match(raw, _opening(raw, place))
        place += len(_WANTED)
        if found and found.start() >= done:
            out.append(raw[done : found.end()])
            token, cut = _token(raw, found.end(), len(found[1]).bit_length())
            out.append(cut)
            done = place = found.end() + len(token)
        place = raw.find(_WANTED, place)
    out.append(raw[done:])
    return b"".join(out)


def _opening(raw: bytes, place: int) -> int:
    """Where the quote before `sessionToken` stands, with the backslashes before it."""
    start = max(place - 2, 0)
    while start > 0 and raw[start - 1] == _BACKSLASH:
        start -= 1
    return start


def _token(raw: bytes, start: int, level: int) -> tuple[bytes, bytes]:
    """The value that begins at `start`, whole and cut; what AWS issues is plain text, and quick to cut."""
    end = raw.find(b'"', start)
    plain = raw[start : end if end >= 0 else len(raw)]
    if level == 0 and b"\\" not in plain and plain.isascii():
        short = len(plain) <= KEPT_CHARACTERS or plain.endswith(CUT)
        return plain, plain if short else plain[:KEPT_CHARACTERS] + CUT
    value, atom = _patterns(level)
    rest = value.match(raw, start)
    token = rest[0] if rest else b""
    return token, _cut(token, atom)


def _cut(token: bytes, atom: re.Pattern[bytes]) -> bytes:
    if token.endswith(CUT) or len(token) <= KEPT_CHARACTERS:
        return token
    end = 0
    for _ in range(KEPT_CHARACTERS):
        step = atom.match(token, end)
        if step is None:
            return token
        end = step.end()
    return token[:end] + CUT if end < len(token) else token


@lru_cache(maxsize=1)
def _key() -> re.Pattern[bytes]:
    """The key with its colon and opening quote; the same run of backslashes stands before each of the quotes."""
    return re.compile(rb'(\\*+)"[sS]essionToken(?<!\\)\1"' + _SPACE + rb":" + _SPACE + rb'\1"')


@lru_cache(maxsize=8)
def _patterns(level: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A whole value and one character of it, in JSON that is wrapped in `level` strings.

    There a quote ends the value if 2^level - 1 backslashes stand before it; one that belongs to the value has
    2^level more, and a backslash of the value is 2^(level + 1) of them.
    """
    step = 2**level
    atom = b"|".join(
        (
            rb"\\{1,%d}u[dD][89abAB][0-9a-fA-F]{2}\\{1,%d}u[dD][c-fC-F][0-9a-fA-F]{2}" % (step, step),
            rb"\\{1,%d}u[0-9a-fA-F]{4}" % step,
            rb"\\{%d}" % (2 * step),
            rb'\\{%d}"' % (2 * step - 1),
            rb'\\{1,%d}[^"\\]' % step,
            rb"[\xc0-\xff][\x80-\xbf]*",
            rb'[^"\\]',
        )
    )
    return re.compile(rb"(?:" + atom + rb")*+", re.DOTALL), re.compile(atom, re.DOTALL)
