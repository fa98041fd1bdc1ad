"""One CloudTrail record as typed structs: a head that all are read for, and what handlers see; raw until one asks.

Fields: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

from ingest.identity import Actor

T = TypeVar("T")
_NOTHING = msgspec.Raw(b"")


class Head(msgspec.Struct, gc=False):
    """What is read of every record: who, when, what, from where."""

    eventTime: str | int
    eventName: str
    eventSource: str = ""
    eventID: str | None = None
    awsRegion: str | None = None
    recipientAccountId: str | None = None
    sourceIPAddress: str | None = None
    userAgent: str | None = None
    sessionCredentialFromConsole: str | bool | None = None
    userIdentity: msgspec.Raw = _NOTHING
    addendum: msgspec.Raw = _NOTHING
    eventCategory: msgspec.Raw = _NOTHING


class Record(Head, gc=False):
    """What handlers need beside that; the rest stays in the bytes that it was decoded from."""

    errorCode: str | None = None
    errorMessage: str | None = None
    requestParameters: msgspec.Raw = _NOTHING
    responseElements: msgspec.Raw = _NOTHING
    additionalEventData: msgspec.Raw = _NOTHING
    serviceEventDetails: msgspec.Raw = _NOTHING
    resources: msgspec.Raw = _NOTHING


class Shape(msgspec.Struct, rename="camel", gc=False):
    """What a handler reads of a request or response: snake_case here, camelCase in the log, all may be absent."""


class Resource(Shape):
    """One of a record's `resources`: what the call was about."""

    arn: str | None = msgspec.field(default=None, name="ARN")
    account_id: str | None = None
    type: str | None = None


class Failure(Shape):
    """An error in the answer, or beside it, in place of the record's own fields."""

    error_code: str | None = None
    error_message: str | None = None


class Call(msgspec.Struct, gc=False):
    """A record as handlers see it: who called (`actor`), when (`at`), and typed views of what was asked and answered.

    `event` is the eventID (a hash of the record where it has none); `account` is the account that received the record.
    """

    record: Record
    actor: Actor
    event: str
    at: str
    account: str

    @property
    def name(self) -> str:
        """The event's name as logged."""
        return self.record.eventName

    @property
    def region(self) -> str:
        """The Region as logged, or ''."""
        return self.record.awsRegion or ""

    @property
    def error(self) -> str:
        """Why the call failed, '' if it did not; ConsoleLogin may only have a message, so a message counts as well.

        Some services put both into `responseElements`; that they are called the same there is [unverified].
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
        """
        said = self.record.errorCode or self.record.errorMessage
        if said or b'"error' not in bytes(self.record.responseElements):
            return said or ""
        answered = self.response(Failure)
        return answered.error_code or answered.error_message or ""

    def request(self, shape: type[T]) -> T:
        """`requestParameters` as `shape`, all defaults where it is null or left out. Raises msgspec.DecodeError."""
        return _typed(self.record.requestParameters, shape, "requestParameters")

    def response(self, shape: type[T]) -> T:
        """`responseElements` as `shape`, all defaults where it is null or left out. Raises msgspec.DecodeError."""
        return _typed(self.record.responseElements, shape, "responseElements")

    def additional(self, shape: type[T]) -> T:
        """`additionalEventData` as `shape`, all defaults where it is null or left out."""
        return _typed(self.record.additionalEventData, shape, "additionalEventData")

    def details(self, shape: type[T]) -> T:
        """`serviceEventDetails` as `shape`, all defaults where it is null or left out."""
        return _typed(self.record.serviceEventDetails, shape, "serviceEventDetails")

    def resource(self, kind: str) -> str:
        """ARN of the first of the record's `resources` of this type (`AWS::IAM::Role`), or ''."""
        resources = _typed(self.record.resources, list[Resource], "resources")
        return next((found.arn for found in resources if found.type == kind and found.arn), "")


def event_id(record: Head, raw: bytes) -> str:
    """The record's eventID; where it has none, a hash of its text, so that a repeat is still the same event."""
    if record.eventID:
        return record.eventID
    import hashlib  # few records have no id, and it is slow to load

    return "sha256:" + hashlib.sha256(raw).hexdigest()[:32]


@contextmanager
def naming(part: str) -> Iterator[None]:
    """Say in which part of the record a value is of the wrong type."""
    try:
        yield
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{part}: {error}") from error


def _typed(raw: msgspec.Raw, shape: type[T], part: str) -> T:
    try:
        found = _decoder(shape).decode(raw) if raw else None
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{part}: {error}") from error
    return shape() if found is None else found


def _decoder(shape: type[T]) -> msgspec.json.Decoder[T | None]:
    found: msgspec.json.Decoder[T | None] | None = _decoders.get(shape)
    if found is None:
        found = _decoders[shape] = msgspec.json.Decoder(shape | None)
    return found


_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
