import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.errors import NotFound
from queries.history import history
from queries.past import History
from queries.several import Several
from synth.credential import Credential
from synth.ledger import Refused
from synth.organization import Account, Organization

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]


def prod(org: Organization) -> tuple[Account, Credential]:
    """An account with an administrator who is older than the trail."""
    account = org.account("prod")
    return account, account.existing_key(account.existing_user("admin"))


def told(answer: History) -> list[tuple[str, str | None]]:
    """What happened, with the detail, in order."""
    return [(line.what, line.detail) for line in answer.lines]


def renamed(org: Organization) -> tuple[str, str]:
    """Alice, who becomes alicia, and then another alice; gives their ids."""
    account, admin = prod(org)
    first = account.create_user("alice", by=admin, tags={"team": "red"})
    key = account.create_access_key(first, by=admin)
    account.tag_user(first, {"floor": "2"}, by=admin)
    account.rename_user(first, "alicia", by=admin)
    account.tag_user(first, {"floor": "3"}, by=admin)
    account.update_access_key(key, by=admin, active=False)
    second = account.create_user("alice", by=admin)
    account.tag_user(second, {"floor": "9"}, by=admin)
    return first.id, second.id


def test_a_users_history_covers_all_its_names(ingested: Ingested) -> None:
    """What was done to the old name and to the new is one history; a namesake's is not in it."""
    org = Organization(1)
    first, second = renamed(org)
    store = ingested(org.records)
    before, after = history(store, first), history(store, second)
    key = before.access_keys[0].access_key_id

    assert told(before) == [
        ("CreateUser", "team=red"),
        ("CreateAccessKey", key),
        ("TagUser", "floor=2"),
        ("UpdateUser", "alicia"),
        ("TagUser", "floor=3"),
        ("UpdateAccessKey", f"{key} Inactive"),
    ]
    assert [line.subject for line in before.lines] == ["life", "key", "tag", "name", "tag", "key"]
    assert [name.name for name in before.names] == ["alice", "alicia"]
    assert told(after) == [("CreateUser", None), ("TagUser", "floor=9")]
    assert after.access_keys == ()


def test_a_name_that_two_bore_lists_both(ingested: Ingested) -> None:
    """Asked by a name that passed to another user, each is listed under its own id; the later name is one user's."""
    org = Organization(1)
    first, second = renamed(org)
    store = ingested(org.records)
    with pytest.raises(Several, match="'alice' fits 2") as caught:
        history(store, "alice")

    assert {choice.id for choice in caught.value.choices} == {first, second}
    assert history(store, "alicia").id == first
    assert history(store, f"{org.accounts['prod'].number}/ALICIA").id == first
    assert history(store, f"arn:aws:iam::{org.accounts['prod'].number}:user/alicia").id == first


def test_names_that_nobody_was_seen_under_are_followed(ingested: Ingested) -> None:
    """Two renames with nothing in between but a tag: all of it is still that user's."""
    org = Organization(2)
    account, admin = prod(org)
    alice = account.create_user("alice", by=admin)
    account.rename_user(alice, "alicia", by=admin)
    account.rename_user(alice, "alex", by=admin)
    account.tag_user(alice, {"floor": "2"}, by=admin)
    store = ingested(org.records)

    assert told(history(store, "alex")) == [
        ("CreateUser", None),
        ("UpdateUser", "alicia"),
        ("UpdateUser", "alex"),
        ("TagUser", "floor=2"),
    ]
    assert [name.name for name in history(store, "alex").names] == ["alice", "alicia", "alex"]
    assert history(store, "alicia") == history(store, alice.id)


