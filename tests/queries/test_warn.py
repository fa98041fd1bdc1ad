"""What is said before an answer: whose hand was on a key, a password, a role."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from queries.who import who
from synth.credential import Credential
from synth.organization import Account, Organization
from synth.principal import User

Ingested = Callable[[Sequence[Any]], SQLiteStore]

KEYS = "s3:ListBuckets"


@pytest.fixture
def bob(prod: Account) -> User:
    """A user older than the trail."""
    return prod.existing_user("bob")


@pytest.fixture
def thief(prod: Account) -> User:
    """Another one."""
    return prod.existing_user("mallory")


@pytest.fixture
def mallory(prod: Account, thief: User) -> Credential:
    """A key of the other one's."""
    return prod.existing_key(thief)


def warned(store: SQLiteStore, text: str) -> list[tuple[str, str | None, str | None]]:
    """Kinds, events and who did it."""
    (answer,) = who(store, text)
    return [(one.kind, one.event_id, one.by) for one in answer.warnings]


def test_key_minted_by_other(
    ingested: Ingested, org: Organization, prod: Account, bob: User, mallory: Credential
) -> None:
    """A key of bob's that mallory made is not simply bob, nor is a session that was opened with it."""
    key = prod.create_access_key(bob, by=mallory)
    made = org.records[-1]["eventID"]
    below = prod.assume_role(prod.existing_role("ops"), by=key, name="s")
    store = ingested(org.records)
    told = [("key-minted-by-other", made, mallory.session.acts_as)]

    assert warned(store, key.key) == warned(store, below.key) == told
    minted = who(store, key.key)[0].minted_by
    assert minted is not None
    assert (minted.access_key_id, minted.origin.name, minted.at) == (
        mallory.key,
        "mallory",
        org.records[0]["eventTime"],
    )


def test_key_minted_for_oneself(ingested: Ingested, org: Organization, prod: Account, bob: User) -> None:
    """A key that bob made for himself, with a key or out of a role that he took, is bob's."""
    own = prod.existing_key(bob)
    prod.use(own, KEYS)
    direct = prod.create_access_key(bob, by=own)
    role = prod.assume_role(prod.existing_role("ops"), by=own, name="s")
    around = prod.create_access_key(bob, by=role)
    prod.use(around, KEYS)
    store = ingested(org.records)

    assert [warned(store, key.key) for key in (direct, around)] == [[], []]
    assert who(store, direct.key)[0].minted_by is not None


def test_key_minted_by_root(ingested: Ingested, org: Organization, prod: Account, bob: User) -> None:
    """Root's hand on a user's key is another's; root's on its own is not."""
    root = prod.root_key()
    theirs, own = prod.create_access_key(bob, by=root), prod.create_access_key(None, by=root)
    store = ingested(org.records)

    assert warned(store, theirs.key) == [("key-minted-by-other", org.records[0]["eventID"], prod.root_arn)]
    assert warned(store, own.key) == []


def test_key_minted_between_two_names(
    ingested: Ingested, org: Organization, prod: Account, bob: User, thief: User
) -> None:
    """Two users of whom only names are known are still two: the warning stands."""
    owned = prod.create_access_key(thief, by=prod.root_key())
    key = prod.create_access_key(bob, by=owned)
    record = org.records[-1]
    record["userIdentity"] = {"type": "IAMUser", "accessKeyId": owned.key, "accountId": prod.number}
    store = ingested(org.records)

    assert [kind for kind, _, _ in warned(store, key.key)] == ["key-minted-by-other"]


def test_password_set_by_other(
    ingested: Ingested, org: Organization, prod: Account, bob: User, mallory: Credential
) -> None:
    """A console session of bob's after mallory set his password may be hers; one before was his."""
    prod.use(prod.existing_key(bob), KEYS)
    before = prod.console_login(bob)
    prod.use(before, KEYS)
    prod.update_login_profile(bob, by=mallory)
    changed = org.records[-1]["eventID"]
    after = prod.console_login(bob)
    prod.use(after, KEYS)
    store = ingested(org.records)
    told = [("password-set-by-other", changed, mallory.session.acts_as)]

    assert warned(store, before.key) == []
    assert warned(store, after.key) == warned(store, bob.id) == told


