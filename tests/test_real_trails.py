"""Real trails keep the answers honest: what `who` says is held against what their records show, read another way."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, run
from ingest.sources.files import Files
from queries.answer import Answer
from queries.who import who

Record = dict[str, Any]
Ingested = Callable[..., SQLiteStore]


@pytest.fixture
def ingested(tmp_path: Path) -> Iterator[Ingested]:
    """Give a store that has read these files or folders, one after the other, and all records in them."""
    stores: list[SQLiteStore] = []

    def ingest(*paths: Path) -> SQLiteStore:
        store = SQLiteStore(tmp_path / f"store-{len(stores)}.db", create=True)
        stores.append(store)
        for path in paths:
            last = list(run([Files([path])], store, Options(workers=1)))[-1]
            # One of the files has a brace too many at its end, which is no record.
            assert [one.sample for one in last.quarantined if one.sample != "}"] == []
        return store

    yield ingest
    for store in stores:
        store.close()


def records(folder: Path) -> list[Record]:
    """All records under a folder of plain delivery files."""
    return [record for path in sorted(folder.rglob("*.json")) for record in json.loads(path.read_text())["Records"]]


def acts_as(record: Record) -> str:
    """The principal that a record's caller acts as: the role behind a session, else the user or root."""
    identity = record["userIdentity"]
    return str(
        identity["sessionContext"]["sessionIssuer"]["arn"] if "assumed-role" in identity["arn"] else identity["arn"]
    )


def issued_key(record: Record) -> str:
    """The key that a record shows as issued or created, or ''."""
    response = record.get("responseElements") or {}
    shown = response.get("credentials") or response.get("accessKey") or {}
    return str(shown.get("accessKeyId", ""))


def test_published_answer(shared_data: Path, tmp_path: Path) -> None:
    """The published example comes out as published: the first seven keys, order and all, from the command line."""
    folder = shared_data / "whodunnit-readme"
    whodunnit = [sys.executable, "-c", "from cli.main import main; main()", "--store", f"sqlite:{tmp_path}/store.db"]
    subprocess.run([*whodunnit, "ingest", str(folder / "trail.json")], check=True, capture_output=True)
    asked = subprocess.run(
        [*whodunnit, "who", "ASIATJVZAAAARRT5X7PR", "--format", "json"], check=True, capture_output=True, text=True
    )
    answer, expected = json.loads(asked.stdout), json.loads((folder / "expected.json").read_text())

    assert list(answer)[:7] == list(expected)
    assert json.dumps({key: answer[key] for key in expected}) == json.dumps(expected)


def test_masked_ids_are_a_warning(shared_data: Path, ingested: Ingested) -> None:
    """The example's ids are masked and say another account than its ARNs: a warning, no reason to drop anything."""
    (answer,) = who(ingested(shared_data / "whodunnit-readme" / "trail.json"), "ASIATJVZAAAARRT5X7PR")

    assert {"id-mismatch"} == {warning.kind for warning in answer.warnings}
    assert (answer.complete, answer.evidence, answer.stop) == (True, "exact", "iam-user")


def test_every_key_of_a_lab_attack(shared_data: Path, ingested: Ingested) -> None:
    """Each of the 133 keys in use and the 30 that were only issued answers with the right principal."""
    trail = records(shared_data / "invictus")
    used = {key: record for record in trail if (key := record["userIdentity"].get("accessKeyId"))}
    made = {key: record for record in trail if (key := issued_key(record))}
    store = ingested(shared_data / "invictus")
    expected = {key: acts_as(record) for key, record in used.items()}
    for key in made.keys() - used.keys():
        request, response = made[key]["requestParameters"] or {}, made[key]["responseElements"]
        owner = response.get("accessKey", {}).get("userName")
        expected[key] = f"arn:aws:iam::123837392027:user/{owner}" if owner else request["roleArn"]

    assert (len(used), len(made.keys() - used.keys())) == (133, 30)
    assert {key: who(store, key)[0].principal for key in expected} == expected


def test_role_keys_of_a_lab_attack(shared_data: Path, ingested: Ingested) -> None:
    """The 8 role keys in use lead to their exact issuance, and show its record with the session token cut."""
    trail = records(shared_data / "invictus")
    made = {key: record for record in trail if (key := issued_key(record))}
    used = {record["userIdentity"].get("accessKeyId") for record in trail} & made.keys()
    store = ingested(shared_data / "invictus")
    answers: dict[str, Answer] = {key: who(store, key)[0] for key in used}

    assert len(answers) == 8
    for key, answer in answers.items():
        record = made[key]
        record["responseElements"]["credentials"]["sessionToken"] = (
            record["responseElements"]["credentials"]["sessionToken"][:11] + "...."
        )
        assert json.loads(bytes(answer.trails[0])) == record
        assert (answer.hops[0].event_id, answer.hops[0].evidence) == (record["eventID"], "exact")
        assert (answer.start, answer.complete) == (record["eventTime"], True)


