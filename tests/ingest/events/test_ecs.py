"""Tasks and the roles that they are handed."""

from collections.abc import Callable
from typing import Any

from ingest.facts import Changed, Created, Fact, RunsAs
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

ECS = "arn:aws:ecs:eu-west-1:111122223333:"


def test_register_task_definition(record: Make, facts_of: FactsOf) -> None:
    """The revision may act as its task role, named by ARN, and its execution role, named by name."""
    made, *rest = facts_of(
        record(
            "ecs",
            "RegisterTaskDefinition",
            requestParameters={
                "family": "web",
                "taskRoleArn": "arn:aws:iam::111122223333:role/Task",
                "executionRoleArn": "Exec",
            },
            responseElements={"taskDefinition": {"taskDefinitionArn": f"{ECS}task-definition/web:1"}},
        )
    )

    assert isinstance(made, Created)
    assert made.target == Ref("Workload", f"{ECS}task-definition/web:1")
    assert [fact.role.id for fact in rest if isinstance(fact, RunsAs)] == ["111122223333/task", "111122223333/exec"]


def test_run_task(record: Make, facts_of: FactsOf) -> None:
    """Each task is marked with its definition, and acts as a role put in the place of the definition's."""
    facts = facts_of(
        record(
            "ecs",
            "RunTask",
            requestParameters={"taskDefinition": "web:1", "overrides": {"taskRoleArn": "Admin"}},
            responseElements={"tasks": [{"taskArn": f"{ECS}task/c/1"}]},
        )
    )
    task = Ref("Workload", f"{ECS}task/c/1")

    assert [type(fact) for fact in facts] == [Created, Changed, RunsAs]
    assert {fact.target for fact in facts if isinstance(fact, Created | Changed)} == {task}
    assert [fact.role.id for fact in facts if isinstance(fact, RunsAs)] == ["111122223333/admin"]


def test_execute_command(record: Make, facts_of: FactsOf) -> None:
    """A command in a task is a hand on it, named by ARN or by id and cluster."""
    facts = [
        fact
        for asked in ({"task": "1", "cluster": "c"}, {"task": f"{ECS}task/c/1"})
        for fact in facts_of(record("ecs", "ExecuteCommand", requestParameters=asked))
    ]

    assert [fact.target.id for fact in facts if isinstance(fact, Changed)] == [f"{ECS}task/c/1"] * 2


def test_tasks_too_many_to_be_logged(record: Make, facts_of: FactsOf) -> None:
    """An answer over 100 KB is left out of the log: that tasks were started stays known."""
    (fact,) = facts_of(record("ecs", "RunTask", requestParameters={"taskDefinition": "web:1"}))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (Ref("Account", "111122223333"), "web:1")
