"""The floor that ingest is measured against: every file unpacked and decoded into typed records, and nothing else."""

from collections.abc import Iterable

import msgspec

_RAW = msgspec.Raw()


class Issuer(msgspec.Struct, rename="camel"):
    """`sessionContext.sessionIssuer`."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    user_name: str | None = None


class Attributes(msgspec.Struct, rename="camel"):
    """`sessionContext.attributes`."""

    creation_date: str | None = None
    mfa_authenticated: str | None = None


class Context(msgspec.Struct, rename="camel"):
    """`userIdentity.sessionContext`."""

    session_issuer: Issuer | None = None
    attributes: Attributes | None = None


class Identity(msgspec.Struct, rename="camel"):
    """`userIdentity`."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    session_context: Context | None = None


class Record(msgspec.Struct, rename="camel"):
    """A whole record; what differs from event to event is passed over as it is."""

    event_version: str
    event_time: str
    event_name: str
    event_source: str
    event_id: str = msgspec.field(name="eventID")
    aws_region: str = ""
    source_ip_address: str = msgspec.field(default="", name="sourceIPAddress")
    user_agent: str = ""
    error_code: str | None = None
    error_message: str | None = None
    request_id: str | None = msgspec.field(default=None, name="requestID")
    read_only: bool | None = None
    event_type: str = ""
    management_event: bool | None = None
    recipient_account_id: str = ""
    event_category: str = ""
    shared_event_id: str | None = msgspec.field(default=None, name="sharedEventID")
    user_identity: Identity | None = None
    resources: msgspec.Raw = _RAW
    request_parameters: msgspec.Raw = _RAW
    response_elements: msgspec.Raw = _RAW
    additional_event_data: msgspec.Raw = _RAW
    tls_details: msgspec.Raw = _RAW
    session_credential_from_console: str | None = None


class Delivered(msgspec.Struct):
    """A delivery file."""

    Records: list[Record]


def read(paths: Iterable[str]) -> int:
    """Unpack and decode every file; gives the number of records."""
    from isal import igzip

    decode = msgspec.json.Decoder(Delivered).decode
    count = 0
    for path in paths:
        with open(path, "rb") as file:  # noqa: PTH123 (no step more than needed)
            count += len(decode(igzip.decompress(file.read())).Records)  # type: ignore[no-untyped-call]  # shipped without types
    return count
