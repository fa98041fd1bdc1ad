import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from queries.find import find
from synth.credential import Credential
from synth.organization import Account, Organization

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]


class Scene:
    """Two users, two roles, a person, and sessions of theirs."""

    def __init__(self) -> None:
        self.org = Organization(11)
        self.account: Account = self.org.account("prod")
        self.admin: Credential = self.account.existing_key(self.account.existing_user("admin"))
        self.alice = self.account.create_user("alice.b", by=self.admin, tags={"Team": "Red", "Mail": "a_b@example.com"})
        self.key = self.account.create_access_key(self.alice, by=self.admin)
        self.role = self.account.create_role("Deployer", by=self.admin, path="/ci/")
        self.session = self.account.assume_role(
            self.role, by=self.key, name="build-7", tags={"team": "blue"}, source_identity="alice@example.com"
        )
        self.session.address = "203.0.113.7"
        self.account.use(self.session, "s3:ListBuckets")
        self.org.tick(60)
        role, provider = self.account.sso_role("Admin")
        person = self.org.person("carol@example.com")
        self.carol = self.account.identity_center(role, provider=provider, person=person)
        self.account.use(self.carol, "s3:ListBuckets")


@pytest.fixture(scope="module")
def scene() -> Scene:
    """The records, read only."""
    return Scene()


def test_part_of_a_name_finds_the_user_and_what_is_its(ingested: Ingested, scene: Scene) -> None:
    """A user and its long-lived keys are found by part of its name, whatever the case, and say why."""
    for store in (ingested(scene.org.records), ingested(scene.org.records[::-1])):
        found = find(store, "ALICE.")

        assert [(one.kind, one.id, one.name, one.matched) for one in found] == [
            ("key", scene.key.key, "alice.b", "name alice.b"),
            ("user", scene.alice.id, "alice.b", "name alice.b"),
        ]
        assert {(one.arn, one.account) for one in found} == {(scene.alice.arn, scene.account.number)}


def test_keys_of_a_user_of_whom_only_the_name_is_known_or_was(ingested: Ingested) -> None:
    """One that was made for a name and never used, and those of a user who was called so before."""
    org = Organization(12)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    unused = account.create_access_key(account.existing_user("robot"), by=admin)
    renamed = account.existing_user("Roberta")
    key = account.existing_key(renamed)
    account.use(key, "s3:ListBuckets")
    account.rename_user(renamed, "bea", by=admin)
    org.tick(60)
    account.use(key, "s3:ListBuckets")
    found = [one for one in find(ingested(org.records), "rob") if one.kind == "key"]

    assert {(one.id, one.name, one.matched) for one in found} == {
        (unused.key, "robot", "name robot"),
        (key.key, "bea", "name of its user"),
    }


def test_a_source_identity_finds_session_and_key(ingested: Ingested, scene: Scene) -> None:
    """A mail address that is a source identity finds the key that it was set for and the session of its use."""
    found = find(ingested(scene.org.records), "alice@example")

    assert {(one.kind, one.id) for one in found} == {("session", scene.session.key), ("key", scene.session.key)}
    assert {one.matched for one in found} == {"source identity alice@example.com"}
    assert {one.arn for one in found} == {scene.session.session.arn}


def test_a_session_is_found_by_its_name(ingested: Ingested, scene: Scene) -> None:
    """The role session name, and part of the session's ARN, find it; `who` is asked by one of its keys."""
    store = ingested(scene.org.records)

    assert [(one.kind, one.id, one.name) for one in find(store, "build-7")] == [
        ("session", scene.session.key, "build-7")
    ]
    assert [one.kind for one in find(store, "deployer/build")] == ["session"]


def test_a_role_is_found_by_arn_name_and_id(ingested: Ingested, scene: Scene) -> None:
    """A role is given as the ARN that `who` takes."""
    store = ingested(scene.org.records)

    for text in (scene.role.arn, scene.role.id, "role/ci/dep"):
        role = next(one for one in find(store, text) if one.kind == "role")

        assert (role.id, role.name, role.account) == (scene.role.arn, "Deployer", scene.account.number)


