"""Whatever a record holds, it gives facts or an error that puts it into quarantine; nothing else gets out."""

import copy
import sys
from collections.abc import Iterator
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from ingest.events import HANDLERS
from ingest.facts import Fact
from ingest.identity import actor, forwarded
from ingest.record import Call, Record, event_id
from ingest.times import instant
from synth.generate import organization

Shown = dict[str, Any]
Path_ = tuple[str | int, ...]

EVENTS = sorted(HANDLERS.handlers)
ODD_TEXTS = (
    "",
    " ",
    ":",
    ":::::::",
    "/",
    "////",
    "|",
    "\0",
    "\u202e\u202f\U0001f511é",
    "arn:",
    "arn:aws:iam",
    "arn:aws:iam::111122223333:",
    "arn:aws:iam::111122223333:role",
    "arn:aws:iam::111122223333:role/",
    "arn:aws-cn:iam::111122223333:user/a/b/c",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:assumed-role/",
    "arn:aws:sts::111122223333:assumed-role/r",
    "arn:aws:sts::111122223333:assumed-role/aws:ec2-instance/i-1",
    "AROADEPLOY:",
    ":session",
    "111122223333:aws:ec2-instance:i-1",
    "HIDDEN_DUE_TO_SECURITY_REASONS",
    "Success",
    "Failure",
    "9" * 400,
    "Feb 31, 2024, 11:61:09 PM",
    "User: x is not authorized to perform: sts:AssumeRole on resource: ",
    "on resource: user ",
    "on resource: arn:aws:iam::1:role/",
    "arn:" * 20_000,
    "a" * 100_000,
)
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(alphabet="a:/-|.é ", max_size=12)
WHOLE_NUMBERS = st.sampled_from([0, 1, -1, 900, 2**31, 2**63, 10**30, 10**400])
OTHERS = WHOLE_NUMBERS | st.sampled_from([None, True, False, 1.5, [], [None], {}, {"": ""}])


def facts_of(shown: Shown) -> list[Fact]:
    """The facts of a record, decoded and handled as the ingester does."""
    raw = msgspec.json.encode(shown)
    record = msgspec.json.decode(raw, type=Record)
    at = instant(record.eventTime)
    who = actor(record.userIdentity, console=bool(record.sessionCredentialFromConsole))
    who = forwarded(who, at) or who
    call = Call(record, who, event_id(record, raw), at, record.recipientAccountId or who.account)
    handler = HANDLERS.find(record.eventSource, record.eventName)
    return list(handler.handle(call)) if handler and (handler.denied or not call.error) else []


def quarantined_or(shown: Shown) -> list[Fact]:
    """The facts of a record, none where it is one for quarantine; any other error gets out."""
    try:
        return facts_of(shown)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return []


# -- records that are well typed and odd in every field


def shapes(module: str) -> list[type[msgspec.Struct]]:
    """What a module of handlers reads requests and answers as."""
    named = vars(sys.modules[module]).values()
    return [one for one in named if isinstance(one, type) and issubclass(one, msgspec.Struct) and one is not Call]


def typed(kind: inspect.Type) -> st.SearchStrategy[object]:
    """Values of a type, every text of which may be odd; raw parts may hold anything."""
    if isinstance(kind, inspect.StructType):
        fields = {field.encode_name: typed(field.type) for field in kind.fields}
        return st.fixed_dictionaries({}, optional=fields)
    if isinstance(kind, inspect.UnionType):
        return st.one_of([typed(one) for one in kind.types])
    if isinstance(kind, inspect.ListType):
        return st.lists(typed(kind.item_type), max_size=2)
    if isinstance(kind, inspect.DictType):
        return st.dictionaries(TEXTS, typed(kind.value_type), max_size=2)
    plain: dict[type[inspect.Type], st.SearchStrategy[object]] = {
        inspect.StrType: TEXTS,
        inspect.IntType: WHOLE_NUMBERS,
        inspect.BoolType: st.booleans(),
        inspect.NoneType: st.none(),
        inspect.LiteralType: st.just("HIDDEN_DUE_TO_SECURITY_REASONS"),
    }
    return plain.get(type(kind), TEXTS | OTHERS)


@lru_cache
def bodies(module: str) -> st.SearchStrategy[object]:
    """Requests and answers that some handler of the module can read."""
    return st.none() | st.one_of([typed(inspect.type_info(one)) for one in shapes(module)])


IDENTITIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["IAMUser", "Root", "AssumedRole", "FederatedUser", "SAMLUser", "WebIdentityUser", "AWSAccount", "Unknown"]
        )
    },
    optional={
        **dict.fromkeys(("principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy"), TEXTS),
        "identityProvider": TEXTS,
        "onBehalfOf": st.fixed_dictionaries({"userId": TEXTS}, optional={"identityStoreArn": TEXTS}),
        "inScopeOf": st.fixed_dictionaries({}, optional=dict.fromkeys(("sourceArn", "credentialsIssuedTo"), TEXTS)),
        "sessionContext": st.fixed_dictionaries(
            {},
            optional={
                "sessionIssuer": st.fixed_dictionaries(
                    {}, optional=dict.fromkeys(("type", "principalId", "arn", "accountId", "userName"), TEXTS)
                ),
                "attributes": st.fixed_dictionaries(
                    {}, optional={"creationDate": st.just("2024-05-06T07:08:09Z") | TEXTS | WHOLE_NUMBERS}
                ),
                "assumedRoot": st.sampled_from(["true", "false", True, False]),
                "sourceIdentity": TEXTS,
                "signInSessionArn": TEXTS,
            },
        ),
    },
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_well_typed_and_odd(data: st.DataObject) -> None:
    """Texts of every event and caller may be empty, cut off, endless or not what they should be, and nothing breaks."""
    source, name = data.draw(st.sampled_from(EVENTS))
    module = HANDLERS.handlers[source, name].handle.__module__
    body = bodies(module)
    shown: Shown = {
        "eventTime": "2024-05-06T07:08:09Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": data.draw(st.sampled_from([None, "", "global", "eu-west-1", "cn-north-1"])),
        "recipientAccountId": data.draw(st.sampled_from([None, "", "111122223333"])),
        "userIdentity": data.draw(st.none() | IDENTITIES),
        "errorCode": data.draw(st.sampled_from([None, None, "AccessDenied"])),
        "errorMessage": data.draw(st.none() | TEXTS),
        "requestParameters": data.draw(body),
        "responseElements": data.draw(body),
        "additionalEventData": data.draw(st.none() | body),
        "resources": data.draw(st.none() | st.lists(st.fixed_dictionaries({"type": TEXTS, "ARN": TEXTS}), max_size=2)),
    }
    facts = quarantined_or(shown)

    assert all(fact.at and fact.event for fact in facts)


# -- records as they are, real or made up, with something in them changed


@lru_cache
def real(folder: Path) -> list[Shown]:
    """One record of each handled event and kind of caller that the real trails hold."""
    found: dict[tuple[str, ...], Shown] = {}
    for path in sorted(each for each in folder.rglob("*") if each.suffix in {".json", ".txt"}):
        text = path.read_text(encoding="utf-8").strip()
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError:  # one file, as published, ends with a brace too many
            value = msgspec.json.decode(text.removesuffix("}"))
        for shown in records(value):
            who = shown["userIdentity"]
            kind = (shown["eventSource"], shown["eventName"], who.get("type", ""), str(shown.get("errorCode")))
            if HANDLERS.find(*kind[:2]):
                found.setdefault(kind, shown)
    return list(found.values())


def records(value: object) -> Iterator[Shown]:
    """The records in any envelope."""
    if isinstance(value, dict) and "eventName" in value and "userIdentity" in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from records(inner)


@lru_cache
def made_up() -> list[Shown]:
    """One record of each handled event and kind of caller that some made-up organizations hold."""
    found: dict[tuple[str, ...], Shown] = {}
    for seed in range(12):
        for shown in organization(seed, 80).records:
            if HANDLERS.find(shown["eventSource"], shown["eventName"]):
                caller = str(shown["userIdentity"].get("type", ""))
                found.setdefault((shown["eventName"], caller, str(shown.get("errorCode"))), shown)
    return list(found.values())


def places(value: object, at: Path_ = ()) -> Iterator[Path_]:
    """Where in a record something stands, parts and wholes."""
    if at:
        yield at
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*at, key))


def inside(value: Any, key: str | int) -> Any:  # noqa: ANN401 (JSON has no narrower type)
    """What stands at a key or number in a value."""
    return value[key]


def changed(shown: Shown, data: st.DataObject) -> Shown:
    """The record with one to four things in it dropped, emptied, cut off, or put in place of another type."""
    shown = copy.deepcopy(shown)
    for _ in range(data.draw(st.integers(1, 4))):
        *above, last = data.draw(st.sampled_from(list(places(shown))))
        parent: Any = reduce(inside, above, shown)
        was = parent[last]
        how = data.draw(st.sampled_from(["odd", "odd", "cut", "drop", "null", "other"]))
        if how == "drop":
            del parent[last]
        elif how == "cut" and isinstance(was, str):
            parent[last] = was[: data.draw(st.integers(0, len(was)))]
        else:
            parent[last] = copy.deepcopy(data.draw({"null": st.none(), "other": OTHERS}.get(how, TEXTS)))
        if not shown:
            break
    return shown


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_real_records_changed(shared_data: Path, data: st.DataObject) -> None:
    """Real records with parts dropped, cut off or of other types give facts or go to quarantine."""
    facts = quarantined_or(changed(data.draw(st.sampled_from(real(shared_data))), data))

    assert all(fact.at and fact.event for fact in facts)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_made_up_records_changed(data: st.DataObject) -> None:
    """Made-up records with parts dropped, cut off or of other types give facts or go to quarantine."""
    facts = quarantined_or(changed(data.draw(st.sampled_from(made_up())), data))

    assert all(fact.at and fact.event for fact in facts)
