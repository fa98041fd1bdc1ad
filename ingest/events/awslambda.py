"""Lambda: roles handed to functions, and their code or doors changed. CloudTrail adds a version to the names.

https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, runs_as, touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account, arn, role_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/lambda/latest/api/API_"
_PARTS = 7
"""An unqualified function ARN has seven parts; an eighth is a version or alias."""


class FunctionShown(Shape):
    """`requestParameters` and `responseElements` about a function; the answer shows the role that it has now."""

    function_name: str | None = None
    function_arn: str | None = None
    role: str | None = None
    principal: str | None = None
    dry_run: bool | None = None


def function(call: Call) -> Ref:
    """The function's node: its ARN without version or alias, from answer or request, else the account.

    A request names it by name, `<account>:function:<name>` or ARN, each with or without `:<version>`.
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    asked, answer = call.request(FunctionShown), call.response(FunctionShown)
    shown = answer.function_arn or asked.function_name or ""
    if not shown:
        return account(call)
    if shown.startswith("arn:"):
        return Ref("Workload", ":".join(shown.split(":")[:_PARTS]))
    name = shown.partition("function:")[2] or shown
    return Ref("Workload", arn(call, "lambda", f"function:{name.split(':', 1)[0]}"))


@events.handles(
    "lambda",
    "CreateFunction",
    gives="a function made, by whom, and the role handed to it",
    page=_API + "CreateFunction.html",
    refused=function,
)
def create_function(call: Call) -> Iterable[Fact]:
    """The function and its role."""
    made = function(call)
    yield created(call, made)
    yield from _role(call, made)


@events.handles(
    "lambda",
    "UpdateFunctionConfiguration",
    gives="a function's settings changed, by whom, and the role that it has now",
    page=_API + "UpdateFunctionConfiguration.html",
    refused=function,
)
@events.handles(
    "lambda",
    "UpdateFunctionCode",
    gives="a function's code changed: it acts with the role that the answer names",
    page=_API + "UpdateFunctionCode.html",
    refused=function,
)
def update_function(call: Call) -> Iterable[Fact]:
    """A mark on the function, and its role; a dry run changes nothing."""
    if call.request(FunctionShown).dry_run:
        return
    target = function(call)
    yield changed(call, target)
    yield from _role(call, target)


@events.handles(
    "lambda",
    "AddPermission",
    "RemovePermission",
    gives="a function opened to a principal or service, or closed",
    page=_API + "AddPermission.html",
    denied=True,
)
@events.handles(
    "lambda", "DeleteFunction", gives="the end of a function", page=_API + "DeleteFunction.html", denied=True
)
def touch_function(call: Call) -> Iterable[Fact]:
    """A mark on the function, with the principal that was let in."""
    yield touched(call, function(call), call.request(FunctionShown).principal or "")


def _role(call: Call, thing: Ref) -> Iterable[Fact]:
    role = call.request(FunctionShown).role or call.response(FunctionShown).role
    if role and thing.label == "Workload":
        yield runs_as(call, thing, role_named(call, role))
