"""Each hunt finds what it is for, leaves what only looks like it, and is understood by Athena."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from ingest.errors import UsageError
from lake.hunts import Hunt, hunt, hunts
from lake.place import place
from lake.read import ask, reader
from tests.lake.lakes import exported, ingested

Record = dict[str, Any]

ACCOUNT = "111111111111"


def call(minute: int, name: str, identity: Record, source: str = "iam.amazonaws.com", **more: Any) -> Record:  # noqa: ANN401
    """A record of a day; `minute` counts from its beginning."""
    return {
        "eventVersion": "1.11",
        "eventTime": f"2026-03-04T{minute // 60:02}:{minute % 60:02}:00Z",
        "eventName": name,
        "eventSource": source,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": identity,
        **more,
    }


def user(name: str, key: str = "AKIA") -> Record:
    """A user's identity, with a long-lived key of their own."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return {
        "type": "IAMUser",
        "principalId": f"AIDA{name.upper()}",
        "arn": arn,
        "accountId": ACCOUNT,
        "accessKeyId": f"{key}{name.upper()}EXAMPLE",
        "userName": name,
    }


def session(role: str, name: str = "s", start: str = "2026-03-04T00:00:00Z") -> Record:
    """A role session's identity."""
    issuer = {"type": "Role", "principalId": f"AROA{role.upper()}", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{role.upper()}:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": f"ASIA{role.upper()}{name.upper()}",
        "sessionContext": {
            "sessionIssuer": issuer | {"accountId": ACCOUNT, "userName": role},
            "attributes": {"creationDate": start, "mfaAuthenticated": "false"},
        },
    }


def assume(minute: int, by: Record, role: str, name: str = "s") -> Record:
    """A successful AssumeRole; the session that `session` gives with this minute as its start."""
    start = f"2026-03-04T{minute // 60:02}:{minute % 60:02}:00Z"
    made = session(role, name, start)
    credentials = {"accessKeyId": made["accessKeyId"], "expiration": "Mar 4, 2026, 12:00:00 PM"}
    assumed = {"assumedRoleId": made["principalId"], "arn": made["arn"]}
    return call(
        minute,
        "AssumeRole",
        by,
        "sts.amazonaws.com",
        requestParameters={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "roleSessionName": name},
        responseElements={"credentials": credentials, "assumedRoleUser": assumed},
    )


def started(minute: int, role: str, name: str = "s") -> Record:
    """The identity of the session that `assume` opened at this minute."""
    return session(role, name, f"2026-03-04T{minute // 60:02}:{minute % 60:02}:00Z")


def signed_in(minute: int, name: str, mfa: str, outcome: str = "Success", kind: str = "IAMUser") -> Record:
    """A console sign-in."""
    identity = {k: v for k, v in user(name).items() if k != "accessKeyId"} | {"type": kind}
    told = {"additionalEventData": {"MFAUsed": mfa}, "responseElements": {"ConsoleLogin": outcome}}
    return call(minute, "ConsoleLogin", identity, "signin.amazonaws.com", **told)


def denied(minute: int, identity: Record, count: int) -> list[Record]:
    """So many refusals in one hour."""
    return [call(minute + n, "ListUsers", identity, errorCode="AccessDenied") for n in range(count)]


def secrets(identity: Record, count: int, name: str = "") -> list[Record]:
    """Secrets read, each another one unless `name` says which."""
    return [
        call(
            n,
            "GetSecretValue",
            identity,
            "secretsmanager.amazonaws.com",
            requestParameters={"secretId": name or f"s{n}"},
        )
        for n in range(count)
    ]


ALICE, BOB = user("alice"), user("bob")
ROOT = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
CHAIN = [
    assume(1, ALICE, "one"),
    assume(2, started(1, "one"), "two"),
    assume(3, started(2, "two"), "three"),
    call(4, "ListUsers", started(3, "three")),
]
SHORT = [assume(1, ALICE, "one"), call(4, "ListUsers", started(1, "one"))]

