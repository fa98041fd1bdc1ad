import gzip
import io
import json
import os
import zipfile
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from graph.rows import rows_of
from graph.stores.sqlite import SQLiteStore
from ingest.baseline import facts_of
from ingest.errors import MissingSource, UsageError
from ingest.facts import Fact, Issued, Listed, Named, Owned, Rolenamed, Tagged
from ingest.identity import Ref, Role, User, role_session
from ingest.limits import Limits
from ingest.sink import Batch
from queries import lineage
from queries.asof import AsOf, TagsAsOf
from queries.reach import Reach

AT = "2024-05-06T07:08:09Z"
BORN = "2020-01-02T03:04:05Z"
ACCOUNT, OTHER = "111122223333", "444455556666"
WHO = Path(lineage.__file__).with_name("who.sql")
MASKED = "AKIAIOSFODNN7EXAMPLE"
OF_950363612855 = ("AKIA52RQV423TWB3UWEE", "AIDA52RQV4237EYPOIPDF")

Shown = dict[str, Any]


def user(name: str = "alice", identity: str = "AIDAALICE", account: str = ACCOUNT, **more: object) -> Shown:
    """An element of UserDetailList."""
    arn = f"arn:aws:iam::{account}:user/team/{name}"
    shown = {"Path": "/team/", "UserName": name, "UserId": identity, "Arn": arn, "CreateDate": "2020-01-02T03:04:05Z"}
    return {**shown, "GroupList": [], "Tags": [], **more}


def role(name: str = "Deploy", identity: str = "AROADEPLOY", account: str = ACCOUNT, **more: object) -> Shown:
    """An element of RoleDetailList."""
    arn = f"arn:aws:iam::{account}:role/ci/{name}"
    shown = {"Path": "/ci/", "RoleName": name, "RoleId": identity, "Arn": arn, "CreateDate": "2020-01-02T03:04:05Z"}
    return {**shown, "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}, "Tags": [], **more}


def key(identity: str = MASKED, name: str = "alice", **more: object) -> Shown:
    """An element of AccessKeyMetadata."""
    shown = {"UserName": name, "AccessKeyId": identity, "Status": "Active", "CreateDate": "2021-01-02T03:04:05+00:00"}
    return {**shown, **more}


def details(*users: Shown, roles: tuple[Shown, ...] = ()) -> Shown:
    """What `aws iam get-account-authorization-details` prints."""
    return {"UserDetailList": list(users), "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": [{}]}


def keys(*listed: Shown) -> Shown:
    """What `aws iam list-access-keys` prints."""
    return {"AccessKeyMetadata": list(listed)}


def written(folder: Path, *contents: object) -> list[Path]:
    """A file for each of the contents: bytes as they are, all else as the CLI prints it."""
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=4).encode())
        paths.append(path)
    return paths


def read(folder: Path, *contents: object) -> list[Fact]:
    """The facts of files with these contents, of which nothing was quarantined."""
    facts, quarantined = facts_of(written(folder, *contents), AT)
    assert quarantined == []
    return facts


def refused(folder: Path, *contents: object) -> tuple[list[Fact], list[tuple[str, str]]]:
    """The facts, and position and reason of what was quarantined."""
    facts, quarantined = facts_of(written(folder, *contents), AT)
    return facts, [(one.position, one.reason) for one in quarantined]


def owners(facts: list[Fact]) -> dict[str, Ref]:
    """The owner of each key."""
    return {fact.key: fact.owner for fact in facts if isinstance(fact, Owned)}


def tags(**pairs: str) -> list[Shown]:
    """Tags as IAM lists them."""
    return [{"Key": name, "Value": value} for name, value in pairs.items()]


def dumped(folder: Path, *batches: list[Fact]) -> list[tuple[str, tuple[Any, ...]]]:
    """What a new store holds after these batches."""
    store = filled(folder / "store.db", *batches)
    rows = list(store.dump())
    store.close()
    for path in folder.glob("store.db*"):
        path.unlink()
    return rows


