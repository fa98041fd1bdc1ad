"""Other services that are handed a role: Glue, SageMaker, CodeBuild, Step Functions, Scheduler, Data Pipeline.

PassRole makes no event; the role in the receiving call is what shows it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, runs_as, touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account, arn, role_named
from ingest.record import Call, Shape

events = Registry()


class Nested(Shape):
    """A part of a request or answer that holds an ARN or a role: `jobUpdate`, `target`, `project`."""

    arn: str | None = None
    role: str | None = None
    role_arn: str | None = None


class Work(Shape):
    """`requestParameters` and `responseElements` of calls that hand a role to a workload; each has some of them."""

    name: str | None = None
    job_name: str | None = None
    endpoint_name: str | None = None
    notebook_instance_name: str | None = None
    notebook_instance_arn: str | None = None
    state_machine_arn: str | None = None
    schedule_arn: str | None = None
    group_name: str | None = None
    role: str | None = None
    role_arn: str | None = None
    service_role: str | None = None
    job_update: Nested | None = None
    target: Nested | None = None
    project: Nested | None = None

    @property
    def handed(self) -> str:
        """The role in the request, wherever it stands, or ''."""
        inner = self.job_update or self.target or Nested()
        return self.role or self.role_arn or self.service_role or inner.role or inner.role_arn or ""


def workload(call: Call) -> Ref:
    """The workload: its ARN in the answer or request, or as its name makes it, else the account."""
    asked, answer = call.request(Work), call.response(Work)
    service = call.record.eventSource.partition(".")[0]
    shown = (
        answer.notebook_instance_arn
        or answer.state_machine_arn
        or asked.state_machine_arn
        or answer.schedule_arn
        or (answer.project.arn if answer.project else None)
    )
    resource = _RESOURCES.get(service, lambda _: "")(asked)
    if shown or resource:
        return Ref("Workload", shown or arn(call, service, resource))
    return account(call)


def _glue(asked: Work) -> str:
    if asked.endpoint_name:
        return f"devEndpoint/{asked.endpoint_name}"
    name = asked.job_name or asked.name
    return f"job/{name}" if name else ""


def _sagemaker(asked: Work) -> str:
    return f"notebook-instance/{asked.notebook_instance_name.lower()}" if asked.notebook_instance_name else ""


def _codebuild(asked: Work) -> str:
    return f"project/{asked.name}" if asked.name else ""


def _states(asked: Work) -> str:
    return f"stateMachine:{asked.name}" if asked.name else ""


def _scheduler(asked: Work) -> str:
    return f"schedule/{asked.group_name or 'default'}/{asked.name}" if asked.name else ""


_RESOURCES = {
    "glue": _glue,
    "sagemaker": _sagemaker,
    "codebuild": _codebuild,
    "states": _states,
    "scheduler": _scheduler,
}
_GLUE = "https://docs.aws.amazon.com/glue/latest/webapi/API_"
_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
_CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/APIReference/API_"
_STATES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_"
_SCHEDULER = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_"
_PIPELINE = "https://docs.aws.amazon.com/datapipeline/latest/APIReference/API_"


@events.handles(
    "glue",
    "CreateDevEndpoint",
    "CreateJob",
    gives="a Glue endpoint or job made, by whom, and the role handed to it",
    page=_GLUE + "CreateDevEndpoint.html",
    refused=workload,
)
@events.handles(
    "sagemaker",
    "CreateNotebookInstance",
    gives="a notebook instance made, by whom, and the role handed to it",
    page=_SAGEMAKER + "CreateNotebookInstance.html",
    refused=workload,
)
@events.handles(
    "codebuild",
    "CreateProject",
    gives="a build project made, by whom, and the role handed to it",
    page=_CODEBUILD + "CreateProject.html",
    refused=workload,
)
@events.handles(
    "states",
    "CreateStateMachine",
    gives="a state machine made, by whom, and the role handed to it",
    page=_STATES + "CreateStateMachine.html",
    refused=workload,
)
@events.handles(
    "scheduler",
    "CreateSchedule",
    gives="a schedule made, by whom, and the role handed to it",
    page=_SCHEDULER + "CreateSchedule.html",
    refused=workload,
)
def create(call: Call) -> Iterable[Fact]:
    """The workload and its role."""
    made = workload(call)
    yield created(call, made)
    yield from _role(call, made)


@events.handles(
    "glue",
    "UpdateDevEndpoint",
    "UpdateJob",
    gives="a Glue endpoint's keys or a job changed, by whom, and its role if the call names one",
    page=_GLUE + "UpdateDevEndpoint.html",
    refused=workload,
)
@events.handles(
    "sagemaker",
    "UpdateNotebookInstance",
    gives="a notebook instance changed, by whom, and its role if the call names one",
    page=_SAGEMAKER + "UpdateNotebookInstance.html",
    refused=workload,
)
@events.handles(
    "codebuild",
    "UpdateProject",
    gives="a build project changed, by whom, and its role if the call names one",
    page=_CODEBUILD + "UpdateProject.html",
    refused=workload,
)
@events.handles(
    "states",
    "UpdateStateMachine",
    gives="a state machine changed, by whom, and its role if the call names one",
    page=_STATES + "UpdateStateMachine.html",
    refused=workload,
)
@events.handles(
    "scheduler",
    "UpdateSchedule",
    gives="a schedule changed, by whom, and its role if the call names one",
    page=_SCHEDULER + "UpdateSchedule.html",
    refused=workload,
)
def update(call: Call) -> Iterable[Fact]:
    """A mark on the workload, and its role where the call names one."""
    target = workload(call)
    yield changed(call, target)
    yield from _role(call, target)


@events.handles(
    "sagemaker",
    "CreatePresignedNotebookInstanceUrl",
    gives="a hand on a notebook instance: its role's credentials may have been read",
    page=_SAGEMAKER + "CreatePresignedNotebookInstanceUrl.html",
    denied=True,
)
def presigned_url(call: Call) -> Iterable[Fact]:
    """A mark on the notebook instance."""
    yield touched(call, workload(call))


def _role(call: Call, thing: Ref) -> Iterable[Fact]:
    role = call.request(Work).handed
    if role and thing.label == "Workload":
        yield runs_as(call, thing, role_named(call, role))


class PipelineField(Shape):
    """One field of a pipeline's object."""

    key: str | None = None
    string_value: str | None = None