def test_behind_each_line_are_event_and_caller(ingested: Ingested) -> None:
    """Who did it is said as of then: the session and key of that call, though the user behind it has another name."""
    org = Organization(3)
    account, admin = prod(org)
    mallory = account.create_user("mallory", by=admin)
    key = account.create_access_key(mallory, by=admin)
    bob = account.create_user("bob", by=admin)
    session = account.assume_role(account.create_role("Ops", by=admin), by=key, name="night")
    account.create_login_profile(bob, by=key)
    account.attach_user_policy(bob, "AdministratorAccess", by=session)
    account.rename_user(mallory, "mal", by=admin)
    login, policy = history(ingested(org.records), "bob").lines[1:]

    assert (login.what, login.subject, login.principal) == (
        "CreateLoginProfile",
        "login",
        f"arn:aws:iam::{account.number}:user/mallory",
    )
    assert (policy.detail, policy.subject, policy.access_key_id) == ("AdministratorAccess", "policy", session.key)
    assert policy.principal == f"arn:aws:sts::{account.number}:assumed-role/Ops/night"
    assert policy.event_id in {record["eventID"] for record in org.records if record["eventName"] == "AttachUserPolicy"}


def test_attempts_are_shown_as_attempts(ingested: Ingested) -> None:
    """A refused call is a line with its error, never a change."""
    org = Organization(4)
    account, admin = prod(org)
    role = account.create_role("Ops", by=admin, trusts={"ec2.amazonaws.com"})
    with pytest.raises(Refused):
        account.assume_role(role, by=admin)
    last = history(ingested(org.records), role.arn).lines[-1]

    assert (last.what, last.error, last.access_key_id) == ("AssumeRole", "AccessDenied", admin.key)


def test_sign_ins_are_part_of_it(ingested: Ingested) -> None:
    """A console session is a line of the user's history, a failed sign-in under its name one with an error."""
    org = Organization(5)
    account, admin = prod(org)
    bob = account.create_user("bob", by=admin)
    account.create_login_profile(bob, by=admin)
    account.failed_login("bob")
    account.use(account.console_login(bob, mfa=False), "s3:ListBuckets")
    login = next(r["eventID"] for r in org.records if (r["responseElements"] or {}).get("ConsoleLogin") == "Success")
    failed, signed_in = history(ingested(org.records), "bob").lines[-2:]

    assert (failed.what, failed.error) == ("ConsoleLogin", "Failed authentication")
    assert (signed_in.what, signed_in.detail, signed_in.error) == ("ConsoleLogin", "without MFA", None)
    assert signed_in.event_id == login


def test_a_role_made_again_has_two_lives(ingested: Ingested) -> None:
    """By its name a role has all its lives, by its id only the one: tags and trust do not pass on."""
    org = Organization(6)
    account, admin = prod(org)
    first = account.create_role("Ops", by=admin, tags={"stage": "old"})
    account.update_trust(first, {"222222222222"}, by=admin)
    account.delete_role(first, by=admin)
    second = account.create_role("Ops", by=admin)
    account.tag_role(second, {"stage": "new"}, by=admin)
    account.untag_role(second, ["stage"], by=admin)
    store = ingested(org.records)
    both = history(store, "ops")

    assert told(history(store, first.id)) == [
        ("CreateRole", "stage=old"),
        ("UpdateAssumeRolePolicy", None),
        ("DeleteRole", None),
    ]
    assert told(history(store, second.id)) == [
        ("CreateRole", None),
        ("TagRole", "stage=new"),
        ("UntagRole", "stage"),
    ]
    assert told(both) == [*told(history(store, first.id)), *told(history(store, second.id))]
    assert [name.id for name in both.names] == [first.id, second.id]
    assert [line.subject for line in both.lines][1] == "trust"