def filled(path: Path, *batches: list[Fact]) -> SQLiteStore:
    """A store with these batches applied."""
    store = SQLiteStore(path, create=True)
    for batch in batches:
        store.apply(Batch(rows_of([], [], batch)))
    return store


class TestUsersAndRoles:
    def test_a_user(self, tmp_path: Path) -> None:
        """A user bore its name and ARN when the snapshot was taken, and had these tags and no others."""
        named, listed, tagged = read(tmp_path, details(user(Tags=tags(team="red", env="prod"))))

        assert named.event.startswith("iam:")
        assert named == Named(
            at=AT,
            event=named.event,
            user=User("AIDAALICE", ACCOUNT, "alice", f"arn:aws:iam::{ACCOUNT}:user/team/alice"),
            created="2020-01-02T03:04:05Z",
        )
        ref = Ref("User", "AIDAALICE")
        assert listed == Listed(at=AT, event=named.event, target=ref, account=ACCOUNT)
        assert tagged == Tagged(at=AT, event=named.event, target=ref, tags=(("env", "prod"), ("team", "red")))

    def test_a_role(self, tmp_path: Path) -> None:
        """A role has borne its name since it was made, for it cannot be renamed; its tags are those of the snapshot."""
        facts = read(tmp_path, details(roles=(role(Tags=tags(team="red")),)))

        event = facts[0].event
        bearer = Role(ACCOUNT, "Deploy", f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy", "AROADEPLOY")
        assert facts == [
            Rolenamed(at=BORN, event=event, role=bearer),
            Rolenamed(at=AT, event=event, role=bearer),
            Listed(at=AT, event=event, target=bearer.ref, account=ACCOUNT),
            Tagged(at=AT, event=event, target=bearer.ref, tags=(("team", "red"),)),
        ]

    def test_no_tags(self, tmp_path: Path) -> None:
        """An empty list says that there are no tags; where `Tags` is left out, nothing is said of them."""
        untagged = read(tmp_path, details(user(), roles=(role(),)))
        silent = read(tmp_path, details(user(Tags=None), roles=({k: v for k, v in role().items() if k != "Tags"},)))

        assert [type(fact) for fact in untagged] == [Named, Listed, Rolenamed, Rolenamed, Listed]
        assert [type(fact) for fact in silent] == [Named, Rolenamed, Rolenamed]

    def test_role_without_a_date(self, tmp_path: Path) -> None:
        """A role whose making is not dated bore its name at the snapshot, and nothing is made up about before."""
        facts = read(tmp_path, details(roles=(role(CreateDate=None),)))

        assert [fact.at for fact in facts if isinstance(fact, Rolenamed)] == [AT]

    @pytest.mark.parametrize("spelled", ["2020-01-02 03:04:05+00:00", "2020-01-02T03:04:05.123Z", 1577934245.0])
    def test_dates_of_other_tools(self, tmp_path: Path, spelled: object) -> None:
        """Dates as the SDKs write them mean the same."""
        facts = read(tmp_path, details(roles=(role(CreateDate=spelled),)))

        assert [fact.at for fact in facts if isinstance(fact, Rolenamed)] == [BORN, AT]


class TestForms:
    ONE = details(user("bob", "AIDABOB"))
    TWO = details(roles=(role(),))

    @pytest.mark.parametrize(
        "content",
        [
            json.dumps([ONE, TWO], indent=2).encode(),
            json.dumps([[ONE], [TWO]]).encode(),
            json.dumps(ONE, indent=4).encode() + b"\n" + json.dumps(TWO, indent=4).encode(),
            json.dumps(ONE).encode() + json.dumps(TWO).encode(),
            json.dumps({**ONE, "RoleDetailList": TWO["RoleDetailList"], "ResponseMetadata": {"a": {}}}).encode(),
            gzip.compress(json.dumps(ONE).encode(), mtime=0) + gzip.compress(json.dumps(TWO).encode(), mtime=0),
            json.dumps([ONE, TWO]).encode("utf-16"),
            b"\xef\xbb\xbf" + json.dumps([ONE, TWO]).encode(),
        ],
    )
    def test_pages(self, tmp_path: Path, content: bytes) -> None:
        """Pages in an array, in a row, merged by hand, packed or as PowerShell writes them say what one answer says."""
        whole = read(tmp_path, {**self.ONE, "RoleDetailList": self.TWO["RoleDetailList"]})

        assert read(tmp_path, content) == whole

    def test_zip_and_folder(self, tmp_path: Path) -> None:
        """A folder stands for all files in it, a zip for its members; what macOS adds is passed over."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("one.json", json.dumps(self.ONE))
            archive.writestr("__MACOSX/._one.json", b"\0\5\26\7")
        written(tmp_path, packed.getvalue(), self.TWO)

        facts, quarantined = facts_of([tmp_path], AT)
        assert quarantined == []
        assert len(facts) == 5

    def test_accounts_without_users(self, tmp_path: Path) -> None:
        """An account without users or roles is a baseline all the same."""
        assert read(tmp_path, details(), keys()) == []

    def test_long_lists(self, tmp_path: Path) -> None:
        """A list may be longer than the longest value that is held in memory."""
        (path,) = written(tmp_path, details(*(user(f"u{n}", f"AIDA{n}") for n in range(500))))
        facts, quarantined = facts_of([path], AT, Limits(max_line_bytes=2000))

        assert quarantined == []
        assert len(facts) == 1000


class TestKeys:
    def test_owner_by_id(self, tmp_path: Path) -> None:
        """A key belongs to the id that bears its user's name, whatever the case, and was made when the list says."""
        (fact,) = [f for f in read(tmp_path, keys(key(name="ALICE")), details(user())) if isinstance(f, Owned)]

        alice = Ref("User", "AIDAALICE")
        assert fact == Owned(at=AT, event=fact.event, key=MASKED, owner=alice, created="2021-01-02T03:04:05Z")

    def test_owner_by_name(self, tmp_path: Path) -> None:
        """Without the users beside it, a key belongs to the name, in the account that its id holds."""
        facts = read(tmp_path, keys(key(OF_950363612855[0], "Alice")))

        assert owners(facts) == {OF_950363612855[0]: Ref("Name", "950363612855/alice")}

    def test_owner_by_name_in_known_account(self, tmp_path: Path) -> None:
        """A key whose id holds no account belongs to the one account whose ARNs stand beside it."""
        facts = read(tmp_path, keys(key(name="carol")), details(user(), roles=(role(),)))

        assert owners(facts) == {MASKED: Ref("Name", f"{ACCOUNT}/carol")}

    def test_accounts_told_apart_by_ids(self, tmp_path: Path) -> None:
        """Keys of several accounts go to the user of the account that their ids hold."""
        home = user("alice", OF_950363612855[1], "950363612855")
        facts = read(tmp_path, details(user()), details(home), keys(key(OF_950363612855[0])))

        assert owners(facts) == {OF_950363612855[0]: Ref("User", OF_950363612855[1])}

    def test_accounts_told_apart_by_names(self, tmp_path: Path) -> None:
        """A key whose id holds no account goes to the only account with a user of that name."""
        facts = read(tmp_path, details(user()), details(user("bob", "AIDABOB", OTHER)), keys(key(name="bob")))

        assert owners(facts) == {MASKED: Ref("User", "AIDABOB")}

    def test_same_name_elsewhere(self, tmp_path: Path) -> None:
        """A key of another account is not taken for one of the namesake whose account happens to be given."""
        facts = read(tmp_path, details(user()), keys(key(OF_950363612855[0])))

        assert owners(facts) == {OF_950363612855[0]: Ref("Name", "950363612855/alice")}

    def test_masked_ids(self, tmp_path: Path) -> None:
        """Where ids are masked alike and ARNs otherwise, the ARNs say the account."""
        facts = read(tmp_path, details(user("alice", OF_950363612855[1])), keys(key(OF_950363612855[0])))

        assert owners(facts) == {OF_950363612855[0]: Ref("User", OF_950363612855[1])}

    def test_younger_bearer(self, tmp_path: Path) -> None:
        """A key older than the user who bears the name now was an earlier bearer's: it stays with the name."""
        facts = read(tmp_path, details(user(CreateDate="2022-01-01T00:00:00Z")), keys(key()))

        assert owners(facts) == {MASKED: Ref("Name", f"{ACCOUNT}/alice")}

    def test_unknown_account(self, tmp_path: Path) -> None:
        """A key that may be of several accounts is nobody's: it is quarantined."""
        facts, reasons = refused(tmp_path, details(user()), details(user("alice", "AIDA2", OTHER)), keys(key()))

        assert owners(facts) == {}
        assert reasons == [
            (
                "line 3, AccessKeyMetadata 1",
                "of which account it is cannot be told: give that account's authorization details alone beside it",
            )
        ]

    def test_key_without_user(self, tmp_path: Path) -> None:
        """A key listed without a user's name is not taken for root's."""
        facts, reasons = refused(tmp_path, details(user()), keys(key(UserName=None)))

        assert owners(facts) == {}
        assert reasons == [("line 3, AccessKeyMetadata 1", "without the name or the id that tells whose it is")]


class TestBadInput:
    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"UserName": 5}, "Expected `str | null`, got `int` - at `$.UserName`"),
            ({"Tags": {"a": "b"}}, "Expected `array | null`, got `object` - at `$.Tags`"),
            ({"Tags": [{"Value": "red"}]}, "a tag without its key"),
            ({"UserId": None}, "without the name or the id that tells whose it is"),
            ({"Arn": "alice"}, "without an ARN that names its account"),
            ({"CreateDate": "once"}, "not a time in a trail: 'once'"),
            (
                {"CreateDate": "2024-05-06T07:08:10Z"},
                f"made at 2024-05-06T07:08:10Z, after the snapshot of {AT}: say when the snapshot was taken",
            ),
        ],
    )
    def test_one_wrong_element(self, tmp_path: Path, wrong: Shown, reason: str) -> None:
        """An element that cannot be used is quarantined with its place; those beside it are read."""
        facts, reasons = refused(tmp_path, details(user("eve", "AIDAEVE", **wrong), user()))

        assert reasons == [("line 3, UserDetailList 1", reason)]
        assert [fact.user.id for fact in facts if isinstance(fact, Named)] == ["AIDAALICE"]

    @pytest.mark.parametrize("tag", ['"\\ud800"', '"' + "\x01" + '"', "[" * 2000 + "]" * 2000])
    def test_one_broken_tag(self, tmp_path: Path, tag: str) -> None:
        """It costs the user whose tag it is, not the others of the account."""
        content = json.dumps(details(user("eve", "AIDAEVE", Tags=[{"Key": "k", "Value": "BROKEN"}]), user()))
        facts, reasons = refused(tmp_path, content.replace('"BROKEN"', tag).encode())

        assert [fact.user.id for fact in facts if isinstance(fact, Named)] == ["AIDAALICE"]
        assert [place for place, _ in reasons] == ["line 1, UserDetailList 1"]

    @pytest.mark.parametrize("element", [None, 7, "x", [5]])
    def test_elements_of_other_types(self, tmp_path: Path, element: object) -> None:
        """What is no object at all is quarantined as well."""
        facts, reasons = refused(tmp_path, {"UserDetailList": [element, user()]})

        assert len(reasons) == 1
        assert len(facts) == 2

    def test_cut_short(self, tmp_path: Path) -> None:
        """What stands before the place where a file was cut is read, and the cut is told."""
        content = json.dumps(details(user(), user("bob", "AIDABOB")), indent=4).encode()
        facts, reasons = refused(tmp_path, content[: content.index(b"AIDABOB")])

        assert [fact.user.id for fact in facts if isinstance(fact, Named)] == ["AIDAALICE"]
        assert len(reasons) == 1
        assert "cut short" in reasons[0][1]

    def test_broken_page(self, tmp_path: Path) -> None:
        """After a broken page the next one is read."""
        broken = b'{"UserDetailList": [{"UserName": alice}]}\n'
        facts, reasons = refused(tmp_path, broken + json.dumps(details(user())).encode())

        assert len(facts) == 2
        assert reasons[0][0] == "line 1, UserDetailList 1"
        assert reasons[0][1].startswith("malformed JSON")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "empty: no AccessKeyMetadata, RoleDetailList, UserDetailList"),
            (b" \n", "empty: no AccessKeyMetadata, RoleDetailList, UserDetailList"),
            ({"Records": []}, "not an IAM baseline: no AccessKeyMetadata, RoleDetailList, UserDetailList"),
            ([user()], "not an IAM baseline: no AccessKeyMetadata, RoleDetailList, UserDetailList"),
            ({"Users": [user()]}, "not an IAM baseline: no AccessKeyMetadata, RoleDetailList, UserDetailList"),
            (b"user,arn,user_creation_time\n", "a credential report, which shows no ids of users or keys"),
            (
                {"Content": "dXNlcg==", "ReportFormat": "text/csv", "GeneratedTime": AT},
                "a credential report, which shows no ids of users or keys",
            ),
            (b"PK\5\6" + bytes(18), "an archive with nothing in it"),
            (b"\x89PNG", "a picture, not JSON"),
        ],
    )
    def test_no_baseline(self, tmp_path: Path, content: object, reason: str) -> None:
        """A file that is no baseline says so, and is never read as an account in which nothing is."""
        facts, reasons = refused(tmp_path, content, details(user()))

        assert [said for _, said in reasons] == [reason]
        assert len(facts) == 2

    @pytest.mark.parametrize(
        "content",
        [
            b"[" * 100_000,
            b'{"UserDetailList": [' + b'{"a":' * 100_000,
            b'{"UserDetailList": ' + b"[" * 50 + b"]" * 50 + b"}",
            b'{"UserDetailList": [{"UserName": "\\ud800"}]}',
            b'{"UserDetailList": [}',
            b'{"UserDetailList"',
            b"{5: 6}",
            b"\0",
            gzip.compress(json.dumps(details(user())).encode(), mtime=0)[:-9],
        ],
    )
    def test_whatever_it_holds(self, tmp_path: Path, content: bytes) -> None:
        """Nothing that a file holds raises: it is quarantined, and the other file is read."""
        facts, reasons = refused(tmp_path, content, details(user("bob", "AIDABOB")))

        assert len(reasons) == 1
        assert Ref("User", "AIDABOB") in [fact.user.ref for fact in facts if isinstance(fact, Named)]

    def test_missing_file(self, tmp_path: Path) -> None:
        """A path that is not there stops all before anything is read."""
        with pytest.raises(MissingSource):
            facts_of([*written(tmp_path, details()), tmp_path / "none.json"], AT)