def test_a_key_is_found_by_part_of_its_id(ingested: Ingested, scene: Scene) -> None:
    """A key shows the ARN that it acts as and its account."""
    found = find(ingested(scene.org.records), scene.key.key[2:])

    assert [(one.kind, one.id, one.arn, one.account) for one in found] == [
        ("key", scene.key.key, scene.alice.arn, scene.account.number)
    ]


def test_a_person_is_found_by_mail_address(ingested: Ingested, scene: Scene) -> None:
    """A person of Identity Center is an identity, and the session that bears the name is there too."""
    found = find(ingested(scene.org.records), "carol@")

    assert {one.kind for one in found} == {"identity", "session"}
    assert {one.name for one in found} == {"carol@example.com"}


@pytest.mark.parametrize(("text", "kind"), [("tag:TEAM=red", "user"), ("tag:team=BLUE", "session")])
def test_a_tag_finds_who_bore_it(ingested: Ingested, scene: Scene, text: str, kind: str) -> None:
    """Tags of principals and of sessions are found, keys and values compared without case."""
    found = find(ingested(scene.org.records), text)

    assert [(one.kind, one.matched.lower()) for one in found] == [(kind, text.lower().replace(":", " "))]
    assert {one.kind for one in find(ingested(scene.org.records), "tag:team")} == {"user", "session"}


def test_an_address_finds_who_used_it(ingested: Ingested, scene: Scene) -> None:
    """A whole address fits only itself; one that ends in a dot is the beginning of others."""
    store = ingested(scene.org.records)

    assert [(one.id, one.matched) for one in find(store, "203.0.113.7")] == [(scene.session.key, "address 203.0.113.7")]
    assert [one.id for one in find(store, "203.0.")] == [scene.session.key]
    assert find(store, "203.0.113.70") == []


@pytest.mark.parametrize("text", ["%", "alice_b", "a\\", "", "  ", "tag:", "'", 'x" OR 1'])
def test_wildcards_are_text(ingested: Ingested, scene: Scene, text: str) -> None:
    """What LIKE takes for a wildcard stands for itself, and an empty text finds nothing."""
    assert find(ingested(scene.org.records), text) == []


def test_an_underscore_is_found_where_it_is(ingested: Ingested, scene: Scene) -> None:
    """`a_b@` fits the tag's owner by no name: tags are only looked at where they are asked for."""
    store = ingested(scene.org.records)

    assert find(store, "a_b@") == []
    assert [one.id for one in find(store, "tag:mail=a_b@example.com")] == [scene.alice.id]


def test_the_newest_come_first_and_the_limit_holds(ingested: Ingested, scene: Scene) -> None:
    """Of all in an account, the newest are given."""
    store = ingested(scene.org.records)
    found = find(store, scene.account.number)
    times = [one.last or one.first or "" for one in found]

    assert times == sorted(times, reverse=True)
    assert find(store, scene.account.number, limit=2) == found[:2]


def test_forwarded_sessions_do_not_crowd_out_others(ingested: Ingested) -> None:
    """What a service did with a key is found by the key and its user, not call by call."""
    org = Organization(12)
    account = org.account("prod")
    key = account.existing_key(account.existing_user("alice"))
    for _ in range(3):
        org.tick(5)
        account.forwarded(key, "secretsmanager.amazonaws.com", "kms:Decrypt")
    found = find(ingested(org.records), "alice")

    assert {one.kind for one in found} == {"user"}


def test_order_is_nothing(ingested: Ingested, scene: Scene) -> None:
    """The same records in another order, with repeats, are found alike."""
    shuffled = scene.org.records * 2
    random.Random(5).shuffle(shuffled)
    one, other = ingested(scene.org.records), ingested(shuffled)

    for text in ("alice", "example.com", "tag:team", scene.account.number, "203."):
        assert find(one, text) == find(other, text)


def test_a_real_trail(ingested: Ingested, shared_data: Path) -> None:
    """In the invictus trail a user is found by name, newest first, with its ARN."""
    found = find(ingested(shared_data / "invictus"), "bert-jan")

    assert ("user", "AIDATFQR7NSC5AU2ZV3IE", "arn:aws:iam::123837392027:user/bert-jan") in {
        (one.kind, one.id, one.arn) for one in found
    }
