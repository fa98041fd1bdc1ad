"""Which of several issuances a session's key takes, and which of several parents."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from queries.answer import Candidate
from queries.who import who
from synth.credential import Credential
from synth.organization import Account, Organization
from synth.principal import User
from tests.queries.chains import KEYS, arn, callee, told

Record = dict[str, Any]
Ingested = Callable[[Sequence[Any]], SQLiteStore]


@pytest.mark.parametrize("off", [1, -1])
def test_one_second_off(ingested: Ingested, org: Organization, prod: Account, alice: Credential, off: int) -> None:
    """A key whose session began a second beside the one issuance is near it."""
    org.tick(-org.trail.now % 10 + (0 if off > 0 else 1))
    issued = prod.assume_role(prod.existing_role("deploy"), by=alice, name="build")
    record = prod.use(issued, KEYS)
    record["userIdentity"]["accessKeyId"] = "ASIAROTATED"
    context = record["userIdentity"]["sessionContext"]["attributes"]
    context["creationDate"] = f"{context['creationDate'][:-2]}{1 if off > 0 else 0}Z"
    (answer,) = who(ingested(org.records), "ASIAROTATED")

    assert told(answer)[1:] == ("IAMUser", "iam-user", True, "near")
    assert answer.hops[0].event_id == issued.session.records[0]
    assert answer.start == context["creationDate"]


def test_one_second_off_two(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """Between two issuances, a second after the one and before the other, nothing is claimed."""
    org.tick(-org.trail.now % 10)
    deploy, bob = prod.existing_role("deploy"), prod.existing_key(prod.existing_user("bob"))
    prod.assume_role(deploy, by=alice, name="build")
    org.tick(2)
    record = prod.use(prod.assume_role(deploy, by=bob, name="build"), KEYS)
    record["userIdentity"]["accessKeyId"] = "ASIAROTATED"
    attributes = record["userIdentity"]["sessionContext"]["attributes"]
    attributes["creationDate"] = f"{attributes['creationDate'][:-2]}1Z"
    (answer,) = who(ingested(org.records), "ASIAROTATED")

    assert told(answer)[1:] == ("Unknown", "issuance-not-seen", False, "observed")


def test_sign_in_joins_sessions(ingested: Ingested, org: Organization, prod: Account, user: User) -> None:
    """A key of `aws login`, whose second fits nothing, belongs to the sign-in that its calls name."""
    console = prod.console_login(user)
    prod.use(console, KEYS)
    record = prod.use(prod.aws_login(console), KEYS)
    record["userIdentity"]["sessionContext"]["attributes"]["creationDate"] = "2026-03-02T23:59:00Z"
    (answer,) = who(ingested(org.records), record["userIdentity"]["accessKeyId"])

    assert told(answer) == ([arn(prod, "user/alice")], "IAMUser", "iam-user", True, "session")
    assert answer.hops[0].event_id == org.records[0]["eventID"]
    assert answer.start == "2026-03-02T23:59:00Z"


def test_sign_in_of_another_principal(ingested: Ingested, org: Organization, prod: Account, user: User) -> None:
    """A role session that names a user's sign-in is not taken for that user: who opened the role was not seen."""
    console = prod.console_login(user)
    seen = prod.use(console, KEYS)
    switched = prod.unseen_session(prod.existing_role("deploy"), name="alice")
    record = prod.use(switched, KEYS)
    record["userIdentity"]["sessionContext"]["signInSessionArn"] = seen["userIdentity"]["sessionContext"][
        "signInSessionArn"
    ]
    (answer,) = who(ingested(org.records), switched.key)

    assert told(answer) == ([arn(prod, "role/deploy")], "Unknown", "issuance-not-seen", False, "observed")


def test_two_parents_of_a_rotated_key(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """Two users opened one session name in one second: its issued keys are exact, a key of its use is ambiguous."""
    bob, deploy = prod.existing_key(prod.existing_user("bob")), prod.existing_role("deploy")
    one = prod.assume_role(deploy, by=alice, name="build")
    two = prod.assume_role(deploy, by=bob, name="build")
    record = prod.use(two, KEYS)
    record["userIdentity"]["accessKeyId"] = "ASIAROTATED"
    store = ingested(org.records)
    (answer,) = who(store, "ASIAROTATED")

    assert told(answer)[1:] == ("Unknown", "ambiguous", False, "session")
    assert answer.candidates == [
        Candidate(arn(prod, "user/alice"), alice.key),
        Candidate(arn(prod, "user/bob"), bob.key),
    ]
    assert not answer.principal_tags_complete
    assert [who(store, key.key)[0].origin.name for key in (one, two)] == ["alice", "bob"]


@pytest.mark.parametrize("other", [True, False])
def test_a_parent_known_by_principal_alone(
    ingested: Ingested,
    org: Organization,
    prod: Account,
    alice: Credential,
    far: Account,
    other: bool,  # noqa: FBT001 -- a case
) -> None:
    """Of two keys of one second one shows its parent key, one only a principal: the same one, or it is ambiguous."""
    target = far.existing_role("admin", trusts={prod.number})
    bob = prod.existing_key(prod.existing_user("bob"))
    far.assume_role(target, by=alice, name="x")
    far.assume_role(target, by=bob if other else alice, name="x")
    both = [record for record in org.records if record["recipientAccountId"] == prod.number]
    record = far.use(far.unseen_session(target, name="x"), KEYS)
    (answer,) = who(ingested([both[0], *callee(org, far), record]), record["userIdentity"]["accessKeyId"])

    assert (answer.stop, answer.complete) == (("ambiguous", False) if other else ("iam-user", True))


def test_several_keys_of_one_parent(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """SDKs ask two or three times a second; a rotated key of such a session is not ambiguous."""
    last = prod.assume_role(prod.existing_role("deploy"), by=alice, name="build", times=3)
    record = prod.use(last, KEYS)
    record["userIdentity"]["accessKeyId"] = "ASIAROTATED"
    (answer,) = who(ingested(org.records), "ASIAROTATED")

    assert told(answer)[1:] == ("IAMUser", "iam-user", True, "session")
    assert answer.end is not None


def test_end_of_siblings(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A rotated key ends with its session's issued keys; where these end at different times, nobody knows."""
    deploy = prod.existing_role("deploy")
    prod.assume_role(deploy, by=alice, name="build")
    two = prod.assume_role(deploy, by=alice, name="build", duration=1800)
    record = prod.use(two, KEYS)
    record["userIdentity"]["accessKeyId"] = "ASIAROTATED"
    (answer,) = who(ingested(org.records), "ASIAROTATED")
    (alone,) = who(ingested(org.records[1:]), "ASIAROTATED")

    assert answer.end is None
    assert alone.end == who(ingested(org.records), two.key)[0].end is not None
