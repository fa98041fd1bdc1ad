"""What an id may mean, which of several is meant, and what is said where nothing is known."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.errors import NotFound
from ingest.pasted import Asked, asked
from queries.answer import Answer
from queries.several import Several
from queries.who import who
from synth.credential import Credential
from synth.organization import Account, Organization
from synth.principal import Role

Record = dict[str, Any]
Ingested = Callable[[Sequence[Any]], SQLiteStore]

KEYS = "s3:ListBuckets"


@pytest.fixture
def deploy(prod: Account) -> Role:
    """A role with a path, older than the trail."""
    return prod.existing_role("deploy", path="/ci/")


@pytest.fixture
def build(org: Organization, prod: Account, alice: Credential, deploy: Role) -> Credential:
    """A key of a role session `build` that alice opened, seen in use."""
    key = prod.assume_role(deploy, by=alice, name="build")
    prod.use(key, KEYS)
    org.tick(60)
    return key


def key_of(store: SQLiteStore, question: Asked | str, at: str | None = None) -> str | None:
    """The key of the one answer."""
    (answer,) = who(store, question, at)
    return answer.access_key_id


# -- every kind of id


def test_ids_of_a_role_session(ingested: Ingested, org: Organization, prod: Account, build: Credential) -> None:
    """Key, session ARN, principal id, role ARN with and without its path, session id: all lead to the one session."""
    store, session = ingested(org.records), build.session
    started = org.records[0]["eventTime"]
    ids = [
        build.key,
        session.arn,
        session.principal_id,
        session.principal_id.partition(":")[0],
        f"arn:aws:iam::{prod.number}:role/ci/deploy",
        f"arn:aws:iam::{prod.number}:role/deploy",
        f"{started}/{session.arn}",
    ]

    assert {key_of(store, one) for one in ids} == {build.key}


def test_ids_of_a_user(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A user's id and ARN mean the user itself, which has no key of its own."""
    prod.use(alice, KEYS)
    store, user = ingested(org.records), alice.session
    answers = [who(store, one)[0] for one in (user.principal_id, user.acts_as)]

    assert {answer.principal for answer in answers} == {user.acts_as}
    assert [(a.access_key_id, a.stop, a.complete) for a in answers] == [(None, "iam-user", True)] * 2


def test_ids_of_root(ingested: Ingested, org: Organization, prod: Account) -> None:
    """Root is asked about by its ARN, its account, and the id that answers give."""
    prod.use(prod.root_key(), KEYS)
    store = ingested(org.records)
    answers = [who(store, one)[0] for one in (prod.root_arn, prod.number, f"{prod.number}:root")]

    assert [(a.principal, a.origin.kind, a.stop) for a in answers] == [(prod.root_arn, "Root", "root")] * 3


def test_event_that_issued(ingested: Ingested, org: Organization, alice: Credential, build: Credential) -> None:
    """An event means the credential that made the call, and tells what it issued."""
    (answer,) = who(ingested(org.records), org.records[0]["eventID"])

    assert (answer.access_key_id, answer.issued) == (alice.key, [build.key])
    assert "Issued" in msgspec.to_builtins(answer)


