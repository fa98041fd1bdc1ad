"""Long-lived credentials: whose they are, and who made them."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, Owned
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
KEY = Ref("AccessKey", "AKIAALICE")
BOB = Ref("Name", "111122223333/bob")
ALICE = Ref("User", "AIDAALICE")


def test_key_made_for_another(record: Make, facts_of: FactsOf) -> None:
    """Bob's key that alice made is bob's, by name, and made by alice's key."""
    answer = {"accessKey": {"accessKeyId": "AKIABOB", "userName": "bob", "status": "Active"}}
    facts = facts_of(record("iam", "CreateAccessKey", requestParameters={"userName": "bob"}, responseElements=answer))

    assert facts == [
        Owned(at=AT, event="e-1", key="AKIABOB", owner=BOB, name="bob"),
        Created(at=AT, event="e-1", target=Ref("AccessKey", "AKIABOB"), by=KEY, what="CreateAccessKey"),
    ]


def test_own_key(record: Make, facts_of: FactsOf) -> None:
    """A null request makes a key for the caller, whose id is known."""
    answer = {"accessKey": {"accessKeyId": "AKIANEW", "userName": "alice", "status": "Active"}}
    owned, _ = facts_of(record("iam", "CreateAccessKey", responseElements=answer))

    assert owned == Owned(at=AT, event="e-1", key="AKIANEW", owner=ALICE)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"assumedRoot": "true", "attributes": {"creationDate": "2024-05-06T07:00:00Z"}},
    ],
    ids=["root", "AssumeRoot"],
)
def test_roots_own_key(record: Make, facts_of: FactsOf, context: Shown) -> None:
    """The answer to root has no user name; the key is the account's root's."""
    caller = {
        "type": "Root",
        "principalId": "444455556666",
        "arn": "arn:aws:iam::444455556666:root",
        "accountId": "444455556666",
        "accessKeyId": "ASIAROOT",
        "sessionContext": context,
    }
    answer = {"accessKey": {"accessKeyId": "AKIAROOT", "status": "Active"}}
    owned, made = facts_of(record("iam", "CreateAccessKey", userIdentity=caller, responseElements=answer))

    assert isinstance(owned, Owned)
    assert owned.owner == Ref("User", "444455556666:root")
    assert isinstance(made, Created)
    assert made.by == Ref("AccessKey", "ASIAROOT")


def test_limit_exceeded_makes_no_key(record: Make, facts_of: FactsOf) -> None:
    """A refused CreateAccessKey is an attempt on the user."""
    asked = {"userName": "bob"}
    facts = facts_of(record("iam", "CreateAccessKey", requestParameters=asked, errorCode="LimitExceededException"))

    assert facts == [
        Attempted(at=AT, event="e-1", by=KEY, what="CreateAccessKey", error="LimitExceededException", target=BOB)
    ]


@pytest.mark.parametrize(("event", "status"), [("UpdateAccessKey", "Inactive"), ("DeleteAccessKey", "")])
def test_key_switched_off_or_deleted(record: Make, facts_of: FactsOf, event: str, status: str) -> None:
    """The key's id joins; the name says whose it was then."""
    asked = {"userName": "bob", "accessKeyId": "AKIABOB"} | ({"status": status} if status else {})
    facts = facts_of(record("iam", event, requestParameters=asked))

    assert facts == [
        Owned(at=AT, event="e-1", key="AKIABOB", owner=BOB, name="bob"),
        Changed(at=AT, event="e-1", target=Ref("AccessKey", "AKIABOB"), by=KEY, what=event, detail=status),
    ]


@pytest.mark.parametrize(
    ("event", "answer", "key"),
    [
        (
            "CreateServiceSpecificCredential",
            {"serviceSpecificCredential": {"serviceSpecificCredentialId": "ACCABOB", "userName": "bob"}},
            "ACCABOB",
        ),
        ("UploadSigningCertificate", {"certificate": {"certificateId": "CERTBOB", "userName": "bob"}}, "CERTBOB"),
        ("UploadSSHPublicKey", {"sSHPublicKey": {"sSHPublicKeyId": "APKABOB", "userName": "bob"}}, "APKABOB"),
    ],
)
def test_other_credentials(record: Make, facts_of: FactsOf, event: str, answer: Shown, key: str) -> None:
    """Service-specific credentials, certificates and SSH keys are credentials of the user like any other."""
    facts = facts_of(record("iam", event, requestParameters={"userName": "bob"}, responseElements=answer))

    assert facts == [
        Owned(at=AT, event="e-1", key=key, owner=BOB, name="bob"),
        Created(at=AT, event="e-1", target=Ref("AccessKey", key), by=KEY, what=event),
    ]


def test_mfa_devices(record: Make, facts_of: FactsOf) -> None:
    """A second factor taken away marks the user; a virtual one that is not yet a user's marks the account."""
    serial = "arn:aws:iam::111122223333:mfa/phone"
    (taken,) = facts_of(
        record("iam", "DeactivateMFADevice", requestParameters={"userName": "bob", "serialNumber": serial})
    )
    (made,) = facts_of(record("iam", "CreateVirtualMFADevice", requestParameters={"virtualMFADeviceName": "phone"}))

    assert isinstance(taken, Changed)
    assert (taken.target, taken.detail) == (BOB, "phone")
    assert isinstance(made, Changed)
    assert (made.target, made.detail) == (Ref("Account", "111122223333"), "phone")
