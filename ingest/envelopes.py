"""The wrappings in which CloudTrail records travel, recognised by their shape and opened in any combination.

Delivery files (`Records`), LookupEvents (`Events[].CloudTrailEvent`), EventBridge (`detail`), CloudWatch Logs
(`logEvents` and `events` with `message`, `awslogs.data`), SNS (`Message`, `Sns`), SQS (`Messages`, `Body`, `body`),
Kinesis (`kinesis.data`), Elasticsearch (`hits.hits`, `_source`), Google Cloud Logging (`jsonPayload`), arrays.
"""

import base64
import binascii
import zlib
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from ingest.limits import Limits
from ingest.source import Chunk, PassedOver, Quarantined
from ingest.tokens import cut_session_tokens

Item = Chunk | Quarantined | PassedOver

NOT_A_RECORD = "not a CloudTrail record"
LIST_KEYS = ("Records", "Events", "logEvents", "events", "Messages", "hits")
_WRAPPERS = ("detail", "CloudTrailEvent", "Message", "Sns", "Body", "body", "source", "jsonPayload", "message")
_MAX_DEPTH = 8
_SAMPLE_BYTES = 200
_GZIP_OR_ZLIB = 47
_NONE = Raw(b"")
_NOTHING = b"null"
CATEGORIES = {b'"Insight"': "insight", b'"Aggregated"': "aggregated"}
"""Values of `eventCategory`, as JSON, of what comes in the form of records but is none."""
_TYPES = {b'"AwsCloudTrailInsight"': "insight", b'"AwsAggregatedEvent"': "aggregated"}


class Place(msgspec.Struct, frozen=True):
    """Where values stand: the object, the words before their number, and how many wrappings are around them."""

    source: str
    prefix: str
    limits: Limits
    depth: int = 0

    def inside(self, number: int) -> "Place":
        """The place of what a list at `number` holds."""
        return Place(self.source, f"{self.prefix}{number}, record ", self.limits, self.depth + 1)

    def deeper(self) -> "Place":
        """The same place, one wrapping further in."""
        return Place(self.source, self.prefix, self.limits, self.depth + 1)

    def quarantine(self, number: int, reason: str, value: Raw | bytes = b"") -> Quarantined:
        """What is said of the value at `number` that cannot be read."""
        return Quarantined(self.source, f"{self.prefix}{number}", reason, sample(bytes(memoryview(value)[:4096])))


class Shape(msgspec.Struct, gc=False):
    """The keys by which an object is recognised; all raw, so that a wrong type is no error."""

    eventName: Raw = _NONE
    eventTime: Raw = _NONE
    eventID: Raw = _NONE
    eventSource: Raw = _NONE
    eventCategory: Raw = _NONE
    eventType: Raw = _NONE
    userIdentity: Raw = _NONE
    s3: Raw = _NONE
    Records: Raw = _NONE
    Events: Raw = _NONE
    logEvents: Raw = _NONE
    events: Raw = _NONE
    Messages: Raw = _NONE
    hits: Raw = _NONE
    detail: Raw = _NONE
    CloudTrailEvent: Raw = _NONE
    Message: Raw = _NONE
    Sns: Raw = _NONE
    Body: Raw = _NONE
    body: Raw = _NONE
    source: Raw = msgspec.field(default=_NONE, name="_source")
    jsonPayload: Raw = _NONE
    message: Raw = _NONE
    awslogs: Raw = _NONE
    kinesis: Raw = _NONE
    data: Raw = _NONE
    messageType: Raw = _NONE
    Type: Raw = _NONE
    Event: Raw = _NONE
    s3Bucket: Raw = _NONE
    s3ObjectKey: Raw = _NONE
    bucket: Raw = _NONE
    object: Raw = _NONE
    digestS3Object: Raw = _NONE
    digestStartTime: Raw = _NONE
    insightDetails: Raw = _NONE
    severity: Raw = _NONE
    service: Raw = _NONE


_SHAPE = msgspec.json.Decoder(Shape)
_LIST = msgspec.json.Decoder(list[Raw])
_TEXT = msgspec.json.Decoder(str)
_VALUES = msgspec.json.Decoder(Raw)


def is_record(value: Raw) -> bool:
    """Tell whether the value looks like one CloudTrail record: an event's name with its time, id or caller."""
    try:
        return _is_record(_SHAPE.decode(value))
    except (msgspec.DecodeError, RecursionError):
        return False


def unwrap(values: Sequence[Raw], place: Place, first: int = 1) -> Iterator[Item]:
    """Give the records that are in these values, however wrapped; the first of them has the number `first`.

    Records that follow each other unwrapped come as one chunk. What is no known shape is quarantined by itself.
    """
    run: list[Raw] = []
    for number, value in enumerate(values, first):
        shape, refusal = _shape(value)
        if shape is not None and _is_record(shape):
            run.append(value)
            continue
        if run:
            yield Chunk(place.source, run, place.prefix, number - len(run))
            run = []
        if place.depth > _MAX_DEPTH:
            yield place.quarantine(number, f"wrapped more than {_MAX_DEPTH} times", value)
        elif shape is None:
            yield from _not_an_object(value, refusal, place, number)
        else:
            yield from _open(shape, value, place, number)
    if run:
        yield Chunk(place.source, run, place.prefix, first + len(values) - len(run))


def sample(start: bytes) -> str:
    """How a value begins, for a person to recognise it: session tokens cut, what is not text escaped."""
    return cut_session_tokens(start)[:_SAMPLE_BYTES].decode("utf-8", "backslashreplace")


def _shape(value: Raw) -> tuple[Shape | None, str]:
    try:
        return _SHAPE.decode(value), ""
    except msgspec.ValidationError:
        return None, ""
    except msgspec.DecodeError as error:
        return None, f"malformed JSON: {error}"
    except RecursionError:
        return None, "JSON nested too deep"


