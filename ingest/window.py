"""A window that slides over a text of any length and cuts JSON values out of it.

Where a value ends is found by msgspec at its own speed: decoding it together with what follows fails with "trailing
characters (byte N)". Only what is broken, or too long to hold, is walked through bracket by bracket.
"""

import re

import msgspec

from ingest.limits import PIECE_BYTES
from ingest.packing import Pieces

_SPACE = re.compile(rb"[ \t\r\n]*")
_BETWEEN = re.compile(rb"(?:[ \t\r\n,\x1e]|\xef\xbb\xbf)*")
_BOM = b"\xef\xbb\xbf"
_BEHIND = re.compile(rb"[ \t,\x1e]*(?:[\r\n{\[]|$)")
_PLACE = re.compile(r" \(byte (\d+)\)$")
_OUTSIDE = re.compile(rb'["{}\[\]]')
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\\n]|\\.)*+"|[{}\[\]]', re.DOTALL)
_INSIDE = re.compile(rb'"|\\.', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_KEPT = 4096
_SIGN_BYTES = 256
_OPENING = b'{["'
_AFTER_WORD = re.compile(rb"(?=[,{}\[\]\n])")
_QUOTE = ord('"')
_OPENS = {ord("{"): ord("}"), ord("["): ord("]")}
_VALUE = msgspec.json.Decoder(msgspec.Raw)


class Broken(msgspec.Struct, frozen=True):
    """A value that cannot be cut out: why, and at which byte of the whole text; `cut` if the text ends inside it."""

    reason: str
    byte: int
    cut: bool = False


class Window:
    """The part of a text that is in memory: `data` from `pos` on is still to be read; `line` is where `pos` stands."""

    def __init__(self, pieces: Pieces, max_value_bytes: int) -> None:
        """Begin at the front; no value longer than `max_value_bytes` is held."""
        self._pieces = pieces
        self._max = max_value_bytes
        self._base = 0
        self._looked = 0
        self._open_up_to = 0
        self.data = b""
        self.pos = 0
        self.line = 1
        self.ended = False

    @property
    def fault(self) -> str:
        """Why the text ended too soon; empty if it did not, or has not yet."""
        return self._pieces.fault

    @property
    def byte(self) -> int:
        """Offset of `pos` in the whole text."""
        return self._base + self.pos

    def more(self) -> bool:
        """Read on, letting go of what was passed; false at the end of the text."""
        wanted = max(PIECE_BYTES, len(self.data) - self.pos)
        parts = [self.data[self.pos :]] if self.pos < len(self.data) else []
        read = 0
        while read < wanted and (piece := self._pieces.next()):
            parts.append(piece)
            read += len(piece)
        self._base += self.pos
        self.data = b"".join(parts)
        self.pos = 0
        self.ended = read < wanted
        return read > 0

    def move(self, pos: int) -> None:
        """Go on to `pos`, counting lines."""
        self.line += self.data.count(b"\n", self.pos, pos)
        self.pos = pos

    def skip(self, *, commas: bool = False) -> int:
        """Pass over white space; give the byte that follows, -1 at the end of the text.

        With `commas` over all that may stand between values: a byte order mark does where files were joined.
        """
        pattern = _BETWEEN if commas else _SPACE
        while True:
            found = pattern.match(self.data, self.pos)
            self.move(found.end() if found else self.pos)
            rest = len(self.data) - self.pos
            if rest >= len(_BOM) or (rest and (self.ended or self.data[self.pos] != _BOM[0])):
                return self.data[self.pos]
            if not self.more() and not rest:
                return -1

    def ahead(self, sign: re.Pattern[bytes], count: int) -> bool:
        """Whether `sign` (of at most 256 bytes, always the same) is in the next `count` bytes that are in memory.

        What was looked through before is not looked through again: a text may hold a million broken values.
        """
        begin = max(self.byte, self._looked)
        near = self._base + min(self.pos + count, len(self.data))
        found = sign.search(self.data, begin - self._base, near - self._base)
        self._looked = self._base + found.start() if found else max(begin, near - _SIGN_BYTES)
        return found is not None

    def at(self, sign: re.Pattern[bytes]) -> bool:
        """Whether `sign` (of at most 256 bytes) begins at `pos`."""
        if len(self.data) - self.pos < _SIGN_BYTES and not self.ended:
            self.more()
        return sign.match(self.data, self.pos) is not None

    def has(self, member: re.Pattern[bytes], count: int) -> bool:
        """Whether the object at `pos` itself, not one inside of it, has such a member within `count` bytes."""
        due = bytearray()
        for found in _STRING_OR_BRACKET.finditer(self.data, self.pos, self.pos + count):
            mark = found[0][0]
            if mark in _OPENS:
                due.append(_OPENS[mark])
            elif mark == _QUOTE:
                if len(due) == 1 and member.match(self.data, found.start()):
                    return True
            elif not due or due.pop() != mark or not due:
                return False
        return False

    def value(self) -> msgspec.Raw | Broken:
        """Cut out the value that begins at `pos` and move behind it; if it is broken, stay where it begins."""
        while True:
            found = self._try()
            if found is not None:
                return found
            if len(self.data) - self.pos > self._max:
                return Broken(f"a JSON value of more than {self._max:,} bytes", self.byte)
            self.more()

    def leap(self, following: re.Pattern[bytes]) -> None:
        """Move behind the next match (of at most 4 KiB) that is behind `pos`, else to the text's end."""
        start = self.pos + 1
        while not (found := following.search(self.data, start)):
            self.move(max(self.pos, len(self.data) - _KEPT))
            if not self.more():
                self.move(len(self.data))
                return
            start = 0
        self.move(found.end())

    def close(self, following: re.Pattern[bytes]) -> None:
        """Move behind the broken or overlong element at `pos`, or behind `following`, whichever comes first."""
        self._hold()
        if self.data[self.pos] not in _OPENING:
            self.leap(_AFTER_WORD)
        elif not self._closed(following):
            self._walk(following)

    def leave(self, following: re.Pattern[bytes]) -> None:
        """Move behind the broken value at `pos` if its brackets close and others may begin there, else leap."""
        self._hold()
        if self.data[self.pos] not in _OPENS or not self._closed(following, _BEHIND):
            self.leap(following)

    def step_over(self) -> bool:
        """Move behind the broken value at `pos` if its brackets or quotes close; whether they did."""
        self._hold()
        end = self._end() if self.data[self.pos] in _OPENING else -1
        self.move(max(self.pos, end))
        return end > 0

    def _hold(self) -> None:
        while not self.ended and len(self.data) - self.pos < PIECE_BYTES:
            self.more()

    def _closed(self, following: re.Pattern[bytes], behind: re.Pattern[bytes] = _SPACE) -> bool:
        """Move behind what is in memory of `following`, or else behind the value, if it ends there with `behind`."""
        end = self._end()
        found = following.search(self.data, self.pos + 1, end if end > 0 else len(self.data))
        if found:
            self.move(found.end())
        elif end > 0 and behind.match(self.data, end):
            self.move(end)
        else:
            return False
        return True

    def _end(self) -> int:
        """As `_balanced`; what was looked through for an end in vain is not looked through again."""
        if self.byte < self._open_up_to:
            return -1
        end = self._balanced()
        if end < 0:
            self._open_up_to = self._base + len(self.data)
        return end

    def _try(self) -> msgspec.Raw | Broken | None:
        """Cut out the value at `pos` if what is in memory decides about it; None if more must be read."""
        nested = self.data[self.pos] in _OPENING
        try:
            raw = _VALUE.decode(memoryview(self.data)[self.pos :])
        except msgspec.DecodeError as error:
            message, place = _split(str(error))
            if message.endswith("trailing characters"):
                return self._cut(self.pos + place - 1)
            if "truncated" not in message:
                return Broken(f"malformed JSON: {message}", self.byte + max(place, 0))
            # msgspec calls a lone surrogate truncated as well: there the brackets do close.
            if nested and _SURROGATE.search(self.data, self.pos) and self._balanced() > 0:
                return Broken("malformed JSON: a lone surrogate or a broken escape", self.byte)
            return Broken("malformed JSON: cut short", self.byte, cut=True) if self.ended else None
        except RecursionError:
            return Broken("JSON nested too deep", self.byte)
        if not nested and not self.ended:
            return None  # a number may go on in the next piece
        self.move(len(self.data))
        return raw

    def _cut(self, end: int) -> msgspec.Raw:
        raw = msgspec.Raw(self.data[self.pos : end].rstrip())
        self.move(end)
        return raw

    def _balanced(self) -> int:
        """Where the value at `pos` ends by its brackets, in what is in memory; -1 if they do not match up."""
        due = bytearray()
        pos, inside = self.pos, False
        while found := (_INSIDE if inside else _OUTSIDE).search(self.data, pos):
            mark, pos = found[0][0], found.end()
            if mark == _QUOTE:
                inside = not inside
            elif mark in _OPENS:
                due.append(_OPENS[mark])
            elif not inside and (not due or due.pop() != mark):
                return -1
            if not due and not inside:
                return pos
        return -1

    def _walk(self, following: re.Pattern[bytes]) -> None:
        """Move behind the value at `pos` by counting brackets, holding nothing of it, or behind `following`."""
        depth, inside, stop = 0, False, -1
        while True:
            found = (_INSIDE if inside else _OUTSIDE).search(self.data, self.pos)
            if stop >= 0 and (found is None or found.start() >= stop):
                self.move(stop)
                return
            if found is None:
                # A backslash at the very end belongs to the byte that comes next.
                self.move(len(self.data) - (inside and self.data.endswith(b"\\")))
                if not self.more():
                    self.move(len(self.data))
                    return
                after = following.search(self.data)
                stop = after.end() if after else -1
                continue
            self.move(found.end())
            mark = found[0][0]
            inside ^= mark == _QUOTE
            depth += 0 if inside else (mark in _OPENS) - (mark in _OPENS.values())
            if depth <= 0 and not inside:
                return


def _split(message: str) -> tuple[str, int]:
    """A message of msgspec's without its place, and the place (-1 if it has none)."""
    found = _PLACE.search(message)
    text = message.removeprefix("JSON is malformed: ")
    return (text, -1) if found is None else (text[: -len(found[0])], int(found[1]))
