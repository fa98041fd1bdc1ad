"""What a person pastes: ids, CloudTrail records in any wrapping, GuardDuty findings; the credential that each names."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ingest.errors import UsageError
from ingest.facts import Created, Issued
from ingest.identity import Actor, Ref, actor, forwarded
from ingest.limits import Limits
from ingest.record import Call, Record, event_id
from ingest.times import instant, shift

_decode = msgspec.json.Decoder(Record).decode


class Asked(msgspec.Struct, frozen=True):
    """One credential asked about: `ids` that may lead to it, the surest first, and as of when ('' if unsaid)."""

    ids: tuple[str, ...]
    at: str = ""


class Shown(msgspec.Struct, frozen=True):
    """What one record shows: who called (the credential), when, and the ids of the keys that it issued or made."""

    caller: Ref
    at: str
    issued: tuple[str, ...]


class _KeyDetails(msgspec.Struct, rename="camel"):
    access_key_id: str | None = None
    principal_id: str | None = None


class _Resource(msgspec.Struct, rename="camel"):
    access_key_details: _KeyDetails | None = None


class _Details(msgspec.Struct, rename="camel"):
    aws_iam_access_key: _KeyDetails | None = None


class _HubResource(msgspec.Struct, rename="camel"):
    id: str | None = None
    details: _Details = msgspec.field(default_factory=_Details)

    @property
    def key(self) -> _KeyDetails:
        """What it says of an access key, whose id often stands in the resource's own id alone."""
        told = self.details.aws_iam_access_key or _KeyDetails()
        named = self.id.removeprefix(_HUB_KEY) if self.id and self.id.startswith(_HUB_KEY) else None
        return _KeyDetails(told.access_key_id or named, told.principal_id)


class _Service(msgspec.Struct, rename="camel"):
    event_last_seen: str | None = None


class _Finding(msgspec.Struct, rename="camel"):
    id: str | None = None
    resource: _Resource = msgspec.field(default_factory=_Resource)
    resources: list[_HubResource] = msgspec.field(default_factory=list)
    service: _Service = msgspec.field(default_factory=_Service)
    last_observed_at: str | None = None
    updated_at: str | None = None


_HUB_KEY = "AWS::IAM::AccessKey:"
_UNNAMED = "finding "
_WRAPPINGS = frozenset({"findings", "detail", "message", "messages", "body", "records", "sns"})


def asked(text: str) -> list[Asked]:
    """What a pasted text asks about: each record's or finding's credential, or each word as an id, quotes taken off.

    A finding among others that names no access key is asked about by its own id, which the graph cannot know. Raises
    UsageError where JSON holds neither ids, nor records, nor findings about credentials.
    """
    text = text.lstrip("\ufeff")
    if not text.lstrip().startswith(("{", "[")):
        return [Asked((one,)) for one in map(bare, text.split()) if one]
    try:
        values = msgspec.json.Decoder(msgspec.Raw).decode_lines(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"what was pasted is not whole JSON: {error}") from error
    try:
        found = [one for value in values for one in (_words(value) or _findings(value) or _records(value))]
    except (ValueError, RecursionError) as error:
        raise UsageError(f"what was pasted is no record or finding as AWS writes them: {error}") from error
    if not found:
        raise UsageError("what was pasted holds neither ids, nor a CloudTrail record, nor a GuardDuty finding")
    if all(one.ids[0].startswith(_UNNAMED) for one in found):
        raise UsageError("the finding names no access key: only findings about credentials do")
    return list(dict.fromkeys(found))


def bare(word: str) -> str:
    """An id without what people paste along with it: white space, quotes, a comma or semicolon behind it."""
    return word.strip().strip("\"'`,;").strip()


def _words(value: msgspec.Raw) -> list[Asked]:
    """The ids of a JSON array of nothing but texts."""
    try:
        return [Asked((bare(one),)) for one in msgspec.json.decode(value, type=list[str]) if bare(one)]
    except msgspec.ValidationError:
        return []