def test_event_that_made_a_key(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A long-lived key that an event made is issued by it as well; an event that made none says so."""
    user = prod.create_user("bob", by=alice)
    key = prod.create_access_key(user, by=alice)
    store = ingested(org.records)

    assert [who(store, record["eventID"])[0].issued for record in org.records] == [[], [key.key]]
    assert "Issued" not in msgspec.to_builtins(who(store, key.key)[0])


def test_event_from_outside(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A SAML sign-in was made by its subject: by the provider, as the chain of its key says too."""
    provider = prod.create_saml_provider("idp", by=alice)
    key = prod.assume_role_with_saml(prod.create_role("staff", by=alice), provider=provider, subject="carol")
    (answer,) = who(ingested(org.records), key.session.records[0])

    assert (answer.principal, answer.issued) == (provider.arn, [key.key])
    assert (answer.origin.kind, answer.origin.id, answer.complete) == ("SAMLUser", "carol", True)


def test_event_of_identity_center(ingested: Ingested, org: Organization, prod: Account) -> None:
    """The sign-in by Identity Center is its person's, not just some SAML user's."""
    role, provider = prod.sso_role("Admin")
    key = prod.identity_center(role, provider=provider, person=org.person("dana"))
    (answer,) = who(ingested(org.records), key.session.records[0])

    assert (answer.principal, answer.origin.kind, answer.origin.name) == (provider.arn, "IdentityCenterUser", "dana")


def test_event_of_a_service(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """What a service asked for in its own name is the service's."""
    key = prod.instance(prod.create_role("work", by=alice), times=1)
    (answer,) = who(ingested(org.records), key.session.records[0])

    assert (answer.principal, answer.stop, answer.issued) == ("ec2.amazonaws.com", "service", [key.key])


def test_event_that_names_nobody(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """Where a record does not say who called, the account that received it is all there is."""
    prod.create_user("bob", by=alice)
    org.records[0]["userIdentity"] = None
    (answer,) = who(ingested(org.records), org.records[0]["eventID"])

    assert (answer.principal, answer.origin.kind, answer.complete) == (prod.number, "Account", False)


# -- pasted


def pasted(store: SQLiteStore, value: object) -> Answer:
    """The one answer to a pasted JSON value."""
    (one,) = asked(json.dumps(value, indent=2))
    (answer,) = who(store, one)
    return answer


def test_pasted_records(ingested: Ingested, org: Organization, build: Credential) -> None:
    """A record, plain, in EventBridge's envelope or in a list, asks about its caller."""
    store, record = ingested(org.records), org.records[1]
    wrapped: list[object] = [record, {"version": "0", "id": "x", "detail": record}, {"Records": [record]}, [record]]

    assert {pasted(store, one).access_key_id for one in wrapped} == {build.key}


def test_pasted_record_without_a_key(ingested: Ingested, org: Organization, prod: Account) -> None:
    """A call that shows no key (a linked role's) leads to its session."""
    role = prod.service_linked_role("rds.amazonaws.com", "AWSServiceRoleForRDS")
    record = prod.linked_use(role, "rds.amazonaws.com", "ec2:CreateNetworkInterface", name="SLRManagement")

    assert pasted(ingested(org.records), record).principal_chain == [role.arn, "rds.amazonaws.com"]


@pytest.mark.usefixtures("build")
def test_pasted_record_of_another_session(ingested: Ingested, org: Organization) -> None:
    """A record that was never ingested is not answered with another session of the same name."""
    store, record = ingested(org.records), org.records[1]
    later = json.loads(json.dumps(record))
    later["userIdentity"]["accessKeyId"] = "ASIAELSE"
    later["userIdentity"]["sessionContext"]["attributes"]["creationDate"] = later["eventTime"] = "2026-03-02T08:30:00Z"
    later["eventID"] = "elsewhere"
    (one,) = asked(json.dumps(later))

    with pytest.raises(NotFound):
        who(store, one)


@pytest.mark.parametrize("shape", ["api", "eventbridge", "list"])
def test_pasted_findings(ingested: Ingested, org: Organization, build: Credential, shape: str) -> None:
    """A GuardDuty finding, as API, EventBridge or a list of findings spells it, asks about its access key."""
    key = {"AccessKeyId": build.key, "PrincipalId": build.session.principal_id, "UserType": "AssumedRole"}
    seen = "2026-03-02T08:05:00.000Z"
    finding: dict[str, Any] = {
        "Resource": {"AccessKeyDetails": key, "ResourceType": "AccessKey"},
        "Service": {"EventLastSeen": seen},
    }
    camel = {
        "resource": {"accessKeyDetails": {name[0].lower() + name[1:]: value for name, value in key.items()}},
        "service": {"eventLastSeen": seen},
    }
    shapes = {
        "api": finding,
        "eventbridge": {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": camel},
        "list": {"Findings": [finding, finding]},
    }

    assert pasted(ingested(org.records), shapes[shape]).access_key_id == build.key


# -- which of several


@pytest.fixture
def twice(
    org: Organization, prod: Account, alice: Credential, deploy: Role, build: Credential
) -> tuple[Credential, Credential]:
    """Two sessions of one name, an hour each, three hours apart."""
    org.tick(3 * 3600)
    later = prod.assume_role(deploy, by=alice, name="build")
    prod.use(later, KEYS)
    return build, later


def test_several_sessions_are_listed(
    ingested: Ingested, org: Organization, twice: tuple[Credential, Credential]
) -> None:
    """Without a time both are listed under ids that each ask for one of them; --all answers for each."""
    store, (first, last) = ingested(org.records), twice
    with pytest.raises(Several) as raised:
        who(store, first.session.arn)

    assert [key_of(store, choice.id) for choice in raised.value.choices] == [first.key, last.key]
    assert [answer.access_key_id for answer in who(store, first.session.arn, every=True)] == [first.key, last.key]


def test_the_session_live_at_a_time(
    ingested: Ingested, org: Organization, twice: tuple[Credential, Credential]
) -> None:
    """With a time it is the one that was live then, also by its role."""
    store, (first, last) = ingested(org.records), twice
    times = [record["eventTime"] for record in org.records if record["eventName"] == "AssumeRole"]

    for text in (first.session.arn, first.session.principal_id, first.session.acts_as):
        assert [key_of(store, text, at) for at in times] == [first.key, last.key]


def test_no_session_live_at_a_time(ingested: Ingested, org: Organization, build: Credential) -> None:
    """Hours after its end a session is not the one live then: nothing is, and the sentence says when."""
    with pytest.raises(NotFound, match="known to have been alive at 2026-03-02T20:00:00Z"):
        who(ingested(org.records), build.session.arn, "2026-03-02T20:00:00Z")


def test_users_of_one_name(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """An ARN that two users bore is the one who bore it then; without a time both are listed."""
    first = prod.create_user("bob", by=alice)
    prod.use(prod.create_access_key(first, by=alice), KEYS)
    during = org.records[-1]["eventTime"]
    prod.delete_user(first, by=alice)
    org.tick(60)
    second = prod.create_user("bob", by=alice)
    prod.use(prod.create_access_key(second, by=alice), KEYS)
    store, after = ingested(org.records), org.records[-1]["eventTime"]

    assert [who(store, first.arn, at)[0].origin.id for at in (during, after)] == [first.id, second.id]
    with pytest.raises(Several) as raised:
        who(store, first.arn)
    assert {choice.id for choice in raised.value.choices} == {first.id, second.id}


def test_surest_of_several_ids(ingested: Ingested, org: Organization, alice: Credential, build: Credential) -> None:
    """What was pasted may name one credential in several ways: the first that is known answers."""
    question = Asked(("ASIAUNKNOWN", build.key, alice.key))

    assert key_of(ingested(org.records), question) == build.key


def test_source_identity_of_a_session_of_two_keys(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential, deploy: Role
) -> None:
    """A session that was issued two keys with one source identity has it, though no call of it was seen."""
    first, second = (prod.assume_role(deploy, by=alice, name="s", source_identity="al@example.com") for _ in range(2))
    (answer,) = who(ingested(org.records), first.session.arn)

    assert first.key != second.key
    assert answer.source_identity == "al@example.com"


def test_an_issued_key_is_not_long_lived(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """Not even where a record of its use leaves out the session: its issuance says when it ends."""
    token = prod.get_session_token(alice)
    used = json.loads(json.dumps(prod.use(token, KEYS)))
    del used["userIdentity"]["sessionContext"]
    (answer,) = who(ingested([*org.records[:-1], used]), token.key)

    assert answer.end is not None
    assert answer.access_key_id == token.key


# -- nothing known


def test_a_role_without_sessions_is_not_unknown(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """What happened to it is known, so that is not denied: the sentence says what it is, and where to look."""
    role = prod.create_role("idle", by=alice)
    with pytest.raises(NotFound, match=f"no session of the role '{role.arn}' is known.*`whodunnit history {role.arn}`"):
        who(ingested(org.records), role.arn)


@pytest.mark.usefixtures("build")
def test_not_found(ingested: Ingested, org: Organization, prod: Account) -> None:
    """The sentence says what the graph covers, and the account that the id itself says."""
    other = org.account("elsewhere")
    unknown = other.mint("ASIA")
    with pytest.raises(NotFound) as raised:
        who(ingested(org.records), unknown)

    said = str(raised.value)
    assert unknown in said
    assert f"the graph covers {org.records[0]['eventTime']} to {org.records[-1]['eventTime']}" in said
    assert prod.number in said
    assert f"the id itself says account {other.number}" in said


def test_not_found_in_an_empty_graph(ingested: Ingested) -> None:
    """Where nothing was ingested, that is what is said."""
    with pytest.raises(NotFound, match="nothing was ingested yet"):
        who(ingested([]), "ASIAUNKNOWN")


# -- addenda


def amending(record: Record, **changes: object) -> Record:
    """A newer copy of a record, under an id of its own."""
    copy = json.loads(json.dumps(record))
    copy |= {"eventID": f"amends {record['eventID']}", "addendum": {"originalEventID": record["eventID"]}, **changes}
    return dict(copy)


@pytest.mark.parametrize("first", [True, False])
def test_addendum_to_an_issuance(
    ingested: Ingested,
    org: Organization,
    prod: Account,
    build: Credential,
    first: bool,  # noqa: FBT001 -- a case
) -> None:
    """Who issued, and which tags were passed, is what the addendum says alone, in whatever order the two come."""
    bob = prod.existing_key(prod.existing_user("bob"))
    wrong = org.records[0]
    wrong["requestParameters"]["tags"] = [{"key": "team", "value": "red"}]
    request = {**wrong["requestParameters"], "tags": [{"key": "desk", "value": "7"}]}
    theirs = prod.use(bob, KEYS)
    right = amending(wrong, userIdentity=theirs["userIdentity"], requestParameters=request)
    records = [right, *org.records] if first else [*org.records, right]
    (answer,) = who(ingested(records), build.key)

    assert (answer.origin.name, answer.stop, answer.complete) == ("bob", "iam-user", True)
    assert answer.tags == {"desk": "7"}
    assert [json.loads(bytes(raw))["eventID"] for raw in answer.trails] == [right["eventID"]]


def test_addendum_to_what_happened_to_a_user(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """Tags, renames and makers of keys come from the addendum too."""
    bob = prod.create_user("bob", by=alice)
    key = prod.create_access_key(bob, by=alice)
    prod.tag_user(bob, {"team": "red"}, by=alice)
    prod.rename_user(bob, "robert", by=alice)
    org.tick(10)
    made, tagged, renamed = org.records[-3:]
    carol = prod.use(prod.existing_key(prod.existing_user("carol")), KEYS)
    more = [
        amending(made, userIdentity=carol["userIdentity"]),
        amending(tagged, requestParameters={**tagged["requestParameters"], "tags": [{"key": "team", "value": "blue"}]}),
        amending(renamed, requestParameters={**renamed["requestParameters"], "newUserName": "zoe"}),
    ]
    store = ingested([*org.records, *more])
    (answer,) = who(store, key.key, carol["eventTime"])

    assert answer.principal == f"arn:aws:iam::{prod.number}:user/zoe"
    assert answer.principal_tags == {"team": "blue"}
    assert str(answer.minted_by and answer.minted_by.principal).endswith(":user/carol")


def test_addendum_to_what_was_asked_of_a_stack(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """Who operated a stack is what the addendum says alone."""
    stack = prod.create_stack("web", by=alice, role=prod.existing_role("exec"))
    theirs = prod.use(prod.existing_key(prod.existing_user("bob")), KEYS)
    more = amending(org.records[0], userIdentity=theirs["userIdentity"])
    key = prod.stack_acts(stack, "s3:CreateBucket", by=alice)
    (answer,) = who(ingested([*org.records, more]), key.key)

    assert (answer.origin.name, answer.stop, answer.candidates) == ("bob", "iam-user", [])


def test_federated_sessions_last_longer(ingested: Ingested, prod: Account, alice: Credential) -> None:
    """A federated user's session may live a day and a half, a role's twelve hours, where their end is not known."""
    key = prod.get_federation_token(alice, name="kiosk")
    used = prod.use(key, KEYS)
    store = ingested([used])
    day = f"2026-03-03{used['eventTime'][10:]}"

    assert key_of(store, key.session.arn, day) == key.key