def test_password_set_by_oneself(ingested: Ingested, org: Organization, prod: Account, bob: User) -> None:
    """His own hand is no warning, whichever of his credentials he used; and keys need no password."""
    key = prod.existing_key(bob)
    prod.create_login_profile(bob, by=key)
    console = prod.console_login(bob)
    prod.update_login_profile(bob, by=console)
    again = prod.console_login(bob)
    prod.use(again, KEYS)
    store = ingested(org.records)

    assert [warned(store, text) for text in (again.key, console.key, key.key, bob.id)] == [[], [], [], []]


def test_password_of_a_namesake(ingested: Ingested, org: Organization, prod: Account, mallory: Credential) -> None:
    """A password that was set for another bob, who is gone, is not this bob's."""
    first = prod.create_user("bob", by=mallory)
    prod.create_login_profile(first, by=mallory)
    prod.delete_user(first, by=mallory)
    second = prod.create_user("bob", by=mallory)
    console = prod.console_login(second)
    prod.use(console, KEYS)

    assert warned(ingested(org.records), console.key) == []


def test_trust_changed(ingested: Ingested, org: Organization, prod: Account, mallory: Credential) -> None:
    """A role that was opened up before the session was opened is said; what came after is not."""
    role = prod.create_role("ops", by=mallory)
    early = prod.assume_role(role, by=mallory, name="early")
    prod.update_trust(role, {prod.number, "111122223333"}, by=mallory)
    changed = org.records[-1]["eventID"]
    late = prod.assume_role(role, by=mallory, name="late")
    store = ingested(org.records)

    assert warned(store, early.key) == []
    assert warned(store, late.key) == [("trust-changed", changed, mallory.session.acts_as)]


def test_trust_of_a_role_that_is_gone(
    ingested: Ingested, org: Organization, prod: Account, mallory: Credential
) -> None:
    """Who was let into a role of the same name that was deleted since does not matter any more."""
    first = prod.create_role("ops", by=mallory)
    prod.update_trust(first, {"111122223333"}, by=mallory)
    prod.delete_role(first, by=mallory)
    key = prod.assume_role(prod.create_role("ops", by=mallory), by=mallory, name="s")

    assert warned(ingested(org.records), key.key) == []


def test_id_of_another_account(ingested: Ingested, org: Organization, prod: Account, mallory: Credential) -> None:
    """An id that says another account than its principal is a warning and no more."""
    key = prod.assume_role(prod.existing_role("ops"), by=mallory, name="s")
    other = org.account("other")
    strange = other.mint("ASIA")
    org.records[-1]["responseElements"]["credentials"]["accessKeyId"] = strange
    (answer,) = who(ingested(org.records), strange)

    assert [(w.kind, w.by) for w in answer.warnings] == [("id-mismatch", other.number)]
    assert (answer.complete, answer.evidence, key.session.acts_as) == (True, "exact", answer.principal)


def test_warnings_come_in_order_of_time(
    ingested: Ingested, org: Organization, prod: Account, bob: User, mallory: Credential
) -> None:
    """All of a chain's warnings, each once, the earliest first."""
    key = prod.create_access_key(bob, by=mallory)
    role = prod.existing_role("ops")
    prod.update_trust(role, {prod.number}, by=mallory)
    below = prod.assume_role(role, by=key, name="s")
    again = prod.assume_role(role, by=below, name="t")

    assert [kind for kind, _, _ in warned(ingested(org.records), again.key)] == ["key-minted-by-other", "trust-changed"]


def test_own_password_by_way_of_a_role(ingested: Ingested, prod: Account, org: Organization) -> None:
    """A user who sets the own password in a role that it assumed is not warned of as somebody else."""
    admin = prod.existing_key(prod.existing_user("administrator"))
    carol = prod.create_user("carol", by=admin)
    key = prod.create_access_key(carol, by=admin)
    own = prod.assume_role(prod.existing_role("Support"), by=key, name="carol")
    org.tick(5)
    prod.create_login_profile(carol, by=own)
    org.tick(5)
    session = prod.rotated(prod.console_login(carol))
    prod.use(session, "s3:ListBuckets")

    kinds = [kind for kind, _, _ in warned(ingested(org.records), session.key)]
    assert "password-set-by-other" not in kinds