CASES: dict[str, tuple[list[Record], list[Record], dict[str, Any]]] = {
    "first-use-of-role": (
        SHORT,
        [call(4, "ListUsers", ALICE)],
        {"person": "alice", "first_used": "2026-03-04T00:04:00Z"},
    ),
    "console-without-mfa": (
        [signed_in(1, "alice", "No")],
        [
            signed_in(1, "bob", "Yes"),
            signed_in(2, "bob", "No", "Failure"),
            signed_in(3, "bob", "No", kind="AssumedRole"),
        ],
        {"user_name": "alice"},
    ),
    "keys-minted-by-sessions": (
        [
            assume(1, ALICE, "one"),
            call(
                2,
                "CreateAccessKey",
                started(1, "one"),
                requestParameters={"userName": "bob"},
                responseElements={"accessKey": {"userName": "bob", "accessKeyId": "AKIANEW"}},
            ),
        ],
        [
            call(2, "CreateAccessKey", ALICE, responseElements={"accessKey": {"accessKeyId": "AKIAOWN"}}),
            call(3, "CreateAccessKey", session("one"), errorCode="AccessDenied"),
        ],
        {"for_user": "bob", "new_key": "AKIANEW", "person": "alice"},
    ),
    "long-chains": (CHAIN, SHORT, {"principals": 4, "principal": f"arn:aws:iam::{ACCOUNT}:role/three"}),
    "two-networks-in-an-hour": (
        [call(1, "A", ALICE), call(30, "B", ALICE, sourceIPAddress="198.51.100.7")],
        [
            call(1, "A", BOB),
            call(70, "B", BOB, sourceIPAddress="198.51.100.7"),
            call(71, "C", BOB, sourceIPAddress="198.51.9.9"),
            call(72, "D", BOB, sourceIPAddress="ec2.amazonaws.com"),
        ],
        {"access_key_id": ALICE["accessKeyId"], "address": "198.51.100.7", "address_before": "192.0.2.1"},
    ),
    "denied-bursts": (
        denied(0, ALICE, 10),
        [*denied(0, BOB, 9), *denied(60, BOB, 9), *(call(n, "X", BOB, errorCode="NoSuchEntity") for n in range(20))],
        {"refused": 10, "person": "alice"},
    ),
    "activity-after-departure": (
        [
            assume(1, ALICE, "one"),
            call(5, "DeleteUser", BOB, requestParameters={"userName": "alice"}),
            call(9, "ListUsers", started(1, "one")),
        ],
        [
            call(4, "ListUsers", ALICE),
            call(6, "DeleteUser", BOB, requestParameters={"userName": "bob"}, errorCode="AccessDenied"),
            call(9, "ListUsers", BOB),
        ],
        {"person": "alice", "first_after": "2026-03-04T00:09:00Z"},
    ),
    "new-region": (
        [call(1, "A", ALICE, "ec2.amazonaws.com"), call(2, "A", ALICE, "ec2.amazonaws.com", awsRegion="eu-west-3")],
        [call(1, "A", BOB, "ec2.amazonaws.com"), call(2, "ListUsers", BOB, awsRegion="eu-west-3")],
        {"awsregion": "eu-west-3"},
    ),
    "root-use": (
        [call(1, "ListUsers", ROOT)],
        [call(1, "ListUsers", ALICE), call(2, "Decrypt", ROOT | {"invokedBy": "support.amazonaws.com"})],
        {"action": "iam.amazonaws.com:ListUsers"},
    ),
    "defences-down": (
        [call(1, "StopLogging", ALICE, "cloudtrail.amazonaws.com", errorCode="AccessDenied")],
        [
            call(1, "StartLogging", BOB, "cloudtrail.amazonaws.com"),
            call(2, "StopLogging", BOB, "redshift.amazonaws.com"),
        ],
        {"outcome": "AccessDenied", "person": "alice"},
    ),
    "doors-opened": (
        [call(1, "UpdateAssumeRolePolicy", ALICE, requestParameters={"roleName": "one"})],
        [call(1, "GetRolePolicy", BOB, requestParameters={"roleName": "one"})],
        {"changed": "one", "action": "UpdateAssumeRolePolicy"},
    ),
    "secrets-read": (
        secrets(ALICE, 5),
        [*secrets(BOB, 3), *secrets(BOB, 9, "always the same")],
        {"secrets": 5, "person": "alice"},
    ),
    "shared-outside": (
        [
            call(
                1,
                "ModifySnapshotAttribute",
                ALICE,
                "ec2.amazonaws.com",
                requestParameters={
                    "snapshotId": "snap-1",
                    "createVolumePermission": {"add": {"items": [{"group": "all"}]}},
                },
            )
        ],
        [
            call(
                1,
                "ModifySnapshotAttribute",
                BOB,
                "ec2.amazonaws.com",
                requestParameters={"snapshotId": "snap-2", "createVolumePermission": {"remove": {}}},
            )
        ],
        {"shared": "snap-1"},
    ),
}


def found(name: str, records: Iterable[Record], folder: Path) -> list[Record]:
    """Rows of a hunt in a lake of these records."""
    folder.mkdir()
    trail = folder / "trail.json"
    named = [record | {"eventID": f"00000000-0000-4000-8000-{n:012}"} for n, record in enumerate(records)]
    trail.write_text(json.dumps({"Records": named}))
    exported(trail, ingested(trail, folder), folder / "lake")
    with reader(place(str(folder / "lake"))) as connection:
        answer = ask(connection, hunt(name).sql)
        columns = [column[0] for column in answer.description]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]


def test_every_hunt_is_tried_here() -> None:
    """A dozen at least, each with a case below."""
    assert {one.name for one in hunts()} == CASES.keys()
    assert len(CASES) >= 12


@pytest.mark.parametrize("name", CASES)
def test_a_hunt_finds_what_it_is_for(name: str, tmp_path: Path) -> None:
    """Once, with what there is to know of it; and nothing in what only looks like it."""
    hit, miss, told = CASES[name]
    rows = found(name, [*hit, *miss], tmp_path / "both")
    assert len(rows) == 1
    assert told.items() <= rows[0].items()
    assert found(name, miss, tmp_path / "miss") == []


@pytest.mark.parametrize("one", hunts(), ids=lambda one: one.name)
def test_a_hunt_is_understood_by_athena(one: Hunt) -> None:
    """Its translation is one statement of that dialect, and says what the hunt means."""
    [statement] = sqlglot.parse(one.for_athena, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(statement, sqlglot.exp.Select)
    lines = one.sql.splitlines()
    assert one.title
    assert all(line.startswith("-- ") for line in lines[:3])
    assert any(line.startswith("-- Next: ") for line in lines)


def test_an_unknown_hunt_is_told_with_those_that_there_are() -> None:
    """So that the name can be put right."""
    with pytest.raises(UsageError, match="denied-bursts"):
        hunt("denied-burst")
