import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.times import shift
from queries.sessions import Wanted, sessions
from synth.credential import Credential
from synth.organization import Organization

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]


class Scene:
    """A user who chains roles over two accounts, a person of Identity Center who does, and forwarded calls."""

    def __init__(self) -> None:
        org = self.org = Organization(21)
        self.build, self.prod = org.account("build"), org.account("prod")
        admin = self.build.existing_key(self.build.existing_user("admin"))
        self.alice = self.build.create_user("alice", by=admin)
        self.key = self.build.create_access_key(self.alice, by=admin)
        self.deployer = self.build.create_role("Deployer", by=admin)
        release = self.prod.existing_role("Release", trusts={self.build.number})
        self.first = self.build.assume_role(
            self.deployer,
            by=self.key,
            name="b-1",
            tags={"Team": "blue"},
            transitive=["Team"],
            source_identity="al@x.io",
        )
        self.chained = self.prod.assume_role(release, by=self.first, name="b-1")
        self.prod.use(self.chained, "s3:ListBuckets")
        org.tick(7200)
        role, provider = self.build.sso_role("Admin")
        self.carol = org.person("carol@example.com")
        self.portal = self.build.identity_center(role, provider=provider, person=self.carol)
        for _ in range(9):  # some services leave the person out
            self.build.use(self.portal, "s3:ListBuckets")
        self.onward = self.prod.assume_role(release, by=self.portal, name="c-1")
        org.tick(7200)
        for _ in range(3):
            org.tick(5)
            self.build.forwarded(self.key, "secretsmanager.amazonaws.com", "kms:Decrypt")
        self.console = self.build.console_login(self.alice)
        self.build.use(self.console, "s3:ListBuckets")


@pytest.fixture(scope="module")
def scene() -> Scene:
    """The records, read only."""
    return Scene()


def arns(store: SQLiteStore, wanted: Wanted) -> list[str | None]:
    """ARNs of the sessions that fit, newest first."""
    return [one.arn for one in sessions(store, wanted)]


def arn(credential: Credential) -> str:
    """The ARN of a credential's session."""
    return credential.session.arn


def test_a_session_tells_what_issued_it(ingested: Ingested, scene: Scene) -> None:
    """Kind, times, keys, source identity, and the exact key that issued it."""
    (one,) = sessions(ingested(scene.org.records), Wanted(principal="release", tag="team=BLUE"))

    assert (one.kind, one.arn, one.account, one.name) == ("role", arn(scene.chained), scene.prod.number, "b-1")
    assert [(issuer.kind, issuer.id, issuer.evidence) for issuer in one.issued_by] == [
        ("key", scene.first.key, "exact")
    ]
    assert (one.keys, one.access_key_ids, one.source_identity) == (1, (scene.chained.key,), "al@x.io")
    assert one.start
    assert one.end == shift(one.start, 3600)


def test_all_sessions_newest_first(ingested: Ingested, scene: Scene) -> None:
    """Without a wish all sessions come, the newest first, and the limit keeps the newest."""
    store = ingested(scene.org.records)
    found = sessions(store, Wanted())

    assert [one.kind for one in found] == ["console", "forwarded", "role", "role", "role", "role"]
    assert sessions(store, Wanted(), limit=3) == found[:3]


def test_forwarded_sessions_are_one_row(ingested: Ingested, scene: Scene) -> None:
    """A service's calls with a user's rights are counted, and listed one by one where that is asked for."""
    store = ingested(scene.org.records)
    (row,) = [one for one in sessions(store, Wanted()) if one.kind == "forwarded"]
    each = [one for one in sessions(store, Wanted(forwarded=True)) if one.kind == "forwarded"]

    assert (row.name, row.count, row.keys) == ("secretsmanager.amazonaws.com", 3, 3)
    assert [one.count for one in each] == [1, 1, 1]
    assert (row.start, row.last) == (each[-1].start, each[0].last)


@pytest.mark.parametrize("form", ["arn", "id", "name", "account/name", "session"])
def test_a_role_is_named_in_any_way(ingested: Ingested, scene: Scene, form: str) -> None:
    """ARN, id, name and `<account>/<name>` of a role, and its session's ARN, give its sessions."""
    role = scene.deployer
    text = {
        "arn": role.arn,
        "id": role.id,
        "name": "DEPLOYER",
        "account/name": f"{role.account}/Deployer",
        "session": arn(scene.first),
    }[form]

    assert arns(ingested(scene.org.records), Wanted(principal=text)) == [arn(scene.first)]


