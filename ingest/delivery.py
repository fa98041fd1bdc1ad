"""A native delivery file, `{"Records":[…]}`, read in one pass: heads at once, the text of a record only when asked."""

from typing import Any, Generic, TypeVar

import msgspec

from ingest.record import Head
from ingest.source import Chunk

_NEAR = 6144
_FEW = 8
"""Records that are looked for one by one; from there on it is quicker to cut out all of them."""

_OPENING = b'{"eventVersion"'
_NEXT = b"}," + _OPENING
_END = b"]}"


class _Heads(msgspec.Struct, gc=False):
    Records: list[Head]


class _Raws(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw]


_decode_heads = msgspec.json.Decoder(_Heads).decode
_decode_raws = msgspec.json.Decoder(_Raws).decode
_decode_head = msgspec.json.Decoder(Head).decode


H = TypeVar("H")
"""A `Head`, or what has its fields and more."""


class Delivery(Chunk, Generic[H]):
    """The records of a delivery file that all have a head; few are ever asked for their text, so it is found then."""

    __slots__ = ("_asked", "_records", "heads", "text")

    def __init__(self, source: str, text: bytes, heads: list[H]) -> None:
        """Keep the text that the heads were decoded from."""
        super().__init__(source, [])
        self.heads = heads
        self.text = text
        self._records: list[msgspec.Raw] | None = None
        self._asked = 0

    @property
    def records(self) -> list[msgspec.Raw]:
        """The text of every record, cut out the slow way."""
        if self._records is None:
            self._records = _decode_raws(self.text).Records
        return self._records

    def raw(self, index: int) -> msgspec.Raw:
        """The text of the record at `index`."""
        self._asked += 1
        few = self._records is None and self._asked <= _FEW
        return (self._found(index) if few else None) or self.records[index]

    def _found(self, index: int) -> msgspec.Raw | None:
        """The record that bears the head's id, if it stands between others as CloudTrail writes them and says so.

        Records of a file are of much the same length, so it is looked for where it should be first.
        """
        text = self.text
        head: Any = self.heads[index]
        if not head.eventID:
            return None
        sought, about = head.eventID.encode("utf-8", "surrogatepass"), len(text) * index // len(self.heads)
        place = text.find(sought, max(0, about - _NEAR), about + _NEAR)
        place = place if place >= 0 else text.find(sought)
        start = text.rfind(_OPENING, 0, place) if place >= 0 else -1
        if start < 0:
            return None
        end = text.find(_NEXT, place) + 1 or text.rfind(_END, place)
        raw = msgspec.Raw(text[start:end].rstrip())
        return raw if _same(raw, head) else None


def delivery(source: str, text: bytes) -> Delivery[Head] | None:
    """The delivery file that `text` is; None where it is none, or one of its records cannot be read as such."""
    try:
        heads = _decode_heads(text).Records
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Delivery(source, text, heads)


def _same(raw: msgspec.Raw, head: Any) -> bool:  # noqa: ANN401 (an H)
    try:
        found = _decode_head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return _told(found) == _told(head)


def _told(head: Any) -> tuple[object, ...]:  # noqa: ANN401 (an H)
    return head.eventID, head.eventTime, head.eventSource, head.eventName, bytes(head.userIdentity)