class TestTime:
    def test_of_the_file(self, tmp_path: Path) -> None:
        """Without a time, each file's own time of modification is that of its snapshot."""
        paths = written(tmp_path, details(user()), details(user("bob", "AIDABOB")))
        os.utime(paths[0], (1_700_000_000, 1_700_000_000))
        os.utime(paths[1], (1_710_000_000, 1_710_000_000))
        facts, _ = facts_of(paths)

        assert [fact.at for fact in facts if isinstance(fact, Named)] == [
            "2023-11-14T22:13:20Z",
            "2024-03-09T16:00:00Z",
        ]

    def test_file_without_a_time(self, tmp_path: Path) -> None:
        """A file of the year 1970 is not a snapshot of that year: the time must be given."""
        (path,) = written(tmp_path, details(user()))
        os.utime(path, (0, 0))
        facts, quarantined = facts_of([path])

        assert facts == []
        assert [one.reason for one in quarantined] == [
            "its time of modification is no snapshot's: say when it was taken"
        ]

    def test_no_time(self, tmp_path: Path) -> None:
        """A time that is none is refused."""
        with pytest.raises(UsageError):
            facts_of(written(tmp_path, details()), "then")


class TestGraph:
    def test_order_and_repeats(self, tmp_path: Path) -> None:
        """The same snapshot twice, in any order of files and tags, whole or in two batches, gives the same graph."""
        first = details(user(Tags=tags(a="1", b="2")), roles=(role(Tags=tags(team="red")),))
        again = details(user(Tags=tags(b="2", a="1")), roles=(role(Tags=tags(team="red")),))
        pages = (first, keys(key()), details(user("bob", "AIDABOB")))
        facts = read(tmp_path, *pages)
        once = dumped(tmp_path, facts)

        assert len(once) > 10
        assert dumped(tmp_path, facts, facts) == once
        assert dumped(tmp_path, facts[5:], facts[:5]) == once
        for order in permutations((again, *pages[1:])):
            assert dumped(tmp_path, facts, read(tmp_path, *order)) == once

    def test_a_later_snapshot_adds(self, tmp_path: Path) -> None:
        """A snapshot of another time is another event, also where nothing changed."""
        paths = written(tmp_path, details(user()))
        earlier, later = facts_of(paths, AT)[0], facts_of(paths, "2024-06-06T00:00:00Z")[0]

        assert {fact.event for fact in earlier}.isdisjoint({fact.event for fact in later})

    def test_listing_stands_in_its_account(self, tmp_path: Path) -> None:
        """A listing hangs on the account, for users too, whose ids do not show it."""
        rows = dumped(tmp_path, read(tmp_path, details(user(), roles=(role(),))))

        assert {row[2] for table, row in rows if table == "listed"} == {ACCOUNT}

    def test_key_made_before_the_trail(self, tmp_path: Path) -> None:
        """A key that the trail never shows made has its owner and the time of its making."""
        store = filled(tmp_path / "w.db", read(tmp_path, details(user()), keys(key())))
        reach = Reach(store.fetch(WHO, {"label": "AccessKey", "id": MASKED}))
        store.close()

        assert reach.keys[MASKED].issued == "2021-01-02T03:04:05Z"
        assert [row.id for row in reach.belongs[MASKED]] == ["AIDAALICE"]
        assert [row.arn for row in reach.named["AIDAALICE"]] == [f"arn:aws:iam::{ACCOUNT}:user/team/alice"]

    @pytest.mark.parametrize(
        ("assumed", "known"),
        [
            ("2024-05-07T00:00:00Z", TagsAsOf({"team": "red"}, complete=True)),
            ("2024-05-05T00:00:00Z", TagsAsOf({"team": "red"}, complete=False)),
            ("2019-05-05T00:00:00Z", TagsAsOf({}, complete=False)),
        ],
    )
    def test_role_tags(self, tmp_path: Path, assumed: str, known: TagsAsOf) -> None:
        """A role's tags are known from its snapshot on, likely before it, and not those of an earlier role's life."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy"
        issued = Issued(
            at=assumed,
            event="e-1",
            issuer=Ref("AccessKey", "AKIAALICE"),
            how="exact",
            key="ASIADEPLOY",
            session=role_session(arn, "ci", assumed),
        )
        store = filled(tmp_path / "w.db", [*read(tmp_path, details(roles=(role(Tags=tags(team="red")),))), issued])
        as_of = AsOf(Reach(store.fetch(WHO, {"label": "AccessKey", "id": "ASIADEPLOY"})))
        store.close()

        assert as_of.role_tags(f"{ACCOUNT}/deploy", assumed) == known
