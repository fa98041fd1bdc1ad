"""Systems Manager: hands on instances, automations with a role."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Changed, Created, Fact, RunsAs
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

EC2 = "arn:aws:ec2:eu-west-1:111122223333:instance/"


@pytest.mark.parametrize(
    ("asked", "targets"),
    [
        ({"instanceIds": ["i-1", "i-2"]}, [Ref("Workload", EC2 + "i-1"), Ref("Workload", EC2 + "i-2")]),
        ({"targets": [{"key": "InstanceIds", "values": ["i-1"]}]}, [Ref("Workload", EC2 + "i-1")]),
        ({"targets": [{"key": "tag:Name", "values": ["web"]}]}, [Ref("Account", "111122223333")]),
    ],
)
def test_send_command(record: Make, facts_of: FactsOf, asked: Shown, targets: list[Ref]) -> None:
    """Each instance that is named is marked with the document, the account where tags choose; parameters are hidden."""
    asked |= {"documentName": "AWS-RunShellScript", "parameters": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    facts = facts_of(record("ssm", "SendCommand", requestParameters=asked))

    assert [(fact.target, fact.detail) for fact in facts if isinstance(fact, Changed)] == [
        (target, "AWS-RunShellScript") for target in targets
    ]


@pytest.mark.parametrize(
    ("target", "node"),
    [
        ("i-1", EC2 + "i-1"),
        ("mi-1", "arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-1"),
        ("ecs:c_t_r", "ecs:c_t_r"),
    ],
)
def test_start_session(record: Make, facts_of: FactsOf, target: str, node: str) -> None:
    """A session is a hand on whatever it was opened to."""
    (fact,) = facts_of(record("ssm", "StartSession", requestParameters={"target": target}))

    assert isinstance(fact, Changed)
    assert fact.target == Ref("Workload", node)


@pytest.mark.parametrize(
    ("parameters", "roles"),
    [
        ({"AutomationAssumeRole": ["arn:aws:iam::111122223333:role/Auto"]}, ["111122223333/auto"]),
        ({"AutomationAssumeRole": []}, []),
        ("HIDDEN_DUE_TO_SECURITY_REASONS", []),
        (None, []),
    ],
)
def test_automation(record: Make, facts_of: FactsOf, parameters: object, roles: list[str]) -> None:
    """An automation acts as the role in its parameters, where these are shown."""
    made, *rest = facts_of(
        record(
            "ssm",
            "StartAutomationExecution",
            requestParameters={"documentName": "d", "parameters": parameters},
            responseElements={"automationExecutionId": "x-1"},
        )
    )

    assert isinstance(made, Created)
    assert made.target == Ref("Workload", "arn:aws:ssm:eu-west-1:111122223333:automation-execution/x-1")
    assert [fact.role.id for fact in rest if isinstance(fact, RunsAs)] == roles
