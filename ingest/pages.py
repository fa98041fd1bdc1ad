"""Reading the answers of AWS's `list` and `get` calls: pages with lists in them, element by element.

Memory stays flat: lists are entered, and only one element is held at a time.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from ingest.limits import Limits
from ingest.packing import Text
from ingest.quarantine import Quarantined
from ingest.window import Broken, Window

_NEXT = re.compile(rb"\n(?=[{\[])")
_MAX_DEPTH = 4
_OBJECT, _OBJECT_END, _LIST, _LIST_END, _QUOTE, _COLON = b'{}[]":'
_REPORT = b"user,arn,"


class Element(msgspec.Struct, frozen=True):
    """One element of the list of that name: where it stands, and its JSON text."""

    source: str
    position: str
    list: str
    value: msgspec.Raw


def elements(text: Text, source: str, lists: Sequence[str], limits: Limits) -> Iterator[Element | Quarantined]:
    """Give each element of the named lists; other members of a page are passed over.

    Pages may follow each other or stand in arrays. An element that is broken is quarantined alone if its brackets
    close, else the page from there on, and reading goes on with the next that begins a line; a value without any of
    the lists is quarantined, as is a text without any value, so that a wrong file is never taken for one that has
    nothing to say.
    """
    if not text.kind:
        yield from _Pages(text, source, lists, limits).elements()
    elif text.kind != "metadata":
        yield Quarantined(source, text.place.removesuffix(", "), f"not an answer of AWS's but {text.kind}")


class _Torn(Exception):  # inside this module only: it ends as a `Quarantined`
    """A value cannot be read on."""


class _Pages:
    """Walks one text."""

    def __init__(self, text: Text, source: str, lists: Sequence[str], limits: Limits) -> None:
        """Begin at the front."""
        self._window = Window(text.pieces, limits.max_line_bytes)
        self._source = source
        self._place = text.place
        self._wanted = frozenset(lists)
        self._met: set[str] = set()

    def elements(self) -> Iterator[Element | Quarantined]:
        window = self._window
        empty = True
        while window.skip(commas=True) >= 0:
            empty, line = False, window.line
            self._met.clear()
            if window.data.startswith(_REPORT, window.pos):
                yield self._quarantined(line, "a credential report, which shows no ids of users or keys")
                return
            try:
                yield from self._value("", f"{self._place}line {line}", 0)
            except _Torn as error:
                if not window.fault:
                    yield self._quarantined(line, f"{error}; the rest of this value was not read")
                window.leap(_NEXT)
                continue
            if not self._met & self._wanted:
                yield self._quarantined(line, self._unknown())
        if window.fault:
            yield Quarantined(self._source, f"{self._place}byte {window.byte}", window.fault)
        elif empty:
            yield Quarantined(self._source, self._place.removesuffix(", "), f"empty: no {self._names()}")

    def _value(self, name: str, position: str, depth: int) -> Iterator[Element | Quarantined]:
        window = self._window
        opening = window.data[window.pos]
        if opening == _LIST and depth < _MAX_DEPTH:
            yield from self._listed(name, depth)
        elif opening == _OBJECT and not name:
            yield from self._members(position, depth)
        else:
            value = window.value()
            if isinstance(value, Broken):
                reason = f"{value.reason} (byte {value.byte})"
                if not window.step_over():
                    raise _Torn(reason)
                yield Quarantined(self._source, position, reason)
            elif name in self._wanted:
                yield Element(self._source, position, name, value)

    def _listed(self, name: str, depth: int) -> Iterator[Element | Quarantined]:
        window = self._window
        window.move(window.pos + 1)
        number = 0
        while (byte := window.skip(commas=True)) != _LIST_END:
            if byte < 0 or byte == _OBJECT_END:
                raise _Torn(f"malformed JSON: a list without its end (byte {window.byte})")
            number += 1
            place = f"{self._place}line {window.line}"
            yield from self._value(name, f"{place}, {name} {number}" if name else place, depth + 1)
        window.move(window.pos + 1)

    def _members(self, position: str, depth: int) -> Iterator[Element | Quarantined]:
        window = self._window
        window.move(window.pos + 1)
        while (byte := window.skip(commas=True)) != _OBJECT_END:
            key = window.value() if byte == _QUOTE else None
            if not isinstance(key, msgspec.Raw) or window.skip() != _COLON:
                raise _Torn(f"malformed JSON: an object is cut short or lacks a key (byte {window.byte})")
            window.move(window.pos + 1)
            if window.skip() < 0:
                raise _Torn(f"malformed JSON: cut short (byte {window.byte})")
            name = bytes(key).decode("utf-8", "replace")[1:-1] or "?"
            self._met.add(name)
            yield from self._value(name, f"{position}, {name}", depth)
        window.move(window.pos + 1)

    def _unknown(self) -> str:
        if "ReportFormat" in self._met:
            return "a credential report, which shows no ids of users or keys"
        return f"not an IAM baseline: no {self._names()}"

    def _names(self) -> str:
        return ", ".join(sorted(self._wanted))

    def _quarantined(self, line: int, reason: str) -> Quarantined:
        return Quarantined(self._source, f"{self._place}line {line}", reason)
