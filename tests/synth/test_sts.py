import pytest

from synth.credential import Credential
from synth.ledger import Refused
from synth.organization import Account, Organization
from synth.principal import User


def start(seed: int = 1, era: int = 2026) -> tuple[Organization, Account, Credential, User, Credential]:
    """Give an account with an administrator older than the trail, and alice with a key that was made in it."""
    org = Organization(seed, era=era)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    alice = account.create_user("alice", by=admin, tags={"Team": "red"})
    return org, account, admin, alice, account.create_access_key(alice, by=admin)


def test_role_in_the_same_account() -> None:
    """One record without a sharedEventID; the session carries the role's tags under those passed."""
    org, account, admin, alice, key = start()
    role = account.create_role("Deploy", by=admin, tags={"stage": "prod", "owner": "ops"})
    before = len(org.records)
    made = account.assume_role(role, by=key, name="build", tags={"Stage": "test"})
    truth = org.truth()[made.key]

    assert len(org.records) == before + 1
    record = org.records[-1]
    assert "sharedEventID" not in record
    assert record["responseElements"]["credentials"]["accessKeyId"] == made.key
    assert record["userIdentity"]["accessKeyId"] == key.key
    assert truth.chain == (role.arn, alice.arn)
    assert (truth.origin_kind, truth.origin_id, truth.origin_name) == ("IAMUser", alice.id, "alice")
    assert truth.principal_tags == {"Stage": "test", "owner": "ops"}
    assert truth.tags == {"Team": "red", "Stage": "test", "owner": "ops"}
    assert truth.records == (record["eventID"],)
    assert truth.start == record["eventTime"]
    assert (truth.evidence, truth.transitive, truth.issued, truth.seen) == ("exact", (), True, False)


def test_transitive_tags_go_down_the_chain() -> None:
    """Transitive tags are inherited and logged as incoming; others stop at the next hop but stay in what was said."""
    org, account, admin, alice, key = start()
    one, two = (account.create_role(name, by=admin, tags={"project": name}) for name in ("One", "Two"))
    passed = {"project": "x", "ticket": "7"}
    first = account.assume_role(one, by=key, name="a", tags=passed, transitive=["Project"])
    second = account.assume_role(two, by=first, name="b", tags={"c": "c"})
    truth = org.truth()[second.key]

    assert org.records[-1]["requestParameters"]["incomingTransitiveTags"] == {"project": "x"}
    assert truth.chain == (two.arn, one.arn, alice.arn)
    assert truth.transitive == ("project",)
    assert truth.principal_tags == {"project": "x", "c": "c"}
    assert truth.tags == {"Team": "red", "project": "x", "ticket": "7", "c": "c"}


def test_inherited_tag_cannot_be_passed_again() -> None:
    """A tag whose key is inherited, in whatever case, is refused, and the denied record has no parameters."""
    org, account, admin, _, key = start()
    role = account.create_role("One", by=admin)
    first = account.assume_role(role, by=key, name="a", tags={"p": "x"}, transitive=["p"])
    keys = set(org.truth())
    with pytest.raises(Refused):
        account.assume_role(role, by=first, name="b", tags={"P": "x"})

    record = org.records[-1]
    assert (record["errorCode"], record["requestParameters"], record["responseElements"]) == (
        "AccessDenied",
        None,
        None,
    )
    assert role.arn in record["errorMessage"]
    assert set(org.truth()) == keys


def test_source_identity_stays() -> None:
    """A source identity once set goes down the chain and cannot be changed."""
    org, account, admin, _, key = start()
    role = account.create_role("One", by=admin)
    first = account.assume_role(role, by=key, source_identity="alice")
    second = account.assume_role(role, by=first)
    with pytest.raises(Refused):
        account.assume_role(role, by=first, source_identity="mallory")

    assert org.truth()[second.key].source_identity == "alice"


def test_chaining_is_limited_to_an_hour() -> None:
    """A longer duration is an error when a role session asks, not when a user does."""
    _, account, admin, _, key = start()
    role = account.create_role("One", by=admin)
    first = account.assume_role(role, by=key, duration=7200)

    with pytest.raises(Refused):
        account.assume_role(role, by=first, duration=7200)


