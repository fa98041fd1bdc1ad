"""CloudFormation: stacks and stack sets, who asked for what they did, and the role that they act as.

A stack keeps the role that it was once given: all later operations by anyone use it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from collections.abc import Iterable

import msgspec

from ingest.deeds import changed, created, runs_as
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account, arn, role_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_"
_ROLE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"
_SETS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html"
DEFAULT_ADMINISTRATOR = "AWSCloudFormationStackSetAdministrationRole"


class StackAsked(Shape):
    """`requestParameters` about a stack; the role's spelling is not sure, so both are read [unverified]."""

    stack_name: str | None = None
    change_set_name: str | None = None
    role_arn: str | None = None
    role_arn_upper: str | None = msgspec.field(default=None, name="roleARN")

    @property
    def role(self) -> str:
        """The role that the stack acts as from now on, or ''."""
        return self.role_arn_upper or self.role_arn or ""


class StackAnswer(Shape):
    """`responseElements` about a stack."""

    stack_id: str | None = None


def stack(call: Call) -> Ref:
    """The stack's node: its ARN without the unique last part, so that calls by name and by id meet.

    A stack may be named by its id, and a change set of a stack by the change set's own ARN alone.
    """
    asked = call.request(StackAsked)
    shown = call.response(StackAnswer).stack_id or asked.stack_name or ""
    if not shown:
        return account(call)
    return Ref("Stack", _named(call, "stack", shown))


def _named(call: Call, kind: str, shown: str) -> str:
    if not shown.startswith("arn:"):
        return arn(call, "cloudformation", f"{kind}/{shown}")
    return "/".join(shown.split("/", 2)[:2])


@events.handles(
    "cloudformation",
    "CreateStack",
    gives="a stack made, by whom, and the role that it acts as if one was given",
    page=_ROLE,
    refused=stack,
)
def create_stack(call: Call) -> Iterable[Fact]:
    """The stack and its role; without a role it acts with forward access sessions of whoever asks."""
    made = stack(call)
    yield created(call, made)
    yield from _role(call, made)


@events.handles(
    "cloudformation",
    "UpdateStack",
    "DeleteStack",
    "RollbackStack",
    "ContinueUpdateRollback",
    gives="a stack changed or deleted, by whom, and the role that it acts as from then on",
    page=_ROLE,
    refused=stack,
)
@events.handles(
    "cloudformation",
    "CreateChangeSet",
    gives="a change set for a stack (which), by whom, and the role that the stack is to act as",
    page=_API + "CreateChangeSet.html",
    refused=stack,
)
@events.handles(
    "cloudformation",
    "ExecuteChangeSet",
    gives="a change set carried out on a stack, by whom",
    page=_API + "ExecuteChangeSet.html",
    refused=stack,
)
def change_stack(call: Call) -> Iterable[Fact]:
    """A mark on the stack with the change set's name, and its role where one is given."""
    target, change_set = stack(call), call.request(StackAsked).change_set_name or ""
    name = change_set.split("/")[1] if change_set.count("/") > 1 else change_set
    yield changed(call, target, name)
    yield from _role(call, target)


def _role(call: Call, thing: Ref) -> Iterable[Fact]:
    role = call.request(StackAsked).role
    if role and thing.label == "Stack":
        yield runs_as(call, thing, role_named(call, role))


class SetAsked(Shape):
    """`requestParameters` about a stack set; the role's spelling is not sure, so both are read [unverified]."""

    stack_set_name: str | None = None
    permission_model: str | None = None
    administration_role_arn: str | None = None
    administration_role_arn_upper: str | None = msgspec.field(default=None, name="administrationRoleARN")

    @property
    def role(self) -> str:
        """The administration role in the request, or ''."""
        return self.administration_role_arn_upper or self.administration_role_arn or ""


def stack_set(call: Call) -> Ref:
    """The stack set's node: its ARN without the unique last part; a set may be named by `name:unique part`."""
    shown = call.request(SetAsked).stack_set_name or ""
    if not shown:
        return account(call)
    return Ref("Stack", _named(call, "stackset", shown if shown.startswith("arn:") else shown.split(":", 1)[0]))


@events.handles(
    "cloudformation",
    "CreateStackSet",
    gives="a stack set made, by whom, and its administration role (the default one where none is named)",
    page=_SETS,
    refused=stack_set,
)
def create_stack_set(call: Call) -> Iterable[Fact]:
    """The stack set and its role; one whose permissions the service manages has none of the account's own."""
    made, asked = stack_set(call), call.request(SetAsked)
    yield created(call, made)
    role = asked.role or ("" if asked.permission_model == "SERVICE_MANAGED" else DEFAULT_ADMINISTRATOR)
    if role and made.label == "Stack":
        yield runs_as(call, made, role_named(call, role))


@events.handles(
    "cloudformation",
    "UpdateStackSet",
    "DeleteStackSet",
    "CreateStackInstances",
    "UpdateStackInstances",
    "DeleteStackInstances",
    "ImportStacksToStackSet",
    gives="a stack set or its instances changed or deleted, by whom, and its role if one is named",
    page=_SETS,
    refused=stack_set,
)
def change_stack_set(call: Call) -> Iterable[Fact]:
    """A mark on the stack set, and its role where one is given."""
    target, role = stack_set(call), call.request(SetAsked).role
    yield changed(call, target)
    if role and target.label == "Stack":
        yield runs_as(call, target, role_named(call, role))
