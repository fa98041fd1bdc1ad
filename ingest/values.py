"""Reading a text value by value: JSON lines, values in a row, one long list, and what is left of a broken file.

Memory stays flat whatever the text's length: blocks of lines, or one value at a time; a list or an envelope that is
too long to hold, or broken somewhere, is entered and read element by element.
"""

import re
from collections.abc import Generator, Iterator

import msgspec
from msgspec import Raw

from ingest.envelopes import LIST_KEYS, Item, Place, sample, unwrap
from ingest.packing import Pieces
from ingest.source import Quarantined
from ingest.window import Broken, Window

_KEY = "|".join(LIST_KEYS).encode()
_ENVELOPE = re.compile(rb'"(?:' + _KEY + rb')"\s*:\s*[\[{]')
_BEGIN = re.compile(
    rb'\{\s*"(?:eventVersion|eventTime|eventName|eventID|eventSource|userIdentity|awsRegion'
    rb'|additionalEventData|EventId|CloudTrailEvent)"\s*:'
)
_RECORD = re.compile(rb"[,}\n]\s*(?=" + _BEGIN.pattern + rb")")
_STRAY = re.compile(rb'["}]\s*,\s*' + _BEGIN.pattern)
_LINES = msgspec.json.Decoder(Raw)
_LOOKED_AT = 65536
_MAX_DEPTH = 4
_TEXT_BYTES = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]")

Reading = Generator[Item, None, bool]


def read_values(window: Window, place: Place) -> Iterator[Item]:
    """Give every record in the text, each numbered by the line on which its value begins.

    What is broken is quarantined and reading goes on behind it, at the next value that begins a line at the same depth.
    """
    tried = -1
    while window.skip(commas=True) >= 0:
        if window.byte > tried:
            block, end = _block(window)
            tried = window.byte + len(window.data) - window.pos
            if block:
                line = window.line
                window.move(end)
                yield from unwrap(block, place, line)
                continue
        yield from _value(window, place)


def read_text(text: bytes, place: Place) -> Iterator[Item]:
    """Give every record in a text that is in memory, as `read_values` does."""
    return read_values(Window(Pieces(iter([text])), place.limits.max_line_bytes), place)


def _block(window: Window) -> tuple[list[Raw], int]:
    """The values on the lines that are whole in memory, if there is one on each, and where these lines end."""
    end = len(window.data) if window.ended else window.data.rfind(b"\n") + 1
    if end <= window.pos:
        return [], end
    view = memoryview(window.data)[window.pos : end]
    try:
        values = _LINES.decode_lines(view)
    except (msgspec.DecodeError, RecursionError):
        return [], end
    lines = window.data.count(b"\n", window.pos, end) + (window.data[end - 1] != _NEWLINE)
    return (values, end) if lines == len(values) else ([], end)


_NEWLINE = 10


def _value(window: Window, place: Place) -> Iterator[Item]:
    line = window.line
    indent = _indent(window)
    value = window.value()
    if isinstance(value, Raw):
        yield from unwrap([value], place, line)
        return
    following = re.compile(rb"\n" + indent + rb"(?=[{\[])|" + _RECORD.pattern)
    if not _can_enter(window):
        if not (value.cut and window.fault):
            yield _quarantined(window, place, line, value)
        window.leave(following)
    elif not (yield from _enter(window, place, line)) and not window.at(_BEGIN):
        window.leap(following)


def _indent(window: Window) -> bytes:
    """The spaces before `pos` on its line: values of the same depth begin so."""
    begin = window.data.rfind(b"\n", 0, window.pos) + 1
    before = window.data[begin : window.pos]
    return before if not before.strip(b" \t") else b""


def _quarantined(window: Window, place: Place, number: int, broken: Broken) -> Quarantined:
    start = window.data[window.pos : window.pos + 4096]
    reason = broken.reason if _TEXT_BYTES.match(start) else "binary data, not JSON"
    return Quarantined(place.source, f"{place.prefix}{number}, byte {broken.byte}", reason, sample(start))


def _can_enter(window: Window) -> bool:
    start = window.data[window.pos]
    return start == ord("[") or (
        start == ord("{") and window.ahead(_ENVELOPE, _LOOKED_AT) and window.has(_ENVELOPE, _LOOKED_AT)
    )


def _enter(window: Window, place: Place, number: int) -> Reading:
    """Read what a list or an envelope holds; true if its end was found, false where it could not be read on."""
    if window.data[window.pos] == ord("["):
        return (yield from _elements(window, place, place.inside(number), number))
    return (yield from _members(window, place, number))


def _elements(window: Window, around: Place, place: Place, outer: int) -> Reading:
    window.move(window.pos + 1)
    number, cut = 0, False
    while (byte := window.skip(commas=True)) >= 0:
        if byte == ord("]"):
            window.move(window.pos + 1)
            return True
        stray = byte in b'"}' and window.at(_STRAY)
        if byte == ord("}") and not stray:
            break
        number += 1
        if stray:
            broken = Broken(f"malformed JSON: a stray {chr(byte)} between records", window.byte)
            yield _quarantined(window, place, number, broken)
            window.move(window.pos + 1)
            continue
        value = window.value()
        if isinstance(value, Raw):
            yield from unwrap([value], place, number)
            continue
        if place.depth < _MAX_DEPTH and _can_enter(window):
            if not (yield from _enter(window, place, number)):
                return False
            continue
        if not (value.cut and window.fault):
            yield _quarantined(window, place, number, value)
        cut = cut or value.cut
        window.close(_RECORD)
    if not window.fault and not cut:
        yield around.quarantine(outer, "malformed JSON: a list without its end")
    return False


def _members(window: Window, place: Place, number: int) -> Reading:
    """Read an object member by member, entering those that hold lists of records."""
    window.move(window.pos + 1)
    while (byte := window.skip(commas=True)) >= 0:
        if byte == ord("}"):
            window.move(window.pos + 1)
            return True
        key = window.value() if byte == ord('"') else Broken("malformed JSON: expected a key", window.byte)
        if isinstance(key, Broken) or window.skip() != ord(":"):
            broken = key if isinstance(key, Broken) else Broken("malformed JSON: expected ':'", window.byte)
            yield _quarantined(window, place, number, broken)
            return False
        window.move(window.pos + 1)
        opening = window.skip()
        listed = bytes(key)[1:-1].decode("ascii", "replace") in LIST_KEYS
        if listed and opening in b"[{":
            if not (yield from _enter(window, place, number)):
                return False
            continue
        if opening < 0:
            break
        value = window.value()
        if isinstance(value, Broken):
            yield _quarantined(window, place, number, value)
            if not window.step_over():
                return False
    if not window.fault:
        yield place.quarantine(number, "malformed JSON: an object without its end")
    return False