def test_two_copies_of_a_call_over_accounts() -> None:
    """Caller and callee log one call: one sharedEventID, two eventIDs; the callee knows only a principal id."""
    org, account, _, alice, key = start()
    other = org.account("data")
    role = other.existing_role("Reader", trusts={account.number})
    made = account.assume_role(role, by=key, name="x")
    mine, theirs = org.records[-2:]

    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["requestID"] == theirs["requestID"]
    assert mine["eventID"] != theirs["eventID"]
    assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (account.number, other.number)
    assert theirs["userIdentity"] == {"type": "AWSAccount", "principalId": alice.id, "accountId": account.number}
    assert mine["responseElements"] == theirs["responseElements"]
    assert org.truth()[made.key].records == (mine["eventID"], theirs["eventID"])


def test_denied_over_accounts_is_logged_by_the_caller_only() -> None:
    """The target account hears nothing of a call that was denied."""
    org, account, _, _, key = start()
    other = org.account("data")
    role = other.existing_role("Reader")
    before = len(org.records)
    with pytest.raises(Refused):
        account.assume_role(role, by=key)

    assert [record["recipientAccountId"] for record in org.records[before:]] == [account.number]


def test_twice_in_one_second() -> None:
    """An SDK that asks twice gets two keys of one session; only the last is used, and nothing is ambiguous."""
    org, account, admin, _, key = start()
    role = account.create_role("One", by=admin)
    made = account.assume_role(role, by=key, name="same", times=2)
    account.use(made, "s3:ListBuckets")
    forwarded = account.forwarded(made, "athena.amazonaws.com", "s3:GetObject")
    same = [truth for truth in org.truth().values() if truth.session == role.session_arn("same")]

    assert [truth.seen for truth in same] == [False, True, True]
    assert [truth.issued for truth in same] == [True, True, False]
    assert not org.truth()[forwarded.key].ambiguous


def test_two_parents_in_one_second_are_ambiguous() -> None:
    """Where two users opened sessions of one name in one second, a key known by use alone can be of either."""
    org, account, admin, _, key = start()
    bob = account.existing_key(account.existing_user("bob"))
    role = account.create_role("One", by=admin)
    account.assume_role(role, by=bob, name="same")
    made = account.assume_role(role, by=key, name="same")
    forwarded = account.forwarded(made, "athena.amazonaws.com", "s3:GetObject")

    assert org.truth()[forwarded.key].ambiguous
    assert not org.truth()[made.key].ambiguous


def test_session_token_is_the_same_user() -> None:
    """GetSessionToken gives a key of the user itself: the chain is the user alone."""
    org, account, _, alice, key = start()
    made = account.get_session_token(key, mfa=True)
    used = account.use(made, "s3:ListBuckets")
    truth = org.truth()[made.key]

    assert truth.chain == (alice.arn,)
    assert truth.principal_tags == {"Team": "red"}
    assert used["userIdentity"]["arn"] == alice.arn
    assert used["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"


def test_federated_user() -> None:
    """GetFederationToken gives a principal of its own, under the user; it cannot assume roles."""
    org, account, admin, alice, key = start()
    made = account.get_federation_token(key, name="guest", tags={"team": "blue"})
    used = account.use(made, "s3:ListBuckets")
    truth = org.truth()[made.key]
    role = account.create_role("One", by=admin)

    assert truth.chain == (f"arn:aws:sts::{account.number}:federated-user/guest", alice.arn)
    assert truth.principal_tags == {"team": "blue"}
    assert used["userIdentity"]["sessionContext"]["sessionIssuer"]["principalId"] == alice.id
    with pytest.raises(Refused):
        account.assume_role(role, by=made)


def test_assumed_root_leads_back_to_who_asked() -> None:
    """A privileged session acts as the target's root, with a key of the target account, for its caller."""
    org, account, _, alice, key = start()
    target = org.account("data")
    made = account.assume_root(key, target=target)
    used = account.use(made, "iam:GetLoginProfile")
    truth = org.truth()[made.key]

    assert truth.chain == (target.root_arn, alice.arn)
    assert truth.origin_id == alice.id
    assert used["userIdentity"]["type"] == "Root"
    assert used["userIdentity"]["sessionContext"]["assumedRoot"] == "true"


def test_dead_keys_leave_no_record() -> None:
    """A key that is switched off, expired or of a deleted role makes no call."""
    org, account, admin, _, key = start()
    role = account.create_role("One", by=admin)
    short, orphan = account.assume_role(role, by=key, duration=900), account.assume_role(role, by=key, duration=3600)
    account.update_access_key(key, by=admin, active=False)
    org.tick(901)
    account.delete_role(role, by=admin)
    before = len(org.records)

    for dead in (key, short, orphan):
        with pytest.raises(Refused):
            account.use(dead, "s3:ListBuckets")
    assert len(org.records) == before
