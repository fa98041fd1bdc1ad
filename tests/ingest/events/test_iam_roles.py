"""IAM roles: ids, tags, trust, instance profiles."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, Rolenamed, Tagged, Untagged
from ingest.identity import Ref, Role

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
KEY = Ref("AccessKey", "AKIAALICE")
DEPLOY = Ref("Role", "111122223333/deploy")


@pytest.mark.parametrize("event", ["CreateRole", "CreateServiceLinkedRole"])
def test_create_role(record: Make, facts_of: FactsOf, event: str) -> None:
    """The role has this id and ARN from now on, and its tags from birth."""
    arn = "arn:aws:iam::111122223333:role/team/Deploy"
    made = {
        "roleName": "Deploy",
        "roleId": "AROADEPLOY",
        "arn": arn,
        "path": "/team/",
        "tags": [{"key": "a", "value": "b"}],
    }
    facts = facts_of(record("iam", event, requestParameters={"roleName": "Deploy"}, responseElements={"role": made}))

    assert facts == [
        Rolenamed(at=AT, event="e-1", role=Role("111122223333", "Deploy", arn, "AROADEPLOY")),
        Created(at=AT, event="e-1", target=DEPLOY, by=KEY, what=event),
        Tagged(at=AT, event="e-1", target=DEPLOY, tags=(("a", "b"),)),
    ]


@pytest.mark.parametrize("event", ["DeleteRole", "DeleteServiceLinkedRole", "UpdateAssumeRolePolicy", "UpdateRole"])
def test_role_touched(record: Make, facts_of: FactsOf, event: str) -> None:
    """Opening a role to others, or ending it, is a mark on the role, whatever the case of its name."""
    facts = facts_of(record("iam", event, requestParameters={"roleName": "DEPLOY", "policyDocument": "{}"}))

    assert facts == [Changed(at=AT, event="e-1", target=DEPLOY, by=KEY, what=event)]


def test_tags_set_and_taken(record: Make, facts_of: FactsOf) -> None:
    """Tagging and untagging hang on the role."""
    tags = [{"key": "Team", "value": "red"}]
    tagged = facts_of(record("iam", "TagRole", requestParameters={"roleName": "Deploy", "tags": tags}))
    untagged = facts_of(record("iam", "UntagRole", requestParameters={"roleName": "Deploy", "tagKeys": ["Team"]}))

    assert tagged == [Tagged(at=AT, event="e-1", target=DEPLOY, tags=(("Team", "red"),))]
    assert untagged == [Untagged(at=AT, event="e-1", target=DEPLOY, keys=("Team",))]


def test_instance_profiles(record: Make, facts_of: FactsOf) -> None:
    """A role put into a profile is marked with it; a profile alone is a mark on the account."""
    asked = {"roleName": "Deploy", "instanceProfileName": "web"}
    (added,) = facts_of(record("iam", "AddRoleToInstanceProfile", requestParameters=asked))
    (made,) = facts_of(record("iam", "CreateInstanceProfile", requestParameters={"instanceProfileName": "web"}))

    assert isinstance(added, Changed)
    assert (added.target, added.detail) == (DEPLOY, "web")
    assert isinstance(made, Changed)
    assert (made.target, made.detail) == (Ref("Account", "111122223333"), "web")


@pytest.mark.parametrize("event", ["CreateRole", "TagRole", "UpdateAssumeRolePolicy", "AttachRolePolicy"])
@pytest.mark.parametrize("named", ["role Deploy", "arn:aws:iam::111122223333:role/team/Deploy"])
def test_denied_without_parameters(record: Make, facts_of: FactsOf, event: str, named: str) -> None:
    """A denied call logs no parameters: its role is in the error message."""
    message = f"User: x is not authorized to perform: it on resource: {named} with an explicit deny"
    (fact,) = facts_of(record("iam", event, errorCode="AccessDenied", errorMessage=message))

    assert isinstance(fact, Attempted)
    assert fact.target == Ref("Role", "111122223333/deploy")
