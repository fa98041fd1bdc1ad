"""ECS: roles handed to tasks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, runs_as, touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account, arn, role_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_"


class Roles(Shape):
    """A task definition, or what a run overrides of it; roles by name or ARN."""

    task_definition_arn: str | None = None
    family: str | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None

    def handed(self, call: Call, thing: Ref) -> Iterable[Fact]:
        """The roles, task's and execution's, that `thing` may act as."""
        for role in dict.fromkeys((self.task_role_arn, self.execution_role_arn)):
            if role:
                yield runs_as(call, thing, role_named(call, role))


class Definition(Shape):
    """`responseElements` of RegisterTaskDefinition."""

    task_definition: Roles | None = None


@events.handles(
    "ecs",
    "RegisterTaskDefinition",
    gives="a task definition made, by whom, and the task and execution roles handed to it",
    page=_API + "RegisterTaskDefinition.html",
    refused=account,
)
def register_task_definition(call: Call) -> Iterable[Fact]:
    """The revision by its ARN (the family where there is no answer) and its roles."""
    asked, answer = call.request(Roles), call.response(Definition).task_definition or Roles()
    if not answer.task_definition_arn and not asked.family:
        yield changed(call, account(call))
        return
    made = Ref("Workload", answer.task_definition_arn or arn(call, "ecs", f"task-definition/{asked.family}"))
    yield created(call, made)
    yield from asked.handed(call, made)


class RunAsked(Shape):
    """`requestParameters` of RunTask, StartTask and ExecuteCommand."""

    task_definition: str | None = None
    cluster: str | None = None
    task: str | None = None
    overrides: Roles | None = None


class Task(Shape):
    """One of `responseElements.tasks`."""

    task_arn: str | None = None


class RunAnswer(Shape):
    """`responseElements` of RunTask, StartTask and ExecuteCommand."""

    tasks: list[Task] | None = None
    task_arn: str | None = None


@events.handles(
    "ecs",
    "RunTask",
    "StartTask",
    gives="tasks started, by whom, and the roles where the call puts others in place of the definition's",
    page=_API + "RunTask.html",
    refused=account,
)
def run_task(call: Call) -> Iterable[Fact]:
    """Each task by its ARN, with a mark that names its definition, and roles put in place.

    Where the answer was left out of the log, a mark on the account.
    """
    asked, tasks = call.request(RunAsked), call.response(RunAnswer).tasks
    definition = (asked.task_definition or "").rsplit("/", 1)[-1]
    if tasks is None:
        yield changed(call, account(call), definition)
    for task in tasks or []:
        if task.task_arn:
            made = Ref("Workload", task.task_arn)
            yield created(call, made)
            yield changed(call, made, definition)
            yield from (asked.overrides or Roles()).handed(call, made)


@events.handles(
    "ecs",
    "ExecuteCommand",
    gives="a hand on a task: its role's credentials may have been read",
    page=_API + "ExecuteCommand.html",
    denied=True,
)
def execute_command(call: Call) -> Iterable[Fact]:
    """A mark on the task; one named by id alone is looked for in its cluster."""
    asked = call.request(RunAsked)
    task = call.response(RunAnswer).task_arn or asked.task or ""
    if task and not task.startswith("arn:"):
        task = arn(call, "ecs", f"task/{(asked.cluster or 'default').rsplit('/', 1)[-1]}/{task}")
    yield touched(call, Ref("Workload", task) if task else account(call))
