"""Stacks: who asked for what they did, and as which role."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, RunsAs
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
KEY = Ref("AccessKey", "AKIAALICE")
NODE = Ref("Stack", "arn:aws:cloudformation:eu-west-1:111122223333:stack/net")
STACK_ID = f"{NODE.id}/a38e6a60-b397-11e3-b0fc-08002755629e"
ROLE_ARN = "arn:aws:iam::111122223333:role/cfn/Exec"
ROLE = Ref("Role", "111122223333/exec")
SET = Ref("Stack", "arn:aws:cloudformation:eu-west-1:111122223333:stackset/base")


@pytest.mark.parametrize("spelling", ["roleARN", "roleArn"])
def test_create_stack_with_a_role(record: Make, facts_of: FactsOf, spelling: str) -> None:
    """The stack was made by the caller, and acts as the role from now on, however the field is spelled."""
    facts = facts_of(
        record(
            "cloudformation",
            "CreateStack",
            requestParameters={"stackName": "net", spelling: ROLE_ARN, "parameters": [{"parameterKey": "p"}]},
            responseElements={"stackId": STACK_ID},
        )
    )

    assert facts == [
        Created(at=AT, event="e-1", target=NODE, by=KEY, what="CreateStack"),
        RunsAs(at=AT, event="e-1", thing=NODE, role=ROLE),
    ]


@pytest.mark.parametrize("name", ["net", STACK_ID])
def test_delete_stack_meets_the_same_stack(record: Make, facts_of: FactsOf, name: str) -> None:
    """Named by name or by id, without an answer, it is the stack that was made; without a role it keeps its own."""
    facts = facts_of(record("cloudformation", "DeleteStack", requestParameters={"stackName": name}))

    assert facts == [Changed(at=AT, event="e-1", target=NODE, by=KEY, what="DeleteStack")]


def test_change_set(record: Make, facts_of: FactsOf) -> None:
    """A change set brings the role, its execution is marked with its name."""
    made = facts_of(
        record(
            "cloudformation",
            "CreateChangeSet",
            requestParameters={"stackName": "net", "changeSetName": "c1", "roleARN": ROLE_ARN},
            responseElements={"stackId": STACK_ID, "id": "arn:aws:cloudformation:eu-west-1:1:changeSet/c1/x"},
        )
    )
    arn = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c1/0000"
    done = facts_of(
        record("cloudformation", "ExecuteChangeSet", requestParameters={"stackName": "net", "changeSetName": arn})
    )

    assert made == [
        Changed(at=AT, event="e-1", target=NODE, by=KEY, what="CreateChangeSet", detail="c1"),
        RunsAs(at=AT, event="e-1", thing=NODE, role=ROLE),
    ]
    assert done == [Changed(at=AT, event="e-1", target=NODE, by=KEY, what="ExecuteChangeSet", detail="c1")]


def test_refused_stack_gets_no_role(record: Make, facts_of: FactsOf) -> None:
    """A refused update is an attempt: the role does not stick."""
    asked = {"stackName": "net", "roleARN": ROLE_ARN}
    facts = facts_of(record("cloudformation", "UpdateStack", requestParameters=asked, errorCode="AccessDenied"))

    assert facts == [Attempted(at=AT, event="e-1", by=KEY, what="UpdateStack", error="AccessDenied", target=NODE)]


@pytest.mark.parametrize(
    ("asked", "roles"),
    [
        ({}, ["111122223333/awscloudformationstacksetadministrationrole"]),
        ({"administrationRoleARN": ROLE_ARN}, [ROLE.id]),
        ({"permissionModel": "SERVICE_MANAGED"}, []),
    ],
)
def test_stack_set(record: Make, facts_of: FactsOf, asked: Shown, roles: list[str]) -> None:
    """A stack set acts as the role that it was given, else as the default one, unless the service manages it."""
    made, *rest = facts_of(
        record(
            "cloudformation",
            "CreateStackSet",
            requestParameters={"stackSetName": "base"} | asked,
            responseElements={"stackSetId": "base:0000"},
        )
    )

    assert made == Created(at=AT, event="e-1", target=SET, by=KEY, what="CreateStackSet")
    assert [fact.role.id for fact in rest if isinstance(fact, RunsAs)] == roles
    assert len(rest) == len(roles)


def test_stack_instances(record: Make, facts_of: FactsOf) -> None:
    """Instances hang on their stack set, named with or without its unique part."""
    facts = [
        fact
        for name in ("base", "base:0000")
        for fact in facts_of(record("cloudformation", "CreateStackInstances", requestParameters={"stackSetName": name}))
    ]

    assert set(facts) == {Changed(at=AT, event="e-1", target=SET, by=KEY, what="CreateStackInstances")}


def test_partition_of_the_caller(record: Make, facts_of: FactsOf) -> None:
    """A stack known only by name is in the caller's partition, or in that of the Region."""
    asked = {"requestParameters": {"stackName": "net"}, "awsRegion": "cn-north-1"}
    china = {"type": "IAMUser", "principalId": "A", "arn": "arn:aws-cn:iam::111122223333:user/a", "accountId": "1"}
    facts = [
        *facts_of(record("cloudformation", "DeleteStack", userIdentity=china, **asked)),
        *facts_of(record("cloudformation", "DeleteStack", userIdentity=None, **asked)),
    ]

    assert {fact.target.id for fact in facts if isinstance(fact, Changed)} == {
        "arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/net"
    }
