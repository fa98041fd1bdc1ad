"""From an opened object to its records: the fast path for what CloudTrail delivers, the careful one for all else."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec

from ingest.delivery import Delivery, delivery
from ingest.envelopes import CATEGORIES, Item, Place, unwrap
from ingest.errors import UnreadableSource
from ingest.limits import HELD_BYTES, PIECE_BYTES, Limits
from ingest.packing import GZIP, Text, texts
from ingest.record import Head
from ingest.source import Chunk, Object, PassedOver, Quarantined, Source, passed_over_kind
from ingest.values import read_values
from ingest.window import Window

Whole = Callable[[str, bytes], Chunk | None]
"""Gives all records of the object of this name and text, None if it is no delivery file or has something odd in it."""


class _Native(msgspec.Struct):
    """A delivery file, `{"Records":[…]}`."""

    Records: list[msgspec.Raw]


_NATIVE = msgspec.json.Decoder(_Native)
_NO_RECORDS = tuple(map(msgspec.Raw, CATEGORIES))
_LITTLE = 4096
_EMPTY = "empty: nothing is in it"


def read_from(source: Source, item: Object, limits: Limits, whole: Whole | None = None) -> Iterator[Item]:
    """Open one object and read it; an object that cannot be opened is quarantined as a whole."""
    try:
        stream = source.open(item)
    except UnreadableSource as error:
        yield Quarantined(item.name, "", str(error))
        return
    with stream:
        yield from read(item, stream, limits, whole)


def read(item: Object, stream: BinaryIO, limits: Limits, whole: Whole | None = None) -> Iterator[Item]:
    """Give all that an object holds: chunks of records, what was passed over, what could not be read.

    `whole` decodes a delivery file of the usual kind in one go, to heads unless it is given.

    Plain, gzip (with any number of members) and zip, alone or in each other, are told by content; so are UTF-16 and
    the envelopes. Nothing that an object holds raises: it is quarantined, with the place (`record 3`; `line 7` for a
    value that begins there; `byte 512` of the expanded text) and the reason, and reading goes on behind it. So is an
    object of nothing at all: CloudTrail delivers none, so something was lost on the way. An empty list is no loss.
    """
    if kind := passed_over_kind(item.name):
        yield PassedOver(item.name, "", kind)
        return
    try:
        head = _head(stream, item.size)
    except OSError as error:
        yield Quarantined(item.name, "", f"cannot be read: {(error.strerror or str(error)).lower()}")
        return
    text = _expanded(head, limits)
    if found := (whole or _delivered)(item.name, text):
        yield found
        return
    native = _native(text)
    if native is None:
        yield from _carefully(item, stream, text or head, limits)
    else:
        yield from unwrap(native, Place(item.name, "record ", limits))


def _head(stream: BinaryIO, size: int) -> bytes:
    """All of a small object, or a little more than that of a larger one, also from streams that give less at once.

    Room is made for all that is asked for, so no more is asked for than the object's size gives reason to.
    """
    head = stream.read(min(size or PIECE_BYTES, HELD_BYTES) + 1)
    ask = _LITTLE
    while 0 < len(head) <= HELD_BYTES and (more := stream.read(min(ask, HELD_BYTES + 1 - len(head)))):
        head += more
        ask = PIECE_BYTES
    return head


def _delivered(name: str, text: bytes) -> Delivery[Head] | None:
    """The text as a delivery file of which every record has a head, and is one of CloudTrail's records."""
    found = delivery(name, text)
    # S3, Kinesis and DynamoDB notices come in the same envelope, by themselves; their sources begin so.
    if found is None or not found.heads or found.heads[0].eventSource.startswith("aws:"):
        return None
    return None if any(head.eventCategory in _NO_RECORDS for head in found.heads) else found


def _native(text: bytes) -> list[msgspec.Raw] | None:
    """The elements of a delivery file; None for all else."""
    try:
        return _NATIVE.decode(text).Records
    except (msgspec.DecodeError, RecursionError):
        return None


def _expanded(head: bytes, limits: Limits) -> bytes:
    """A small object's text in one go, if it is plain or one whole gzip member within the limits, else nothing."""
    if len(head) > HELD_BYTES:
        return b""
    if not head.startswith(GZIP):
        return head
    from isal import isal_zlib
    from isal.igzip_lib import IsalError

    most = min(HELD_BYTES, limits.max_object_bytes, max(limits.ratio_from_bytes, len(head) * limits.max_ratio))
    inflate = isal_zlib.decompressobj(wbits=31)
    try:
        text = inflate.decompress(head, most + 1)
    except IsalError:  # type: ignore[misc]  # its stub does not say that it is an exception
        return b""
    return text if inflate.eof and not inflate.unused_data and len(text) <= most else b""


def _carefully(item: Object, stream: BinaryIO, head: bytes, limits: Limits) -> Iterator[Item]:
    empty = True
    for text in texts(stream, head, limits):
        empty = False
        if text.kind:
            yield PassedOver(item.name, text.place.removesuffix(", "), text.kind)
        else:
            yield from _text(item, text, limits)
    if empty:
        yield Quarantined(item.name, "", _EMPTY)


def _text(item: Object, text: Text, limits: Limits) -> Iterator[Item]:
    window = Window(text.pieces, limits.max_line_bytes)
    if window.skip() < 0 and not window.fault:
        yield Quarantined(item.name, text.place.removesuffix(", "), _EMPTY)
        return
    yield from read_values(window, Place(item.name, f"{text.place}line ", limits))
    if window.fault:
        yield Quarantined(item.name, f"{text.place}byte {window.byte}", window.fault)
