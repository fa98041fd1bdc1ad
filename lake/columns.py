"""Records to columns and back: what goes in comes out again, field by field, but for session tokens that are cut."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import Raw

from ingest.record import Head, event_id
from ingest.times import instant
from ingest.tokens import cut_session_tokens
from lake.schema import CLOUDTRAIL, FLAG, JSON, MAP, OTHER, RECORD, TEXT, Shape

_NONE = Raw(b"")
_NULL = b"null"
_VOID = frozenset({b"", _NULL})
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


class Misfit(ValueError):
    """A value that a column cannot hold so that it comes out again as it was."""


_decode = msgspec.json.Decoder(Line).decode
_decode_head = msgspec.json.Decoder(Head).decode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_moment = lru_cache(4096)(instant)
_decoders: dict[str, Callable[[bytes | Raw], Any]] = {
    TEXT: msgspec.json.Decoder(str).decode,
    FLAG: msgspec.json.Decoder(bool).decode,
}


class Row(msgspec.Struct, gc=False):
    """A record on its way into columns: `event` is its id (a hash where it has none), `at` an RFC 3339 instant.

    `raw` is its text, session tokens cut; `other` JSON of fields that have no column or do not fit in theirs.
    """

    line: Line
    event: str
    at: str
    raw: bytes
    other: dict[str, bytes] | None = None


def row_of(raw: bytes) -> Row:
    """Read one record, session tokens cut. Raises ValueError or msgspec.DecodeError where `raw` is no record."""
    if not raw.isascii():
        raw.decode()
    cut = cut_session_tokens(raw)
    try:
        line, other = _decode(cut), None
    except msgspec.ValidationError:
        line, other = _loosely(cut)
    at = _moment(line.eventTime)
    if at != line.eventTime:
        other = {"eventTime": _encode(line.eventTime), **(other or {})}
        line.eventTime = at
    return Row(line, line.eventID or event_id(_decode_head(raw), raw), at, cut, other)


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
        texts = list(map(bytes, values))
        if _NULL in texts:
            self._leave(name, texts, _NULL)
        return self._jsons(texts) if shape == JSON else self._shaped(name, texts)

    def _jsons(self, texts: list[bytes]) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        return pa.array([None if text in _VOID else text for text in texts], pa.string())

    def _shaped(self, name: str, texts: list[bytes]) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        encoded = pa.array(texts, pa.binary()).dictionary_encode()
        values: list[Any] = []
        for text in encoded.dictionary.to_pylist():
            try:
                values.append(None if text in _VOID else _object(name, text))
            except (ValueError, RecursionError):
                values.append(None)
                self._leave(name, texts, text)
        return pa.array(values, CLOUDTRAIL.field(name.lower()).type).take(encoded.indices)

    def _leave(self, name: str, texts: list[bytes], what: bytes) -> None:
        """Leave a field's value that its column has no room for to the column of others, wherever it is."""
        for at, text in enumerate(texts):
            if text == what:
                self._other.setdefault(at, {})[name] = what

    def _ids(self) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        for at, row in enumerate(self._rows):
            if row.line.eventID is not _ABSENT and row.event.startswith(_UNNAMED):  # '', or one that looks like a hash
                self._other.setdefault(at, {})["eventID"] = _encode(row.line.eventID)
        return pa.array([row.event for row in self._rows], pa.string())

    def _others(self) -> Any:  # noqa: ANN401 (pyarrow is untyped)
        known: dict[tuple[tuple[str, bytes], ...], bytes] = {}
        texts: list[bytes | None] = [None] * len(self._rows)
        for at, other in self._other.items():
            told = tuple(sorted(other.items()))
            text = known.get(told)
            if text is None:
                text = known[told] = _encode({name: Raw(value) for name, value in told})
            texts[at] = text
        return pa.array(texts, pa.string())


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


def records(table: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (pyarrow is untyped)
    """The records that rows of a lake were made of, as parsed JSON; the order of fields is ours.

    `table` is an Arrow table or batch with the columns of `lake.schema.CLOUDTRAIL`.
    """
    for row in table.select(CLOUDTRAIL.names).to_pylist():
        yield record_of(row)


def record_of(row: dict[str, Any]) -> dict[str, Any]:
    """The record that one row, as Python values by column, was made of."""
    found = {
        name: _original(row[name.lower()], shape) for name, shape in RECORD.items() if row[name.lower()] is not None
    }
    if row["eventid"].startswith(_UNNAMED):
        del found["eventID"]
    if row[OTHER]:
        found |= _decode_any(row[OTHER])
    return found


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
    return _decode_any(value) if shape == JSON else value
