"""Identity Center: people, what they ask for, and what they are given."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, Known, Portal
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
STORE = "arn:aws:identitystore::111122223333:identitystore/d-1"
PERSON = Ref("Identity", "d-1|u-1")
CALLER: Shown = {
    "type": "IdentityCenterUser",
    "accountId": "111122223333",
    "onBehalfOf": {"userId": "u-1", "identityStoreArn": STORE},
    "credentialId": "c-1",
}


def test_get_role_credentials(record: Make, facts_of: FactsOf) -> None:
    """Request and answer are null: the service's details say which permission set in which account."""
    facts = facts_of(
        record(
            "sso",
            "GetRoleCredentials",
            userIdentity=CALLER,
            eventType="AwsServiceEvent",
            serviceEventDetails={"role_name": "Admin", "account_id": "444455556666"},
        )
    )

    assert facts == [
        Known(at=AT, event="e-1", identity=PERSON, kind="identity-center"),
        Portal(at=AT, event="e-1", person=PERSON, account="444455556666", permission_set="Admin"),
    ]


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ("sso", "Authenticate"),
        ("sso", "Federate"),
        ("sso", "CreateToken"),
        ("sso-oauth", "CreateToken"),
        ("signin", "UserAuthentication"),
        ("signin", "CredentialVerification"),
    ],
)
def test_person_with_name(record: Make, facts_of: FactsOf, source: str, event: str) -> None:
    """The person is the identity store's user; the name comes from wherever the record has one."""
    facts = facts_of(
        record(source, event, userIdentity=CALLER, additionalEventData={"UserName": "bob", "AuthWorkflowID": "w"})
    )

    assert facts == [Known(at=AT, event="e-1", identity=PERSON, kind="identity-center", name="bob")]


def test_create_token_with_iam(record: Make, facts_of: FactsOf) -> None:
    """An application's token names the person in additional data, while the caller is a role."""
    extra = {"identitystore:UserId": "u-1", "identitystore:IdentityStoreArn": STORE, "identitycenter:CredentialId": "c"}
    facts = facts_of(record("sso-oauth", "CreateTokenWithIAM", additionalEventData=extra))

    assert [fact.identity for fact in facts if isinstance(fact, Known)] == [PERSON]


def test_record_before_july_2025(record: Make, facts_of: FactsOf) -> None:
    """Older records have a user name and no `onBehalfOf`: the person is the name in the account."""
    caller = {"type": "Unknown", "principalId": "111122223333", "accountId": "111122223333", "userName": "bob"}
    facts = facts_of(record("sso", "Authenticate", userIdentity=caller))

    assert facts == [
        Known(at=AT, event="e-1", identity=Ref("Identity", "111122223333|bob"), kind="identity-center", name="bob")
    ]


def test_failed_sign_in(record: Make, facts_of: FactsOf) -> None:
    """A failed step shows in the service's details alone."""
    (fact,) = facts_of(
        record(
            "signin",
            "CredentialVerification",
            userIdentity=CALLER,
            serviceEventDetails={"CredentialVerification": "Failure"},
        )
    )

    assert isinstance(fact, Attempted)
    assert (fact.target, fact.error) == (PERSON, "Failure")


def test_permission_sets_and_assignments(record: Make, facts_of: FactsOf) -> None:
    """A permission set marks Identity Center's account, an assignment the account that it opens."""
    arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
    (rights,) = facts_of(
        record("sso", "AttachManagedPolicyToPermissionSet", requestParameters={"permissionSetArn": arn})
    )
    (door,) = facts_of(
        record(
            "sso",
            "CreateAccountAssignment",
            requestParameters={"permissionSetArn": arn, "targetId": "444455556666", "principalId": "u-1"},
        )
    )

    assert isinstance(rights, Changed)
    assert (rights.target, rights.detail) == (Ref("Account", "111122223333"), "ps-1")
    assert isinstance(door, Changed)
    assert (door.target, door.detail) == (Ref("Account", "444455556666"), "u-1")


def test_person_made(record: Make, facts_of: FactsOf) -> None:
    """A user of the identity store is the same node as its `onBehalfOf`; a hidden name is no name."""
    asked = {"identityStoreId": "d-1", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    created, known = facts_of(
        record(
            "identitystore",
            "CreateUser",
            requestParameters=asked,
            responseElements={"identityStoreId": "d-1", "userId": "u-1"},
        )
    )

    assert isinstance(created, Created)
    assert created.target == PERSON
    assert known == Known(at=AT, event="e-1", identity=PERSON, kind="identity-center")


def test_person_put_into_a_group(record: Make, facts_of: FactsOf) -> None:
    """A membership marks the person with the group."""
    asked = {"identityStoreId": "d-1", "groupId": "g-1", "memberId": {"userId": "u-1"}}
    (fact,) = facts_of(record("identitystore", "CreateGroupMembership", requestParameters=asked))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (PERSON, "g-1")
