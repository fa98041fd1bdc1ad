"""Names and tags as of a time: renames, users and roles made again, tags set, taken and spelled anew."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.rows import rows_of
from graph.stores.sqlite import SQLiteStore
from ingest.baseline import facts_of
from ingest.sink import Batch
from queries.asof import merge
from queries.history import history
from queries.who import who
from synth.credential import Credential
from synth.organization import Account, Organization

Ingested = Callable[[Sequence[Any]], SQLiteStore]

KEYS = "s3:ListBuckets"


@pytest.fixture
def admin(prod: Account) -> Credential:
    """A key of an admin's, older than the trail."""
    return prod.existing_key(prod.existing_user("admin"))


def now(org: Organization) -> str:
    """The time of the last record, and let a minute pass."""
    org.tick(60)
    return str(org.records[-1]["eventTime"])


def test_keys_of_tags_are_compared_without_case() -> None:
    """One spelling stays, the later."""
    assert merge({"Team": "a", "x": "1"}, {"TEAM": "b"}) == {"x": "1", "TEAM": "b"}


def test_names_are_those_of_each_hop(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """A chain names a user as it was called when it opened the session; the user's own key, as last seen or asked."""
    user = prod.create_user("ann", by=admin, path="/eng/")
    key = prod.create_access_key(user, by=admin)
    prod.use(key, KEYS)
    before = now(org)
    session = prod.assume_role(prod.existing_role("ops"), by=key, name="s")
    prod.rename_user(user, "anna", by=admin)
    org.tick(60)
    prod.use(key, KEYS)
    later = prod.assume_role(prod.existing_role("ops"), by=key, name="s")
    store = ingested(org.records)
    names = [f"arn:aws:iam::{prod.number}:user/eng/{name}" for name in ("ann", "anna")]

    assert [who(store, one.key)[0].principal_chain[-1] for one in (session, later)] == names
    assert [who(store, one.key)[0].origin.name for one in (session, later)] == ["ann", "anna"]
    assert [who(store, key.key, at)[0].principal for at in (before, None)] == names


def test_name_known_by_its_rename_alone(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential
) -> None:
    """A user that was not seen under its new name bears it all the same, on the path that it had."""
    user = prod.create_user("ann", by=admin, path="/eng/")
    prod.rename_user(user, "anna", by=admin)
    prod.rename_user(user, "Hanna", by=admin)
    (answer,) = who(ingested(org.records), user.id)

    assert answer.principal == f"arn:aws:iam::{prod.number}:user/eng/Hanna"


def test_user_made_again(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """Keys and tags of a deleted user are not those of the next of that name."""
    first = prod.create_user("bob", by=admin, tags={"team": "red"})
    one = prod.create_access_key(first, by=admin)
    prod.tag_user(first, {"desk": "7"}, by=admin)
    prod.use(one, KEYS)
    prod.delete_user(first, by=admin)
    org.tick(60)
    second = prod.create_user("bob", by=admin)
    two = prod.create_access_key(second, by=admin)
    prod.tag_user(second, {"room": "2"}, by=admin)
    store = ingested(org.records)

    assert [who(store, key.key)[0].origin.id for key in (one, two)] == [first.id, second.id]
    assert who(store, one.key)[0].principal_tags == {"desk": "7", "team": "red"}
    # The key was never used: as of when it was made, which is before the tag.
    assert [who(store, two.key, at)[0].principal_tags for at in (None, now(org))] == [{}, {"room": "2"}]


def test_role_made_again(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """Tags of a deleted role do not pass to the next of its name, and a session keeps those of its own role."""
    first = prod.create_role("ops", by=admin, tags={"life": "1", "old": "y"})
    one = prod.assume_role(first, by=admin, name="s")
    prod.use(one, KEYS)
    prod.delete_role(first, by=admin)
    org.tick(60)
    second = prod.create_role("ops", by=admin, tags={"life": "2"})
    two = prod.assume_role(second, by=admin, name="s")
    prod.use(two, KEYS)
    store = ingested(org.records)
    answers = [who(store, key.key)[0] for key in (one, two)]

    assert [answer.principal_tags for answer in answers] == [{"life": "1", "old": "y"}, {"life": "2"}]
    assert [answer.principal_tags_complete for answer in answers] == [True, True]


@pytest.mark.parametrize("again", [False, True])
def test_role_that_is_gone(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential, *, again: bool
) -> None:
    """A session of a role that was deleted since has the tags that the role had last, whenever that is asked."""
    role = prod.create_role("ops", by=admin, tags={"life": "1"})
    key = prod.assume_role(role, by=admin, name="s")
    prod.use(key, KEYS)
    org.tick(60)
    prod.tag_role(role, {"late": "y"}, by=admin)
    org.tick(60)
    prod.delete_role(role, by=admin)
    end = now(org)
    if again:
        prod.tag_role(prod.create_role("ops", by=admin, tags={"life": "2"}), {"new": "z"}, by=admin)
    store = ingested(org.records)
    answers = [who(store, key.key, at)[0] for at in (None, end, now(org))]

    assert [answer.principal_tags for answer in answers] == [{"life": "1"}, *[{"late": "y", "life": "1"}] * 2]
    assert [answer.principal_tags_complete for answer in answers] == [True, True, True]


def test_role_of_an_instance_made_again(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential
) -> None:
    """EC2's record does not say the role's id: the session is of the role that was there when it began."""
    role = prod.create_role("ops", by=admin, tags={"life": "1"})
    key = prod.service_session(role, "ec2.amazonaws.com", name="i-0123456789abcdef0")
    org.tick(60)
    prod.delete_role(role, by=admin)
    org.tick(60)
    prod.create_role("ops", by=admin, tags={"life": "2"})
    (answer,) = who(ingested(org.records), key.key, now(org))

    assert answer.principal_tags == {"life": "1"}


def test_role_made_again_unseen(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """Where the end of one role and the making of the next are lost, the next's tags are unknown, not the former's."""
    first = prod.create_role("ops", by=admin, tags={"life": "1"})
    made = org.records[-1]
    prod.delete_role(first, by=admin)
    second = prod.create_role("ops", by=admin)
    org.tick(60)
    two = prod.assume_role(second, by=admin, name="s")
    (answer,) = who(ingested([made, org.records[-1], prod.use(two, KEYS)]), two.key)

    assert (answer.principal_tags, answer.principal_tags_complete) == ({}, False)


def test_role_made_again_and_nobody_saw_it_deleted(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential
) -> None:
    """A session of the first life has none of the next's tags, and its last ones are not sure; the next has its own."""
    first = prod.create_role("ops", by=admin, tags={"life": "1"})
    one = prod.assume_role(first, by=admin, name="s")
    prod.tag_role(first, {"late": "y"}, by=admin)
    org.tick(60)
    prod.delete_role(first, by=admin)
    deletion = org.records[-1]
    org.tick(60)
    second = prod.create_role("ops", by=admin, tags={"life": "2"})
    prod.tag_role(second, {"new": "z"}, by=admin)
    two = prod.assume_role(second, by=admin, name="s")
    store = ingested([record for record in org.records if record is not deletion])
    answers = [who(store, key.key, at)[0] for key, at in ((one, None), (one, now(org)), (two, now(org)))]

    assert [(answer.principal_tags, answer.principal_tags_complete) for answer in answers] == [
        ({"life": "1"}, True),
        ({"life": "1", "late": "y"}, False),
        ({"life": "2", "new": "z"}, True),
    ]


def test_role_deleted_and_made_again_in_one_second(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential
) -> None:
    """As scripts do: the deletion is that of the first, and what is set later is the second's."""
    first = prod.create_role("ops", by=admin, tags={"life": "1"})
    one = prod.assume_role(first, by=admin, name="s")
    org.tick(60)
    prod.delete_role(first, by=admin)
    deletion = org.records[-1]
    second = prod.create_role("ops", by=admin, tags={"life": "2"})
    org.records[-1]["eventTime"] = deletion["eventTime"]
    org.tick(60)
    prod.tag_role(second, {"new": "z"}, by=admin)
    two = prod.assume_role(second, by=admin, name="s")
    store = ingested(org.records)
    answers = [who(store, key.key, now(org))[0] for key in (one, two)]

    assert [(answer.principal_tags, answer.principal_tags_complete) for answer in answers] == [
        ({"life": "1"}, True),
        ({"life": "2", "new": "z"}, True),
    ]


def test_user_renamed_and_deleted(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """One that is gone is called what it was called last."""
    user = prod.create_user("ann", by=admin, path="/eng/")
    key = prod.create_access_key(user, by=admin)
    prod.use(key, KEYS)
    prod.rename_user(user, "anna", by=admin)
    org.tick(60)
    prod.delete_user(user, by=admin)
    store = ingested(org.records)

    assert [who(store, one, now(org))[0].principal for one in (user.id, key.key)] == [
        f"arn:aws:iam::{prod.number}:user/eng/anna"
    ] * 2


def test_tags_as_of_a_time(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """A role's tags are as of the session's start, or as of the time asked for; the session's own stay."""
    role = prod.create_role("ops", by=admin, tags={"Team": "red", "desk": "7"})
    key = prod.assume_role(role, by=admin, name="s", tags={"build": "1"})
    org.tick(60)
    prod.tag_role(role, {"TEAM": "blue"}, by=admin)
    prod.untag_role(role, ["DESK"], by=admin)
    store, later = ingested(org.records), now(org)

    assert who(store, key.key)[0].principal_tags == {"Team": "red", "build": "1", "desk": "7"}
    assert who(store, key.key, later)[0].principal_tags == {"TEAM": "blue", "build": "1"}


def test_tags_from_before_the_trail(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """Of a role older than the trail only what was set in it is known, and that this is not all."""
    role = prod.existing_role("ops", tags={"old": "y"})
    prod.tag_role(role, {"new": "y"}, by=admin)
    key = prod.assume_role(role, by=admin, name="s")
    (answer,) = who(ingested(org.records), key.key)

    assert (answer.principal_tags, answer.principal_tags_complete) == ({"new": "y"}, False)


def test_tags_of_a_renamed_user(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """Tags set under each name are the user's; those set on another who took the old name are not."""
    user = prod.create_user("ann", by=admin)
    key = prod.create_access_key(user, by=admin)
    prod.tag_user(user, {"a": "1"}, by=admin)
    prod.rename_user(user, "anna", by=admin)
    prod.tag_user(user, {"b": "2"}, by=admin)
    other = prod.create_user("ann", by=admin)
    prod.tag_user(other, {"c": "3"}, by=admin)
    prod.use(key, KEYS)
    (answer,) = who(ingested(org.records), key.key)

    assert (answer.principal_tags, answer.principal_tags_complete) == ({"a": "1", "b": "2"}, True)


def test_user_made_again_unseen(ingested: Ingested, org: Organization, prod: Account, admin: Credential) -> None:
    """What happened to a name between the end of one user and the first sight of the next was to the next."""
    first = prod.create_user("bob", by=admin)
    prod.delete_user(first, by=admin)
    org.tick(60)
    second = prod.create_user("bob", by=admin)
    made = org.records[-1]
    key = prod.create_access_key(second, by=admin)
    unused = prod.create_access_key(second, by=admin)
    prod.tag_user(second, {"room": "2"}, by=admin)
    org.tick(60)
    prod.use(key, KEYS)
    store = ingested([record for record in org.records if record is not made])
    answers = [who(store, one.key)[0] for one in (key, unused)]
    done = [{line.what for line in history(store, user.id).lines} for user in (first, second)]

    assert [answer.origin.id for answer in answers] == [second.id] * 2
    assert (answers[0].principal_tags, answers[0].principal_tags_complete) == ({"room": "2"}, False)
    assert ["TagUser" in one for one in done] == [False, True]


@pytest.mark.parametrize("older", [True, False])
def test_key_of_a_name_whose_bearer_is_younger(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential, tmp_path: Path, *, older: bool
) -> None:
    """A baseline says when its user was made: a key that was given to the name before is not that user's."""
    key = prod.create_access_key(prod.existing_user("bob"), by=admin)
    made, snapshot = ("2020-01-01T00:00:00Z" if older else "2026-06-01T00:00:00Z"), "2026-06-02T00:00:00Z"
    arn = f"arn:aws:iam::{prod.number}:user/bob"
    bob = {"UserName": "bob", "UserId": "AIDABASELINE", "Arn": arn, "CreateDate": made, "Path": "/", "Tags": []}
    (tmp_path / "iam.json").write_text(json.dumps({"UserDetailList": [bob]}))
    store = ingested(org.records)
    facts, _ = facts_of([tmp_path / "iam.json"], snapshot)
    store.apply(Batch(rows_of((), (), facts)))
    (answer,) = who(store, key.key)

    assert (answer.origin.id == "AIDABASELINE") == older


def test_key_of_a_name_that_was_never_used(
    ingested: Ingested, org: Organization, prod: Account, admin: Credential
) -> None:
    """It is shown as the name is written, and as it was renamed to since."""
    user = prod.existing_user("Robot-One")
    key = prod.create_access_key(user, by=admin)
    before = now(org)
    prod.rename_user(user, "Robot-Two", by=admin)
    store = ingested(org.records)
    arns = [who(store, key.key, at)[0].principal for at in (None, before, now(org))]

    assert arns == [f"arn:aws:iam::{prod.number}:user/{name}" for name in ("Robot-One", "Robot-One", "Robot-Two")]