def test_a_deletion_ends_the_life_before_it(ingested: Ingested) -> None:
    """A user or role that took a deleted one's name did not have that end, though its own beginning was not seen."""
    org = Organization(10)
    account, admin = prod(org)
    role, user = account.create_role("Ops", by=admin), account.create_user("bob", by=admin)
    account.delete_role(role, by=admin)
    account.delete_user(user, by=admin)
    heir, namesake = account.existing_role("Ops"), account.existing_user("bob")
    account.use(account.assume_role(heir, by=admin), "s3:ListBuckets")
    account.use(account.existing_key(namesake), "s3:ListBuckets")
    store = ingested(org.records)

    assert told(history(store, role.id)) == [("CreateRole", None), ("DeleteRole", None)]
    assert told(history(store, user.id)) == [("CreateUser", None), ("DeleteUser", None)]
    assert told(history(store, heir.id)) == told(history(store, namesake.id)) == []


def test_a_providers_tags_keep_their_case(ingested: Ingested) -> None:
    """A provider's history is found by its ARN and by its name."""
    org = Organization(7)
    account, admin = prod(org)
    provider = account.create_saml_provider("Okta", by=admin, tags={"Owner": "it"})
    account.tag_provider(provider, {"owner": "sec"}, by=admin)
    store = ingested(org.records)

    assert told(history(store, provider.arn)) == [("CreateSAMLProvider", "Owner=it"), ("TagSAMLProvider", "owner=sec")]
    assert history(store, "okta") == history(store, provider.arn)


def test_a_name_without_a_user_has_a_history(ingested: Ingested) -> None:
    """A user that no record shows the id of is known by its name, with the keys made for it."""
    org = Organization(8)
    account, admin = prod(org)
    ghost = account.existing_user("ghost")
    key = account.create_access_key(ghost, by=admin)
    account.tag_user(ghost, {"team": "red"}, by=admin)
    answer = history(ingested(org.records), "ghost")

    assert (answer.kind, answer.id) == ("name", f"{account.number}/ghost")
    assert told(answer) == [("CreateAccessKey", key.key), ("TagUser", "team=red")]
    assert [held.access_key_id for held in answer.access_keys] == [key.key]


def test_root_has_a_history(ingested: Ingested) -> None:
    """Root is asked by its ARN: its keys, whoever made them."""
    org = Organization(9)
    account, _ = prod(org)
    root = account.root_key()
    made = account.create_access_key(None, by=root)
    store = ingested(org.records)

    assert told(history(store, account.root_arn)) == [("CreateAccessKey", made.key)]
    assert history(store, f"{account.number}:root").account == account.number


def test_what_is_not_there_says_what_the_graph_covers(ingested: Ingested) -> None:
    """Not found is no proof of absence: the sentence says from when to when records were read."""
    org = Organization(1)
    renamed(org)
    with pytest.raises(NotFound, match=r"'nobody': the graph covers 20\S+ to 20\S+, account \d{12}$"):
        history(ingested(org.records), "nobody")


@pytest.mark.parametrize("seed", range(5))
def test_order_is_nothing(ingested: Ingested, seed: int) -> None:
    """The same records in another order, with repeats, give the same history."""
    org = Organization(1)
    ids = renamed(org)
    shuffled = org.records * 2
    random.Random(seed).shuffle(shuffled)
    one, other = ingested(org.records), ingested(shuffled)

    assert [history(one, each) for each in ids] == [history(other, each) for each in ids]


def test_a_real_trail(ingested: Ingested, shared_data: Path) -> None:
    """In the invictus trail: a user older than the trail, with one key and two sign-ins; nothing else befell it."""
    answer = history(ingested(shared_data / "invictus"), "bert-jan")

    assert (answer.id, answer.arn) == ("AIDATFQR7NSC5AU2ZV3IE", "arn:aws:iam::123837392027:user/bert-jan")
    assert [(held.access_key_id, held.issued) for held in answer.access_keys] == [("AKIATFQR7NSC8Q4X20BJ", None)]
    assert [(line.at, line.what, line.detail) for line in answer.lines] == [
        ("2023-07-10T12:13:16Z", "ConsoleLogin", "with MFA, known by the session alone"),
        ("2023-07-10T12:27:45Z", "ConsoleLogin", "with MFA"),
    ]
