"""What holds for every handler, and for every real record."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.schema import CREDENTIALS, THINGS
from ingest.events import HANDLERS
from ingest.facts import Attempted, Changed, Created, Fact, Issued, Owned, RunsAs, Tagged, Untagged
from ingest.record import Shape

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

EVENTS = sorted(HANDLERS.handlers)
CALLERS: dict[str, Shown | None] = {
    "nobody": None,
    "nothing": {},
    "service": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
    "account": {"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDAX"},
    "user": {"type": "IAMUser", "principalId": "AIDAX", "accountId": "111122223333", "accessKeyId": ""},
    "root": {"type": "Root", "principalId": "111122223333", "accountId": "111122223333"},
    "saml": {"type": "SAMLUser", "userName": "bob"},
    "web": {"type": "WebIdentityUser", "principalId": "x"},
    "person": {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u", "identityStoreArn": "arn:a:b::c:d/d-1"}},
    "unknown": {"type": "Unknown", "accountId": "111122223333"},
}
EMPTY: list[Shown | None] = [None, {}]


def _subclasses(shape: type[Shape]) -> Iterator[type[Shape]]:
    for sub in shape.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _short(key: tuple[str, str]) -> tuple[str, str]:
    return key[0].removesuffix(".amazonaws.com"), key[1]


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_missing_fields_are_never_an_error(record: Make, facts_of: FactsOf, caller: Shown | None) -> None:
    """Every event with nothing in its request and answer gives what is known, of nodes that the graph has."""
    facts = [
        fact
        for key in EVENTS
        for empty in EMPTY
        for fact in facts_of(record(*_short(key), userIdentity=caller, requestParameters=empty, responseElements=empty))
    ]

    assert [fact for fact in facts if not _fits(fact)] == []
    assert not any(isinstance(fact, Issued) and fact.key for fact in facts)


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
def test_refused_calls_change_nothing(record: Make, facts_of: FactsOf, caller: Shown | None) -> None:
    """Every refused event, a dry run too, gives attempts and nothing else."""
    for key in EVENTS:
        refused = record(*_short(key), userIdentity=caller, errorCode="Client.DryRunOperation", errorMessage="no")
        facts = facts_of(refused)

        assert facts, key
        assert {type(fact) for fact in facts} == {Attempted}, key
        assert all(_fits(fact) for fact in facts), key


def test_facts_rest_on_their_record(record: Make, facts_of: FactsOf) -> None:
    """Every fact bears the record's time and event id."""
    facts = [fact for key in EVENTS for fact in facts_of(record(*_short(key)))]

    assert {(fact.at, fact.event) for fact in facts} == {("2024-05-06T07:08:09Z", "e-1")}


WRONG: list[tuple[str, str, Shown]] = [
    ("sts", "AssumeRole", {"roleArn": 5}),
    ("sts", "AssumeRole", {"tags": "none"}),
    ("iam", "CreateUser", {"userName": ["bob"]}),
    ("cloudformation", "CreateStack", {"stackName": {}}),
]


@pytest.mark.parametrize(("source", "event", "asked"), WRONG)
def test_wrong_types_are_an_error(record: Make, facts_of: FactsOf, source: str, event: str, asked: Shown) -> None:
    """A field of another type than CloudTrail's is not passed over: the record is to be put into quarantine."""
    with pytest.raises(msgspec.ValidationError):
        facts_of(record(source, event, requestParameters=asked))


NAMES = sorted(
    {name for shape in _subclasses(Shape) for name in shape.__struct_encode_fields__}
    | {"client_id", "ConsoleLogin", "SwitchFrom", "UserName", "role_name", "account_id"}
)
TEXTS = st.sampled_from(["", "x", "arn:", "arn:aws:iam::1:role/r", "arn:aws:sts::1:assumed-role/r/s", "i-1", "a/b:c|d"])
VALUES = st.recursive(
    st.none() | TEXTS | st.integers(-1, 10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=4,
)
FIELDS = st.none() | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EVENTS), st.sampled_from(list(CALLERS.values())), FIELDS, FIELDS, FIELDS)
def test_whatever_the_fields_hold(
    record: Make,
    facts_of: FactsOf,
    key: tuple[str, str],
    caller: Shown | None,
    asked: Shown | None,
    answer: Shown | None,
    extra: Shown | None,
) -> None:
    """Whatever stands in them gives facts of nodes that the graph has, or the error that puts it into quarantine."""
    shown = record(
        *_short(key),
        userIdentity=caller,
        requestParameters=asked,
        responseElements=answer,
        additionalEventData=extra,
        serviceEventDetails=extra,
    )
    with suppress(msgspec.ValidationError):
        facts = facts_of(shown)

        assert [fact for fact in facts if not _fits(fact)] == []


def _fits(fact: Fact) -> bool:
    if isinstance(fact, Created | Changed | Attempted):
        return fact.target.label in THINGS and fact.by.label in CREDENTIALS and bool(fact.target.id and fact.by.id)
    if isinstance(fact, Issued):
        return fact.issuer.label in CREDENTIALS and bool(fact.issuer.id)
    if isinstance(fact, RunsAs):
        return fact.thing.label in {"Stack", "Workload"} and fact.role.label == "Role"
    if isinstance(fact, Tagged | Untagged):
        return fact.target.label in {"User", "Name", "Role", "Provider"}
    return not isinstance(fact, Owned) or fact.owner.label in {"User", "Name"}


