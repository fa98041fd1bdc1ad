"""Other services that are handed a role."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Changed, Created, Fact, RunsAs
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

ROLE_ARN = "arn:aws:iam::111122223333:role/Job"
HERE = "eu-west-1:111122223333"


@pytest.mark.parametrize(
    ("source", "event", "asked", "resource"),
    [
        ("glue", "CreateDevEndpoint", {"endpointName": "d", "roleArn": ROLE_ARN}, "devEndpoint/d"),
        ("glue", "CreateJob", {"name": "j", "role": "Job"}, "job/j"),
        ("glue", "UpdateJob", {"jobName": "j", "jobUpdate": {"role": ROLE_ARN}}, "job/j"),
        (
            "sagemaker",
            "CreateNotebookInstance",
            {"notebookInstanceName": "N", "roleArn": ROLE_ARN},
            "notebook-instance/n",
        ),
        ("codebuild", "CreateProject", {"name": "p", "serviceRole": ROLE_ARN}, "project/p"),
        ("codebuild", "UpdateProject", {"name": "p", "serviceRole": ROLE_ARN}, "project/p"),
        ("states", "CreateStateMachine", {"name": "m", "roleArn": ROLE_ARN}, "stateMachine:m"),
        (
            "states",
            "UpdateStateMachine",
            {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m", "roleArn": ROLE_ARN},
            "stateMachine:m",
        ),
        (
            "scheduler",
            "CreateSchedule",
            {"name": "s", "target": {"arn": "a", "roleArn": ROLE_ARN}},
            "schedule/default/s",
        ),
    ],
)
def test_role_handed_over(
    record: Make, facts_of: FactsOf, source: str, event: str, asked: Shown, resource: str
) -> None:
    """Made or changed by the caller, the workload acts as the role in the request, wherever it stands there."""
    done, handed = facts_of(record(source, event, requestParameters=asked))
    node = Ref("Workload", f"arn:aws:{source}:{HERE}:{resource}")

    assert isinstance(done, Created if event.startswith("Create") else Changed)
    assert isinstance(done, Created | Changed)
    assert done.target == node
    assert isinstance(handed, RunsAs)
    assert (handed.thing, handed.role) == (node, Ref("Role", "111122223333/job"))


def test_answer_names_the_workload(record: Make, facts_of: FactsOf) -> None:
    """An ARN in the answer goes before one put together."""
    arn = f"arn:aws:codebuild:{HERE}:project/p"
    made, _ = facts_of(
        record(
            "codebuild",
            "CreateProject",
            requestParameters={"serviceRole": ROLE_ARN},
            responseElements={"project": {"arn": arn}},
        )
    )

    assert isinstance(made, Created)
    assert made.target == Ref("Workload", arn)


def test_presigned_url(record: Make, facts_of: FactsOf) -> None:
    """A link into a notebook is a hand on it."""
    asked = {"notebookInstanceName": "n"}
    (fact,) = facts_of(record("sagemaker", "CreatePresignedNotebookInstanceUrl", requestParameters=asked))

    assert isinstance(fact, Changed)
    assert fact.target == Ref("Workload", f"arn:aws:sagemaker:{HERE}:notebook-instance/n")


@pytest.mark.parametrize("hidden", [False, True])
def test_data_pipeline(record: Make, facts_of: FactsOf, hidden: bool) -> None:  # noqa: FBT001 (a case of the table)
    """A pipeline's definition names its roles, where it is not hidden."""
    fields = [{"key": "role", "stringValue": "Job"}, {"key": "resourceRole", "stringValue": "Node"}]
    objects = "HIDDEN_DUE_TO_SECURITY_REASONS" if hidden else [{"id": "Default", "fields": fields}]
    asked = {"pipelineId": "df-1", "pipelineObjects": objects}
    done, *rest = facts_of(record("datapipeline", "PutPipelineDefinition", requestParameters=asked))

    assert isinstance(done, Changed)
    assert done.target == Ref("Workload", f"arn:aws:datapipeline:{HERE}:pipeline/df-1")
    assert [fact.role.id for fact in rest if isinstance(fact, RunsAs)] == (
        [] if hidden else ["111122223333/job", "111122223333/node"]
    )
