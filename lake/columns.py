"""Records to columns and back: what goes in comes out again, field by field, but for session tokens that are cut."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import Raw

from ingest.delivery import Delivery
from ingest.envelopes import CATEGORIES
from ingest.record import Head, event_id
from ingest.source import Chunk
from ingest.times import instant
from ingest.tokens import cut_session_tokens
from lake.schema import CLOUDTRAIL, FLAG, JSON, MAP, OTHER, RECORD, TEXT, Shape

_NONE = Raw(b"")
_NULL = b"null"
_NOT_RECORDS = frozenset(map(msgspec.json.decode, CATEGORIES))
_ID, _TIME, _CATEGORY = attrgetter("eventID"), attrgetter("eventTime"), attrgetter("eventCategory")
_UNNAMED = "sha256:"
"""How the eventID that a record has not begins (`ingest.record.event_id`)."""

_ABSENT: Any = None
"""Of a field that is not there; one that is null has no room in a `Line`, so that the two stay apart."""


class Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A record of which all fields are known and of CloudTrail's types; what is a column of its own is decoded."""

    eventTime: str
    eventName: str
    eventVersion: str = _ABSENT
    userIdentity: Raw = _NONE
    eventSource: str = _ABSENT
    awsRegion: str = _ABSENT
    sourceIPAddress: str = _ABSENT
    userAgent: str = _ABSENT
    errorCode: str = _ABSENT
    errorMessage: str = _ABSENT
    requestParameters: Raw = _NONE
    responseElements: Raw = _NONE
    additionalEventData: Raw = _NONE
    requestID: str = _ABSENT
    eventID: str = _ABSENT
    readOnly: bool = _ABSENT
    resources: Raw = _NONE
    eventType: str = _ABSENT
    apiVersion: str = _ABSENT
    managementEvent: bool = _ABSENT
    recipientAccountId: str = _ABSENT
    serviceEventDetails: Raw = _NONE
    sharedEventID: str = _ABSENT
    vpcEndpointId: str = _ABSENT
    vpcEndpointAccountId: str = _ABSENT
    eventCategory: str = _ABSENT
    addendum: Raw = _NONE
    sessionCredentialFromConsole: str = _ABSENT
    edgeDeviceDetails: Raw = _NONE
    tlsDetails: Raw = _NONE
    eventContext: Raw = _NONE


