"""Who was acting: each kind of `userIdentity` that AWS writes, and what it leaves out."""

from typing import Any

import msgspec
import pytest

from ingest.identity import Actor, Ref, Role, User, actor, forwarded, root

Shown = dict[str, Any]

ACCOUNT = "111122223333"
BEGAN = "2024-05-06T07:00:00Z"
DATED: Shown = {"attributes": {"creationDate": BEGAN, "mfaAuthenticated": "true"}}
ALICE: Shown = {
    "type": "IAMUser",
    "principalId": "AIDAALICE",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "accountId": ACCOUNT,
    "userName": "alice",
}
DEPLOY: Shown = {
    "type": "AssumedRole",
    "principalId": "AROADEPLOY:ci",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/ci",
    "accountId": ACCOUNT,
}


def who(shown: Shown | None, *, console: bool = False) -> Actor:
    """The actor of a `userIdentity`."""
    return actor(msgspec.json.encode(shown), console=console)


@pytest.mark.parametrize(
    ("shown", "ref"),
    [
        (ALICE | {"accessKeyId": "AKIAALICE"}, Ref("AccessKey", "AKIAALICE")),
        (ALICE, Ref("User", "AIDAALICE")),
        (ALICE | {"accessKeyId": ""}, Ref("User", "AIDAALICE")),
        ({"type": "Root", "accountId": ACCOUNT, "userName": "an-alias"}, Ref("User", f"{ACCOUNT}:root")),
        (DEPLOY | {"sessionContext": DATED}, Ref("Session", f"{BEGAN}/{DEPLOY['arn']}")),
        (DEPLOY, Ref("Session", f"-/{DEPLOY['arn']}")),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, Ref("Service", "ec2.amazonaws.com")),
        ({"accountId": ACCOUNT, "invokedBy": "ec2.amazonaws.com"}, Ref("Service", "ec2.amazonaws.com")),
        ({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDAX"}, Ref("Account", "999999999999")),
        (
            {"type": "AWSAccount", "accountId": "999999999999", "invokedBy": "s3.amazonaws.com"},
            Ref("Account", "999999999999"),
        ),
        (
            {"type": "SAMLUser", "principalId": "nq=:bob@a", "userName": "bob@a", "identityProvider": "nq="},
            Ref("Identity", "nq=|bob@a"),
        ),
        (
            {
                "type": "IdentityCenterUser",
                "accountId": ACCOUNT,
                "onBehalfOf": {
                    "userId": "u-1",
                    "identityStoreArn": f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-1",
                },
                "credentialId": "c-1",
            },
            Ref("Identity", "d-1|u-1"),
        ),
        ({"type": "Unknown", "accountId": ACCOUNT, "principalId": "x"}, Ref("Account", ACCOUNT)),
        ({"type": "SomethingNew", "accountId": ACCOUNT}, Ref("Account", ACCOUNT)),
        ({}, Ref("Account", "")),
        (None, Ref("Account", "")),
    ],
)
def test_strongest_handle(shown: Shown | None, ref: Ref) -> None:
    """Who acted is the exact key where there is one, else session, user, person, subject, service, account."""
    assert who(shown).ref == ref


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_partition_is_kept(partition: str) -> None:
    """ARNs that are put together, of root and of a federated user's root, stay in the partition of the record."""
    alone = {"type": "Root", "accountId": ACCOUNT, "arn": f"arn:{partition}:iam::{ACCOUNT}:root"}
    issuer = {"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT, "arn": alone["arn"]}
    federated = {"type": "FederatedUser", "principalId": f"{ACCOUNT}:app", "sessionContext": {"sessionIssuer": issuer}}

    assert who(alone).user == who(federated).user == root(ACCOUNT, partition)


def test_role_session() -> None:
    """The session's ARN has no path; the role's own ARN, with its path, is its issuer's."""
    issuer = {"type": "Role", "principalId": "AROADEPLOY", "arn": f"arn:aws:iam::{ACCOUNT}:role/team/Deploy"}
    session = who(DEPLOY | {"accessKeyId": "ASIAX", "sessionContext": DATED | {"sessionIssuer": issuer}}).session

    assert session is not None
    assert (session.id, session.name, session.mfa) == (f"{BEGAN}/{DEPLOY['arn']}", "ci", "true")
    assert session.role == Role(ACCOUNT, "Deploy", f"arn:aws:iam::{ACCOUNT}:role/team/Deploy", "AROADEPLOY")


def test_empty_issuer_says_nothing() -> None:
    """`sessionIssuer: {}` and `webIdFederationData: {}` are no information: ARN and principal id are."""
    context = DATED | {"sessionIssuer": {}, "webIdFederationData": {}}
    session = who(DEPLOY | {"sessionContext": context}).session

    assert session is not None
    assert session.role == Role(ACCOUNT, "Deploy", "", "AROADEPLOY")


def test_instance_identity_role() -> None:
    """The role of an instance's own agents has colons in its name, and its principal id is not cut at the first."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/aws:ec2-instance/i-1"
    shown = {"type": "AssumedRole", "principalId": f"{ACCOUNT}:aws:ec2-instance:i-1", "arn": arn, "accountId": ACCOUNT}
    session = who(shown | {"sessionContext": DATED}).session

    assert session is not None
    assert (session.id, session.name) == (f"{BEGAN}/{arn}", "i-1")
    assert session.role == Role(ACCOUNT, "aws:ec2-instance", "", f"{ACCOUNT}:aws:ec2-instance")


def test_session_of_a_user() -> None:
    """GetSessionToken's keys, the console's and those of `aws login` share a user and a second."""
    temporary = ALICE | {"accessKeyId": "ASIAX", "sessionContext": DATED | {"signInSessionArn": "arn:aws:signin:x"}}
    plain, console = who(temporary).session, who(temporary, console=True).session

    assert plain is not None
    assert console is not None
    assert plain.id == console.id == f"{BEGAN}/AIDAALICE"
    assert (plain.kind, console.kind, plain.sign_in) == ("user", "console", "arn:aws:signin:x")


@pytest.mark.parametrize("said", ["true", "True", True])
def test_assumed_root(said: object) -> None:
    """A session of AssumeRoot says so, as a text or as a boolean."""
    shown = {"type": "Root", "accountId": ACCOUNT, "principalId": ACCOUNT, "accessKeyId": "ASIAX"}
    session = who(shown | {"sessionContext": DATED | {"assumedRoot": said}}).session

    assert session is not None
    assert (session.id, session.kind) == (f"{BEGAN}/{ACCOUNT}", "root")


def test_federated_user() -> None:
    """A federated user's session is its own, and names the user who made it."""
    issuer = {"type": "IAMUser", "principalId": "AIDAALICE", "accountId": ACCOUNT, "userName": "alice"}
    shown = {"type": "FederatedUser", "principalId": f"{ACCOUNT}:app", "accountId": ACCOUNT, "accessKeyId": "ASIAX"}
    session = who(shown | {"sessionContext": DATED | {"sessionIssuer": issuer}}).session

    assert session is not None
    assert (session.id, session.kind, session.name) == (f"{BEGAN}/{ACCOUNT}:app", "federated", "app")
    assert session.user == User("AIDAALICE", ACCOUNT, "alice")


def test_undated_keys_do_not_share_a_session() -> None:
    """Where a record has no `creationDate`, two keys of one session ARN stay apart."""
    sessions = [who(DEPLOY | {"accessKeyId": key}).session for key in ("ASIAX", "ASIAY")]

    assert [session.id for session in sessions if session] == [f"-/{DEPLOY['arn']}/{key}" for key in ("ASIAX", "ASIAY")]


def test_person_and_workload() -> None:
    """`onBehalfOf` names the person and `inScopeOf` the workload that a role's session acts for."""
    lambda_arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    found = who(
        DEPLOY
        | {
            "accessKeyId": "ASIAX",
            "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
            "inScopeOf": {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": lambda_arn, "sourceArn": "s"},
        }
    )

    assert (found.ref, found.person) == (Ref("AccessKey", "ASIAX"), Ref("Identity", "d-1|u-1"))
    assert (found.workload, found.workload_kind) == (Ref("Workload", lambda_arn), "AWS::Lambda::Function")


@pytest.mark.parametrize("kind", ["IAMUser", "SAMLUser"])
def test_hidden_name_is_no_name(kind: str) -> None:
    """What AWS hides is not taken for somebody's name."""
    found = who({"type": kind, "principalId": "AIDAX", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"})

    assert "HIDDEN" not in str(found)


@pytest.mark.parametrize(
    ("more", "at", "service"),
    [
        ({"invokedBy": "kms.amazonaws.com"}, BEGAN, "kms.amazonaws.com"),
        ({"invokedBy": "kms.amazonaws.com"}, "2024-05-06T07:00:01Z", "kms.amazonaws.com"),
        ({"invokedBy": "kms.amazonaws.com"}, "2024-05-06T07:00:02Z", None),
        ({"invokedBy": "AWS Internal"}, BEGAN, None),
        ({}, BEGAN, None),
    ],
)
def test_forward_access_session(more: Shown, at: str, service: str | None) -> None:
    """A service calling on for a long-lived key has a key of that very second; the console and later calls have not."""
    session = forwarded(who(ALICE | {"accessKeyId": "ASIAX", "sessionContext": DATED} | more), at)

    assert (session.session.kind if session and session.session else None) == ("forwarded" if service else None)
    assert (session.session.name if session and session.session else None) == service


def test_a_root_that_was_assumed_has_no_long_lived_key_to_call_on_with() -> None:
    """AssumeRoot gives a session of its own: a service's call with it, in that second too, does not make it root's."""
    root_ = {"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}
    context = DATED | {"assumedRoot": "true"}
    assumed = who(root_ | {"accessKeyId": "ASIAX", "sessionContext": context, "invokedBy": "kms.amazonaws.com"})

    assert forwarded(assumed, BEGAN) is None


@pytest.mark.parametrize(
    "shown", [{"sessionContext": {"attributes": {"creationDate": 10**400}}}, {"accountId": 5}, {"arn": {}}, []]
)
def test_wrong_types_raise(shown: Any) -> None:  # noqa: ANN401 (what a record may hold)
    """A field of another type is an error that puts the record into quarantine, and no other."""
    with pytest.raises((msgspec.DecodeError, ValueError)):
        who(shown)