def test_console_and_forwarded_keys_of_a_lab_attack(shared_data: Path, ingested: Ingested) -> None:
    """The 122 other temporary keys lead to their user, session and evidence: by the sign-in where it was seen."""
    trail = records(shared_data / "invictus")
    made = {issued_key(record) for record in trail}
    used = {
        key: record
        for record in trail
        if (key := record["userIdentity"].get("accessKeyId")) and key.startswith("ASIA") and key not in made
    }
    logins = {
        (record["userIdentity"]["principalId"], record["eventTime"]): record["eventID"]
        for record in trail
        if record["eventName"] == "ConsoleLogin"
    }
    store = ingested(shared_data / "invictus")

    assert len(used) == 122
    signed_in = 0
    for key, record in used.items():
        (answer,) = who(store, key)
        identity = record["userIdentity"]
        started = identity["sessionContext"]["attributes"]["creationDate"]
        assert answer.origin.id == identity["principalId"]
        assert (answer.complete, answer.stop, answer.start) == (True, "iam-user", started)
        assert answer.hops[0].session is not None
        assert answer.hops[0].session.startswith(f"{started}/{identity['principalId']}")
        login = logins.get((identity["principalId"], started))
        assert answer.evidence == ("session" if login else "observed")
        assert answer.hops[0].event_id == login
        signed_in += login is not None
    assert signed_in > 0


def test_minted_keys_of_a_lab_attack(shared_data: Path, ingested: Ingested) -> None:
    """The two keys that were minted say by whom, and a warning comes with those that were made for somebody else."""
    trail = records(shared_data / "invictus")
    made = {issued_key(record): record for record in trail if record["eventName"] == "CreateAccessKey"}
    store = ingested(shared_data / "invictus")

    assert len(made) == 2
    for key, record in made.items():
        (answer,) = who(store, key)
        assert answer.minted_by is not None
        assert answer.minted_by.event_id == record["eventID"]
        assert answer.minted_by.principal == acts_as(record)
        assert "key-minted-by-other" in {warning.kind for warning in answer.warnings}


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a"), ("a", "b", "a")])
def test_both_copies_of_a_cross_account_call(shared_data: Path, ingested: Ingested, order: tuple[str, ...]) -> None:
    """The caller's and the callee's copy are one issuance, in either order, and the parent key is known."""
    folder = shared_data / "cross-account"
    store = ingested(*(folder / f"authprof_awscorr1{one}.txt" for one in order))
    (answer,) = who(store, "ACCESSKEYID")

    assert answer.principal_chain == [
        "arn:aws:iam::999999999999:role/role-name",
        "arn:aws:iam::000000000000:user/uhura",
    ]
    assert [hop.access_key_id for hop in answer.hops] == ["ACCESSKEYID", "ASIAVILFRM2VRYXLWTP5"]
    assert [json.loads(bytes(raw))["eventID"] for raw in answer.trails] == ["e3121657-c8da-4400-ab9c-1bad017791c1"]
    assert (answer.start, answer.end) == ("2020-10-20T15:21:40Z", "2020-10-20T16:21:40Z")
    assert answer.hops[0].evidence == "exact"
    assert (answer.origin.kind, answer.origin.id, answer.complete) == ("IAMUser", "PRINCIPALID", True)


def test_callee_copy_alone(shared_data: Path, ingested: Ingested) -> None:
    """With the callee's copy alone the answer stops at the other account, and is not complete."""
    (answer,) = who(ingested(shared_data / "cross-account" / "authprof_awscorr1a.txt"), "ACCESSKEYID")

    assert answer.principal_chain == ["arn:aws:iam::999999999999:role/role-name"]
    assert (answer.complete, answer.stop, answer.evidence) == (False, "other-account", "principal")
    assert (answer.origin.kind, answer.origin.id) == ("Account", "000000000000")


def test_switched_role(shared_data: Path, ingested: Ingested) -> None:
    """A SwitchRole alone tells who switched, by its ARN."""
    store = ingested(shared_data / "cross-account" / "authprof_critobj4.txt")
    (answer,) = who(store, "arn:aws:sts::999999999999:assumed-role/role-name/uhura")

    assert answer.principal == "arn:aws:sts::999999999999:assumed-role/role-name/uhura"
    assert answer.evidence == "inferred"
    assert answer.stop == "other-account"


def test_attack_techniques_are_read_whole(shared_data: Path, tmp_path: Path) -> None:
    """Nothing crashes on the 36 techniques, no record of theirs is quarantined, and every key in use answers."""
    store = SQLiteStore(tmp_path / "store.db", create=True)
    last = list(run([Files([shared_data / "stratus"])], store, Options(workers=2)))[-1]
    paths = sorted((shared_data / "stratus").glob("*.json"))
    trail = [record for path in paths for record in json.loads(path.read_text())]
    keys = {record["userIdentity"].get("accessKeyId") for record in trail} - {None, ""}

    assert last.counts["records"] == len(trail)
    assert last.quarantined == []
    assert all(who(store, key)[0].hops for key in keys)