class _Lines(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    Records: list[Line]


class Misfit(ValueError):
    """A value that a column cannot hold so that it comes out again as it was."""


_decode = msgspec.json.Decoder(Line).decode
_decode_lines = msgspec.json.Decoder(_Lines).decode
_decode_head = msgspec.json.Decoder(Head).decode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_moment = lru_cache(4096)(instant)
_decoders: dict[str, Callable[[bytes | Raw], Any]] = {
    TEXT: msgspec.json.Decoder(str).decode,
    FLAG: msgspec.json.Decoder(bool).decode,
}


Said = tuple[bytes, bool]
"""Who called as a record writes it: its `userIdentity`, and its `sessionCredentialFromConsole`."""

_LAID_OUT = re.compile(rb"[\n\r\t]")
_TRUE = frozenset({"true", "True"})


class Row(msgspec.Struct, gc=False):
    """A record on its way into columns: `event` is its id (a hash where it has none), `at` an RFC 3339 instant.

    `chunk` has its text at `index`, session tokens cut; `other` is JSON of fields that have no column or do not fit
    in theirs.
    """

    line: Line
    event: str
    at: str
    said: Said
    chunk: Chunk
    index: int = 0
    other: dict[str, bytes] | None = None

    @property
    def raw(self) -> bytes:
        """Its text, session tokens cut."""
        return bytes(self.chunk.raw(self.index))


def lines_of(source: str, text: bytes) -> Delivery[Line] | None:
    """A delivery file, tokens cut, of which every record is a `Line` with an id and a time; None for all else."""
    try:
        text = _cut(text)
        lines = _decode_lines(text).Records
        fits = lines and all(map(_ID, lines)) and all(map(_moment, map(_TIME, lines)))
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    return Delivery(source, text, lines) if fits and _NOT_RECORDS.isdisjoint(map(_CATEGORY, lines)) else None


def rows_of(delivery: Delivery[Line]) -> list[Row]:
    """The rows of what `lines_of` gave."""
    known: dict[Said, Said] = {}
    rows = []
    for index, line in enumerate(delivery.heads):
        said = (bytes(line.userIdentity), line.sessionCredentialFromConsole in _TRUE)
        at = _moment(line.eventTime)
        other = None if at == line.eventTime else _dated(line, at)
        rows.append(Row(line, line.eventID, at, known.setdefault(said, said), delivery, index, other))
    return rows


def row_of(raw: bytes) -> Row:
    """Read one record, session tokens cut. Raises ValueError or msgspec.DecodeError where `raw` is no record."""
    cut = _cut(raw)
    try:
        line, other = _decode(cut), None
    except msgspec.ValidationError:
        line, other = _loosely(cut)
    at = _moment(line.eventTime)
    if at != line.eventTime:
        other = _dated(line, at) | (other or {})
    console = line.sessionCredentialFromConsole
    if other and not console:  # it is text in CloudTrail, and kept apart where it is not
        console = other.get("sessionCredentialFromConsole", b"").decode()
    said = (bytes(line.userIdentity), console in _TRUE)
    return Row(line, line.eventID or event_id(_decode_head(raw), raw), at, said, Chunk("", [Raw(cut)]), other=other)


def _cut(text: bytes) -> bytes:
    """Text with session tokens cut. Raises UnicodeDecodeError where it is not UTF-8, which no column could hold."""
    if not text.isascii():
        text.decode()
    return cut_session_tokens(text)


def _dated(line: Line, at: str) -> dict[str, bytes]:
    """Give a line the instant in place of how the record spells it, which is given apart."""
    written, line.eventTime = line.eventTime, at
    return {"eventTime": _encode(written)}


def _loosely(raw: bytes) -> tuple[Line, dict[str, bytes]]:
    """A record with fields that we do not know, or of other types than CloudTrail's; those are given apart."""
    head = _decode_head(raw)
    fits: dict[str, Any] = {"eventTime": instant(head.eventTime), "eventName": head.eventName}
    other = {}
    for name, value in _decode_fields(raw).items():
        shape = RECORD.get(name)
        try:
            fits[name] = _fitting(value, shape)
        except (ValueError, RecursionError):
            other[name] = bytes(value)
    return Line(**fits), other


def _fitting(value: Raw, shape: Shape | None) -> Any:  # noqa: ANN401 (JSON)
    if shape is None:
        raise Misfit
    decode = _decoders.get(shape) if isinstance(shape, str) else None
    return decode(value) if decode else value


_ORDER = Line.__struct_fields__


class Columns:
    """Makes Arrow columns of rows; objects that repeat (who called, mostly) are looked at once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Take the rows in the order in which they are stored."""
        self._rows = rows
        self._other: dict[int, dict[str, bytes]] = {at: dict(row.other) for at, row in enumerate(rows) if row.other}
        self._nulls: dict[str, list[bool]] = {}

    def arrays(self) -> list[Any]:
        """The columns of `lake.schema.CLOUDTRAIL`, in its order."""
        given = zip(*(msgspec.structs.astuple(row.line) for row in self._rows), strict=True)
        made = {name: self._column(name, values) for name, values in zip(_ORDER, given, strict=True)}
        made["eventID"] = self._ids()
        return [*(made[name] for name in RECORD), self._others()]

    def _column(self, name: str, values: tuple[Any, ...]) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        shape = RECORD[name]
        if shape == TEXT:
            return pa.array(values, pa.string())
        if shape == FLAG:
            return pa.array(values, pa.bool_()).cast(pa.string())
        if values.count(_NONE) == len(values):
            return pa.nulls(len(values), CLOUDTRAIL.field(name.lower()).type)
        texts = [row.said[0] for row in self._rows] if name == "userIdentity" else list(map(bytes, values))
        if _NULL in texts:
            self._nulls[name] = [text == _NULL for text in texts]
        return self._jsons(texts) if shape == JSON else self._shaped(name, texts)

    def _jsons(self, texts: list[bytes]) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        return pa.array([text if text and text != _NULL else None for text in texts], pa.string())

    def _shaped(self, name: str, texts: list[bytes]) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        places: dict[bytes, int] = {}
        at = pa.array([places.setdefault(text, len(places)) for text in texts], pa.int32())
        values: list[Any] = []
        for text in places:
            try:
                values.append(_object(name, text) if text and text != _NULL else None)
            except (ValueError, RecursionError):
                values.append(None)
                for row in [row for row, other in enumerate(texts) if other == text]:
                    self._other.setdefault(row, {})[name] = text
        return pa.array(values, CLOUDTRAIL.field(name.lower()).type).take(at)

    def _ids(self) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        ids = [row.event for row in self._rows]
        for at in [at for at, event in enumerate(ids) if event.startswith(_UNNAMED)]:
            own = self._rows[at].line.eventID
            if own is not _ABSENT:  # '', or one that looks like a hash
                self._other.setdefault(at, {})["eventID"] = _encode(own)
        return pa.array(ids, pa.string())

    def _others(self) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        """What has no room in its column; mostly nulls, of which rows have the same ones again and again."""
        nulls = list(zip(*self._nulls.values(), strict=True)) or [()] * len(self._rows)
        known = {flags: _object_of(dict.fromkeys(compress(self._nulls, flags), _NULL)) for flags in set(nulls)}
        texts = [known[flags] for flags in nulls]
        for at, other in self._other.items():
            texts[at] = _object_of(dict.fromkeys(compress(self._nulls, nulls[at]), _NULL) | other)
        return pa.array(texts, pa.string())


def _object_of(fields: dict[str, bytes]) -> bytes | None:
    """Fields as one JSON object in order of their names; None where there are none."""
    return _encode({name: Raw(fields[name]) for name in sorted(fields)}) if fields else None


@lru_cache(4096)
def _object(name: str, text: bytes) -> Any:  # noqa: ANN401 (JSON)
    return fitted(_decode_any(text), RECORD[name])


def fitted(value: Any, shape: Shape) -> Any:  # noqa: ANN401 (JSON)
    """A JSON value as a column of its shape takes it; raises Misfit where it would not come out the same."""
    if isinstance(shape, dict):
        if not isinstance(value, dict) or not value.keys() <= shape.keys():
            raise Misfit
        return {name.lower(): fitted(inner, shape[name]) for name, inner in value.items()}
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise Misfit
        return [fitted(inner, shape[0]) for inner in value]
    if shape == MAP:
        if not isinstance(value, dict) or not all(isinstance(inner, str) for inner in value.values()):
            raise Misfit
        return list(value.items())
    if not isinstance(value, str):
        raise Misfit
    return value


def records(table: Any) -> Iterator[bytes]:  # noqa: ANN401 (pyarrow is untyped)
    """The records that rows of a lake were made of, as JSON; the order of fields is ours.

    `table` is an Arrow table or batch with the columns of `lake.schema.CLOUDTRAIL`.
    """
    for row in table.select(CLOUDTRAIL.names).to_pylist():
        yield record_of(row)


def record_of(row: dict[str, Any]) -> bytes:
    """The record that one row, as Python values by column, was made of; what is JSON there stays as it is written.

    It is not decoded: JSON has numbers that Python has not. All of it is one line.
    """
    found = {
        name: _original(row[name.lower()], shape) for name, shape in RECORD.items() if row[name.lower()] is not None
    }
    if row["eventid"].startswith(_UNNAMED):
        del found["eventID"]
    if row[OTHER]:
        found |= _decode_fields(row[OTHER])
    return one_line(_encode(found))


def one_line(raw: bytes) -> bytes:
    """JSON without white space around its values, if it has any that is not just blanks."""
    return msgspec.json.format(raw, indent=-1) if _LAID_OUT.search(raw) else raw


def _original(value: Any, shape: Shape) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(shape, dict):
        return {
            name: _original(value[name.lower()], inner)
            for name, inner in shape.items()
            if value.get(name.lower()) is not None
        }
    if isinstance(shape, list):
        return [_original(inner, shape[0]) for inner in value]
    if shape == MAP:
        return dict(value)
    if shape == FLAG:
        return value == "true"
    return Raw(value) if shape == JSON else value