class PipelineObject(Shape):
    """One object of a pipeline's definition."""

    fields: list[PipelineField] | None = None


class Pipeline(Shape):
    """`requestParameters` and `responseElements` of Data Pipeline; objects may be hidden, and then are a text."""

    pipeline_id: str | None = None
    pipeline_objects: list[PipelineObject] | str | None = None

    @property
    def roles(self) -> list[str]:
        """The roles that the definition names: of the pipeline and of its instances."""
        objects = self.pipeline_objects if isinstance(self.pipeline_objects, list) else []
        return [
            field.string_value
            for each in objects
            for field in each.fields or []
            if field.key in {"role", "resourceRole"} and field.string_value
        ]


def pipeline(call: Call) -> Ref:
    """The pipeline, by its id as ARN, else the account."""
    shown = call.request(Pipeline).pipeline_id or call.response(Pipeline).pipeline_id
    return Ref("Workload", arn(call, "datapipeline", f"pipeline/{shown}")) if shown else account(call)


@events.handles(
    "datapipeline",
    "CreatePipeline",
    gives="a data pipeline made, by whom",
    page=_PIPELINE + "CreatePipeline.html",
    refused=pipeline,
)
def create_pipeline(call: Call) -> Iterable[Fact]:
    """The pipeline; its roles come with its definition."""
    yield created(call, pipeline(call))


@events.handles(
    "datapipeline",
    "PutPipelineDefinition",
    "ActivatePipeline",
    gives="a data pipeline defined or started, by whom, and the roles that its definition names",
    page=_PIPELINE + "PutPipelineDefinition.html",
    refused=pipeline,
)
def define_pipeline(call: Call) -> Iterable[Fact]:
    """A mark on the pipeline, and its roles."""
    target = pipeline(call)
    yield changed(call, target)
    if target.label == "Workload":
        for role in dict.fromkeys(call.request(Pipeline).roles):
            yield runs_as(call, target, role_named(call, role))