def _is_record(shape: Shape) -> bool:
    if not _there(shape.eventName) or not (
        _there(shape.eventTime) or _there(shape.eventID) or _there(shape.userIdentity)
    ):
        return False
    # S3, Kinesis and DynamoDB notices have names and times as well; their sources begin so.
    return not bytes(shape.eventSource).startswith(b'"aws:') and not _passed_over(shape)


def _there(value: Raw) -> bool:
    return value is not _NONE and bytes(memoryview(value)[:4]) != _NOTHING


def _passed_over(shape: Shape) -> str:
    kind = CATEGORIES.get(bytes(shape.eventCategory)) or _TYPES.get(bytes(shape.eventType))
    return kind or ("insight" if _there(shape.insightDetails) else "")


def _kind(shape: Shape) -> str:
    """What is recognised as holding no records; empty for all else.

    In docs.aws.amazon.com/awscloudtrail/latest/userguide: cloudtrail-log-file-validation-digest-file-structure.html
    (digests), cloudtrail-event-reference-aggregated-events.html (aggregated events),
    configure-sns-notifications-for-cloudtrail.html (notices).
    """
    if kind := _passed_over(shape):
        return kind
    if _there(shape.digestS3Object) or _there(shape.digestStartTime):
        return "digest"
    if bytes(shape.messageType) == b'"CONTROL_MESSAGE"':
        return "control"
    notice = (
        (_there(shape.s3Bucket) and _there(shape.s3ObjectKey))
        or (_there(shape.s3) and bytes(shape.eventSource) in {b'"aws:s3"', b""})
        or (_there(shape.bucket) and _there(shape.object))
        or bytes(shape.Event) == b'"s3:TestEvent"'
        or bytes(shape.Type) in {b'"SubscriptionConfirmation"', b'"UnsubscribeConfirmation"'}
        or bytes(shape.Message) == b'"CloudTrail validation message."'
    )
    return "notification" if notice else ""


def _open(shape: Shape, value: Raw, place: Place, number: int) -> Iterator[Item]:
    """Open one object that is no record itself."""
    if kind := _kind(shape):
        yield PassedOver(place.source, f"{place.prefix}{number}", kind)
        return
    for key in LIST_KEYS:
        inner: Raw = getattr(shape, key)
        if _first(inner) == b"[":
            yield from _list(inner, place, number)
            return
        if key == "hits" and _first(inner) == b"{":
            yield from unwrap([inner], place.deeper(), number)
            return
    for key in _WRAPPERS:
        inner = getattr(shape, key)
        if _first(inner) in {b"{", b"["}:
            yield from unwrap([inner], place.deeper(), number)
            return
        if _first(inner) == b'"':
            yield from _text(inner, place, number)
            return
    for inner in (shape.awslogs, shape.kinesis):
        if _first(inner) == b"{":
            yield from _packed(inner, place, number)
            return
    finding = _there(shape.severity) and _there(shape.service)
    yield place.quarantine(number, "a GuardDuty finding, " * finding + NOT_A_RECORD, value)


def _first(value: Raw) -> bytes:
    return bytes(memoryview(value)[:1])


def _not_an_object(value: Raw, refusal: str, place: Place, number: int) -> Iterator[Item]:
    first = _first(value)
    if refusal:
        yield place.quarantine(number, refusal, value)
    elif first == b"[":
        yield from _list(value, place, number)
    elif first == b'"':
        yield from _text(value, place, number)
    else:
        yield place.quarantine(number, NOT_A_RECORD, value)


def _list(value: Raw, place: Place, number: int) -> Iterator[Item]:
    try:
        values = _LIST.decode(value)
    except (msgspec.DecodeError, RecursionError) as error:
        yield place.quarantine(number, f"malformed JSON: {error}", value)
    else:
        yield from unwrap(values, place.inside(number))


def _text(value: Raw, place: Place, number: int) -> Iterator[Item]:
    """Open JSON that is held in a JSON string: one value, or several."""
    try:
        text = _TEXT.decode(value).strip().lstrip("\ufeff").encode()
    except (msgspec.DecodeError, UnicodeError) as error:
        yield place.quarantine(number, f"malformed JSON: {error}", value)
        return
    if not text.startswith((b"{", b"[", b'"')):
        yield place.quarantine(number, NOT_A_RECORD, value)
        return
    yield from _json(text, place, number)


def _json(text: bytes, place: Place, number: int) -> Iterator[Item]:
    try:
        values = _VALUES.decode_lines(text)
    except (msgspec.DecodeError, RecursionError):
        from ingest.values import read_text  # it unwraps what it reads by this module

        yield from read_text(text, place.inside(number))
        return
    if len(values) == 1:
        yield from unwrap(values, place.deeper(), number)
    else:
        yield from unwrap(values, place.inside(number))


def _packed(value: Raw, place: Place, number: int) -> Iterator[Item]:
    """Open base64 with or without gzip, as CloudWatch Logs hands subscriptions over."""
    shape, _ = _shape(value)
    try:
        text = base64.b64decode(_TEXT.decode(shape.data) if shape else "", validate=True)
        if text.startswith(b"\x1f\x8b"):
            inflate = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
            text = inflate.decompress(text, place.limits.max_line_bytes)
            if not inflate.eof:
                more = bool(inflate.unconsumed_tail)
                raise ValueError(f"expands over {place.limits.max_line_bytes:,} bytes" if more else "cut off")  # noqa: TRY301 (said below)
    except (msgspec.DecodeError, binascii.Error, zlib.error, ValueError) as error:
        yield place.quarantine(number, f"broken base64 or gzip data: {error}", value)
        return
    yield from _json(text, place, number)
