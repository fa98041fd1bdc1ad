"""Systems Manager: hands laid on instances, and automations that act as a role.

https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-cloudtrail-logs.html
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, runs_as, touched
from ingest.event import Registry
from ingest.events.ec2 import instance
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account, arn, last, role_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_"


class Target(Shape):
    """One of `targets`: a key such as InstanceIds or tag:Name, and its values."""

    key: str | None = None
    values: list[str] | None = None


class CommandAsked(Shape):
    """`requestParameters` of SendCommand; what the command is, is hidden."""

    instance_ids: list[str] | None = None
    document_name: str | None = None
    targets: list[Target] | None = None


def node(call: Call, target: str) -> Ref:
    """The thing that a session or command is aimed at: instance, managed node, or what ECS calls by its own text."""
    if target.startswith("i-"):
        return instance(call, target)
    if target.startswith("mi-"):
        return Ref("Workload", arn(call, "ssm", f"managed-instance/{target}"))
    return Ref("Workload", target) if target else account(call)


@events.handles(
    "ssm",
    "SendCommand",
    gives="a command run on instances: their roles' credentials may have been used or read",
    page=_API + "SendCommand.html",
    denied=True,
)
def send_command(call: Call) -> Iterable[Fact]:
    """A mark on each instance that is named, on the account where they are chosen by tag, with the document's name."""
    asked = call.request(CommandAsked)
    chosen = [value for t in asked.targets or [] if (t.key or "").lower() == "instanceids" for value in t.values or []]
    for target in dict.fromkeys((asked.instance_ids or []) + chosen) or ("",):
        yield touched(call, node(call, target), last(asked.document_name))


class SessionAsked(Shape):
    """`requestParameters` of StartSession."""

    target: str | None = None
    document_name: str | None = None


@events.handles(
    "ssm",
    "StartSession",
    gives="a hand on an instance or task: its role's credentials may have been read",
    page=_API + "StartSession.html",
    denied=True,
)
def start_session(call: Call) -> Iterable[Fact]:
    """A mark on the target with the document's name, empty for a plain shell."""
    asked = call.request(SessionAsked)
    yield touched(call, node(call, asked.target or ""), last(asked.document_name))


class AutomationAsked(Shape):
    """`requestParameters` of StartAutomationExecution; `parameters` may be hidden, and then is a text."""

    document_name: str | None = None
    parameters: dict[str, object] | str | None = None

    @property
    def role(self) -> str:
        """The role that the automation acts as, where the parameters show it."""
        given = self.parameters if isinstance(self.parameters, dict) else {}
        role = given.get("AutomationAssumeRole") or given.get("automationAssumeRole")
        first = role[0] if isinstance(role, list) else role
        return first if isinstance(first, str) else ""


class AutomationAnswer(Shape):
    """`responseElements` of StartAutomationExecution."""

    automation_execution_id: str | None = None


@events.handles(
    "ssm",
    "StartAutomationExecution",
    gives="an automation started, by whom, and its role where the parameters show it; without one it acts with "
    "forward access sessions of whoever started it",
    page=_API + "StartAutomationExecution.html",
    refused=account,
)
def start_automation(call: Call) -> Iterable[Fact]:
    """The execution and its role; without an answer, a mark on the account."""
    asked, execution = call.request(AutomationAsked), call.response(AutomationAnswer).automation_execution_id
    if not execution:
        yield changed(call, account(call), last(asked.document_name))
        return
    made = Ref("Workload", arn(call, "ssm", f"automation-execution/{execution}"))
    yield created(call, made)
    if asked.role:
        yield runs_as(call, made, role_named(call, asked.role))
