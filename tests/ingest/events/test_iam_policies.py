"""Rights given and taken."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Fact
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BOB = Ref("Name", "111122223333/bob")
DEPLOY = Ref("Role", "111122223333/deploy")
ACCOUNT = Ref("Account", "111122223333")


@pytest.mark.parametrize(
    ("event", "asked", "target", "detail"),
    [
        ("AttachUserPolicy", {"userName": "bob", "policyArn": ADMIN}, BOB, "AdministratorAccess"),
        ("PutUserPolicy", {"userName": "bob", "policyName": "all", "policyDocument": "{}"}, BOB, "all"),
        ("DeleteUserPermissionsBoundary", {"userName": "bob"}, BOB, ""),
        ("DetachRolePolicy", {"roleName": "Deploy", "policyArn": ADMIN}, DEPLOY, "AdministratorAccess"),
        (
            "PutRolePermissionsBoundary",
            {"roleName": "Deploy", "permissionsBoundary": ADMIN},
            DEPLOY,
            "AdministratorAccess",
        ),
        ("AttachGroupPolicy", {"groupName": "devs", "policyArn": ADMIN}, ACCOUNT, "devs AdministratorAccess"),
        ("CreatePolicyVersion", {"policyArn": "arn:aws:iam::1:policy/x/mine", "setAsDefault": True}, ACCOUNT, "mine"),
        ("CreateAccountAlias", {"accountAlias": "acme"}, ACCOUNT, "acme"),
    ],
)
def test_rights(record: Make, facts_of: FactsOf, event: str, asked: Shown, target: Ref, detail: str) -> None:
    """The mark is on whoever got or lost rights, with the policy's name; refused, it is an attempt on the same."""
    (done,) = facts_of(record("iam", event, requestParameters=asked))
    (refused,) = facts_of(record("iam", event, requestParameters=asked, errorCode="AccessDenied"))

    assert isinstance(done, Changed)
    assert (done.target, done.what, done.detail) == (target, event, detail)
    assert isinstance(refused, Attempted)
    assert (refused.target, refused.error) == (target, "AccessDenied")