def test_a_user_is_named_in_any_way(ingested: Ingested, scene: Scene) -> None:
    """A user's sessions are its console's and what services did for it; not the roles that it took."""
    store = ingested(scene.org.records)

    for text in (scene.alice.arn, scene.alice.id, "alice", f"{scene.build.number}/alice"):
        assert [one.kind for one in sessions(store, Wanted(principal=text))] == ["console", "forwarded"]


def test_a_role_made_again_is_another_by_its_id(ingested: Ingested) -> None:
    """By its name all lives of a role are listed, by its id only the one."""
    org = Organization(22)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    old = account.create_role("Ops", by=admin)
    account.use(account.assume_role(old, by=admin, name="one"), "s3:ListBuckets")
    account.delete_role(old, by=admin)
    new = account.create_role("Ops", by=admin)
    account.use(account.assume_role(new, by=admin, name="two"), "s3:ListBuckets")
    store = ingested(org.records)

    assert [one.name for one in sessions(store, Wanted(principal="ops"))] == ["two", "one"]
    assert [one.name for one in sessions(store, Wanted(principal=old.id))] == ["one"]
    assert [one.name for one in sessions(store, Wanted(principal=new.id))] == ["two"]


def test_a_role_without_a_known_id_is_found(ingested: Ingested) -> None:
    """EC2's answers leave the role's id out: its sessions are found by name all the same."""
    org = Organization(23)
    account = org.account("prod")
    account.instance(account.existing_role("AppServer", trusts={"ec2.amazonaws.com"}))
    store = ingested(org.records)

    assert [one.issued_by[0].id for one in sessions(store, Wanted(principal="appserver"))] == ["ec2.amazonaws.com"]


def test_a_person_is_followed_down_the_chain(ingested: Ingested, scene: Scene) -> None:
    """By name, by user id, with or without the store: the person's session, and the one in the other account."""
    store = ingested(scene.org.records)
    expected = [arn(scene.onward), arn(scene.portal)]

    for text in (
        "carol@example.com",
        "CAROL@example.com",
        scene.carol.id,
        f"{scene.org.identity_store}/{scene.carol.id}",
    ):
        assert arns(store, Wanted(person=text)) == expected


def test_a_source_identity_is_a_person(ingested: Ingested, scene: Scene) -> None:
    """A source identity finds the session that set it and those that inherited it."""
    assert arns(ingested(scene.org.records), Wanted(person="al@x.io")) == [arn(scene.chained), arn(scene.first)]


def test_account_and_tag_narrow_it_down(ingested: Ingested, scene: Scene) -> None:
    """All wishes must fit; a transitive tag finds the session that inherited it."""
    store = ingested(scene.org.records)

    assert arns(store, Wanted(tag="Team")) == [arn(scene.chained), arn(scene.first)]
    assert arns(store, Wanted(tag="team=blue", account=scene.build.number)) == [arn(scene.first)]
    assert arns(store, Wanted(tag="team=red")) == []


def test_a_time_keeps_sessions_that_lived_then(ingested: Ingested, scene: Scene) -> None:
    """A session counts from its start until its keys expire, seen in use or not; `until` itself is outside."""
    store = ingested(scene.org.records)
    (one,) = sessions(store, Wanted(principal="Deployer"))
    start, end = one.start or "", one.end or ""

    assert arns(store, Wanted(principal="Deployer", since=shift(end, -1), until=end)) == [one.arn]
    assert arns(store, Wanted(principal="Deployer", since=shift(end, 1))) == []
    assert arns(store, Wanted(principal="Deployer", until=start)) == []
    assert arns(store, Wanted(principal="Deployer", until=shift(start, 1))) == [one.arn]


def test_order_is_nothing(ingested: Ingested, scene: Scene) -> None:
    """The same records in another order, with repeats, list the same."""
    shuffled = scene.org.records * 2
    random.Random(3).shuffle(shuffled)
    one, other = ingested(scene.org.records), ingested(shuffled)

    for wanted in (Wanted(), Wanted(forwarded=True), Wanted(person="carol@example.com"), Wanted(tag="team")):
        assert sessions(one, wanted) == sessions(other, wanted)


def test_a_real_trail(ingested: Ingested, shared_data: Path) -> None:
    """In the invictus trail one leaked key took five roles, two keys each; EC2 took two of its own."""
    found = sessions(ingested(shared_data / "invictus"), Wanted(account="123837392027"), limit=1000)
    parents = [(one.issued_by[0].id, one.keys) for one in found if one.issued_by]
    forwarded = [(one.principal, one.name, one.count) for one in found if one.kind == "forwarded"]

    assert parents.count(("AKIATFQR7NSC8Q4X20BJ", 2)) == 5
    assert parents.count(("ec2.amazonaws.com", 2)) == 2
    assert forwarded == [("AIDATFQR7NSC5AU2ZV3IE", "secretsmanager.amazonaws.com", 4)]