def _records(value: object) -> Iterator[Shown]:
    if isinstance(value, dict):
        if "eventName" in value and "userIdentity" in value:
            yield value
        else:
            for inner in value.values():
                yield from _records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _records(inner)


def _trail(folder: Path) -> Iterator[Shown]:
    decoder = json.JSONDecoder()
    for path in sorted(each for each in folder.rglob("*") if each.suffix in {".json", ".txt"}):
        rest = path.read_text(encoding="utf-8").strip()
        while rest.startswith(("{", "[")):  # one file, as published, ends with a brace too many
            value, end = decoder.raw_decode(rest)
            rest = rest[end:].strip()
            yield from _records(value)


def test_invictus(shared_data: Path, facts_of: FactsOf) -> None:
    """2,900 real records: 36 keys issued by STS, two made by IAM, 13 refused AssumeRole that name their role."""
    facts = [fact for shown in _trail(shared_data / "invictus") for fact in facts_of(shown)]
    issued = {fact.key for fact in facts if isinstance(fact, Issued) and fact.key}
    owned = {fact.key: fact.owner.id for fact in facts if isinstance(fact, Owned)}
    refused = [fact for fact in facts if isinstance(fact, Attempted) and fact.what == "AssumeRole"]
    kinds = Counter(fact.how for fact in facts if isinstance(fact, Issued) and fact.key)

    assert len(issued) == 36
    assert kinds == {"exact": 36}
    assert all(fact.session and fact.expires for fact in facts if isinstance(fact, Issued) and fact.key)
    assert owned == {
        "AKIATFQR7NSC3ZO6PKAZ": "123837392027/stratus-red-team-backdoor-u-user",
        "AKIATFQR7NSCQLA2F4OD": "123837392027/malicious-iam-user",
    }
    assert len(refused) == 13
    assert {fact.target.label for fact in refused} == {"Role"}


def test_stratus(shared_data: Path, facts_of: FactsOf) -> None:
    """36 attack techniques: every record is understood, and what each one is known for shows."""
    facts = [fact for shown in _trail(shared_data / "stratus") for fact in facts_of(shown)]
    shown = {fact.what for fact in facts if isinstance(fact, Created | Changed)}

    assert shown >= {
        "StopLogging",
        "DeleteTrail",
        "PutEventSelectors",
        "CreateAccessKey",
        "CreateLoginProfile",
        "UpdateLoginProfile",
        "UpdateAssumeRolePolicy",
        "AttachUserPolicy",
        "CreateRole",
        "CreateTrustAnchor",
        "ModifyInstanceAttribute",
        "SendCommand",
        "StartSession",
        "SendSSHPublicKey",
        "SendSerialConsoleSSHPublicKey",
        "UpdateFunctionCode20150331v2",
        "AddPermission20150331v2",
    }
    assert {fact.what for fact in facts if isinstance(fact, Attempted)} >= {"LeaveOrganization", "RunInstances"}
    assert {fact.session.kind for fact in facts if isinstance(fact, Issued) and fact.session} == {
        "role",
        "federated",
        "console",
    }


def test_cross_account(shared_data: Path, facts_of: FactsOf) -> None:
    """Both accounts' copies issue the same key for the same session; only the caller's knows the parent key."""
    facts = [fact for shown in _trail(shared_data / "cross-account") for fact in facts_of(shown)]
    copies = [fact for fact in facts if isinstance(fact, Issued) and fact.key]
    (switched,) = [fact for fact in facts if isinstance(fact, Issued) and not fact.key]

    assert {(fact.key, fact.session.id if fact.session else "") for fact in copies} == {
        ("ACCESSKEYID", "2020-10-20T15:21:40Z/arn:aws:sts::999999999999:assumed-role/role-name/12345")
    }
    assert {(fact.issuer.label, fact.how) for fact in copies} == {("AccessKey", "exact"), ("Account", "principal")}
    assert switched.session is not None
    assert switched.session.id == "2020-10-20T14:05:37Z/arn:aws:sts::999999999999:assumed-role/role-name/uhura"
    assert (switched.issuer.id, switched.principal) == ("000000000000", "arn:aws:iam::000000000000:user/uhura")


def test_published_chain(shared_data: Path, facts_of: FactsOf) -> None:
    """The published two-hop example: each key is issued by the one before, with its tags."""
    facts = [fact for shown in _trail(shared_data / "whodunnit-readme") for fact in facts_of(shown)]
    chain = {fact.key: (fact.issuer.id, dict(fact.tags)) for fact in facts if isinstance(fact, Issued)}

    assert chain == {
        "ASIATJVZAAAARRT5X7PR": ("ASIAY24FZZZZIJJL6PUI", {"b": "c", "c": "c"}),
        "ASIAY24FZZZZIJJL6PUI": ("ASIAY24FZZZZJJS7IPOU", {"b": "b", "c": "b", "d": "b"}),
        "ASIAY24FZZZZJJS7IPOU": ("AKIAJWMRCSBBKQO4HQCQ", {"a": "a", "b": "a"}),
    }