def shown(raw: bytes) -> Shown:
    """What one record shows. Raises ValueError or msgspec.DecodeError where it is none."""
    from ingest.deeds import doer
    from ingest.events import HANDLERS

    record = _decode(raw)
    at = instant(record.eventTime)
    said = _caller(record)
    who = forwarded(said, at) or said
    handler = HANDLERS.find(record.eventSource, record.eventName)
    call = Call(record, who, event_id(record, raw), at, record.recipientAccountId or who.account)
    facts = list(handler.handle(call)) if handler and not call.error else []
    issued = [fact.key for fact in facts if isinstance(fact, Issued) and fact.key]
    made = [fact.target.id for fact in facts if isinstance(fact, Created) and fact.target.label == "AccessKey"]
    # People from outside are known by their provider, which `userIdentity` alone does not tell.
    outside = [fact.issuer for fact in facts if isinstance(fact, Issued) and fact.issuer.label == "Identity"]
    return Shown(outside[0] if outside else doer(call), at, tuple(dict.fromkeys(issued + made)))


def _caller(record: Record) -> Actor:
    console = str(record.sessionCredentialFromConsole).lower() == "true"
    return actor(record.userIdentity, console=console)


def _records(value: msgspec.Raw) -> Iterator[Asked]:
    """The credentials of the records in a value, by key, session (a second off too), principal, else the event's id.

    A session that began at another time is another session, so its ARN or principal id does not stand for it.
    """
    from ingest.envelopes import Place, is_record, unwrap
    from ingest.source import Chunk

    for item in unwrap([value], Place("-", "record ", Limits())):
        for raw in item.records if isinstance(item, Chunk) else ():
            if is_record(raw):
                record = _decode(raw)
                ids = (*_ids(_caller(record)), record.eventID or "")
                yield Asked(tuple(one for one in ids if one), instant(record.eventTime))


def _ids(who: Actor) -> tuple[str, ...]:
    session = who.session
    if session is None or not session.start:
        return (who.key, session.id if session else "", who.arn, who.principal)
    near = [shift(session.start, off) + session.id[len(session.start) :] for off in (-1, 1)]
    return (who.key, session.id, *near, who.user.id if who.user and session.kind != "federated" else "")


def _findings(value: msgspec.Raw) -> list[Asked]:
    """The access keys of findings: as GuardDuty's API, EventBridge or Security Hub write them, wrapped or in a list.

    https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
    https://docs.aws.amazon.com/securityhub/latest/userguide/asff-resourcedetails-attributes.html
    """
    return list(dict.fromkeys(_found(_camel(msgspec.json.decode(value)))))


def _found(value: object) -> Iterator[Asked]:
    """Findings in a value: itself, in a list, in a wrapping, in JSON that is held in a text."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            value = _camel(msgspec.json.decode(value))
        except msgspec.DecodeError:
            return
    if isinstance(value, list):
        for one in value:
            yield from _found(one)
    elif isinstance(value, dict):
        if _is_finding(value):
            yield _named(msgspec.convert(value, _Finding))
            return
        for key in _WRAPPINGS & value.keys():
            yield from _found(value[key])


def _is_finding(value: dict[str, Any]) -> bool:
    """Whether it is one of GuardDuty or Security Hub; entries of Google Cloud's logs have a resource as well."""
    resource = value.get("resource")
    if isinstance(resource, dict):
        return any(key == "resourceType" or key.endswith("Details") for key in resource)
    return "severity" in value and "resources" in value


def _named(finding: _Finding) -> Asked:
    """Whom one finding is about."""
    keys = [finding.resource.access_key_details, *(one.key for one in finding.resources)]
    ids = tuple(one for key in keys if key for one in (key.access_key_id, key.principal_id) if one)
    seen = finding.service.event_last_seen or finding.last_observed_at or finding.updated_at
    return Asked(
        ids or (f"{_UNNAMED}{finding.id or 'without id'}, which names no access key",), instant(seen) if seen else ""
    )


def _camel(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """The value with the first letter of each key in lower case: the API writes `Resource`, EventBridge `resource`."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_camel(inner) for inner in value]
    return value
