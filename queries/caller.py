"""Who made a call, as the record itself says: names in it are those of that moment, so nothing needs to be decided."""

import zlib

import msgspec

from ingest.identity import actor
from ingest.record import Record
from queries.answer import spelled

_decode = msgspec.json.Decoder(Record).decode


class Caller(msgspec.Struct, frozen=True, rename=spelled):
    """`principal`: ARN as borne then (of a role: its session's), else id, person, service or account; and the key."""

    principal: str | None = None
    access_key_id: str | None = None


def caller(packed: bytes) -> Caller:
    """The caller in a record as the store keeps it (zlib); of a forwarded or switched call the one in whose name.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    who = actor(_decode(zlib.decompress(packed)).userIdentity)
    named = who.ref.id.partition("|")[2] if who.ref.label == "Identity" else ""
    return Caller(who.arn or named or who.principal or who.service or who.account or None, who.key or None)
