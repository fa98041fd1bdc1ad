"""IAM roles: made, opened up, tagged, deleted; service-linked roles; instance profiles."""

from collections.abc import Iterable

from ingest.deeds import changed, created, tagged, touched, untagged
from ingest.event import Registry
from ingest.facts import Fact, Rolenamed
from ingest.identity import Ref, Role, account_in
from ingest.issuance import TagList, pairs
from ingest.names import account, role_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"


class RoleAsked(Shape):
    """`requestParameters` of calls about a role or an instance profile."""

    role_name: str | None = None
    instance_profile_name: str | None = None
    tags: TagList = None
    tag_keys: list[str] | None = None


class MadeRole(Shape):
    """`responseElements.role`; its `assumeRolePolicyDocument` is URL-encoded and stays in the record."""

    role_id: str | None = None
    role_name: str | None = None
    arn: str | None = None
    tags: TagList = None


class RoleAnswer(Shape):
    """`responseElements` of CreateRole and CreateServiceLinkedRole."""

    role: MadeRole | None = None


def asked_role(call: Call) -> Ref:
    """The role that the request names, or the account."""
    return role_named(call, call.request(RoleAsked).role_name)


@events.handles(
    "iam",
    "CreateRole",
    "CreateServiceLinkedRole",
    gives="a role made, with id, ARN and first tags",
    page=_API + "CreateRole.html",
    refused=asked_role,
)
def create_role(call: Call) -> Iterable[Fact]:
    """The role and its new id: a role made again under its name has another, and none of the old one's tags."""
    asked, role = call.request(RoleAsked), call.response(RoleAnswer).role or MadeRole()
    name, arn = role.role_name or asked.role_name or "", role.arn or ""
    if not name:
        yield changed(call, account(call))
        return
    made = Role(account_in(arn) or account(call).id, name, arn, role.role_id or "")
    yield Rolenamed(at=call.at, event=call.event, role=made)
    yield created(call, made.ref)
    yield from tagged(call, made.ref, pairs(role.tags) or pairs(asked.tags))


@events.handles(
    "iam",
    "DeleteRole",
    "DeleteServiceLinkedRole",
    gives="the end of a role",
    page=_API + "DeleteRole.html",
    denied=True,
)
@events.handles(
    "iam",
    "UpdateAssumeRolePolicy",
    gives="who may assume a role changed",
    page=_API + "UpdateAssumeRolePolicy.html",
    denied=True,
)
@events.handles(
    "iam",
    "UpdateRole",
    "UpdateRoleDescription",
    gives="a role's longest session or description changed",
    page=_API + "UpdateRole.html",
    denied=True,
)
def role_touched(call: Call) -> Iterable[Fact]:
    """A mark on the role."""
    yield touched(call, asked_role(call))


@events.handles("iam", "TagRole", gives="tags set on a role", page=_API + "TagRole.html", refused=asked_role)
def tag_role(call: Call) -> Iterable[Fact]:
    """The tags, over those with the same keys without regard to case."""
    return tagged(call, asked_role(call), pairs(call.request(RoleAsked).tags))


@events.handles("iam", "UntagRole", gives="tags taken from a role", page=_API + "UntagRole.html", refused=asked_role)
def untag_role(call: Call) -> Iterable[Fact]:
    """The tag keys, compared without regard to case."""
    return untagged(call, asked_role(call), call.request(RoleAsked).tag_keys)


@events.handles(
    "iam",
    "AddRoleToInstanceProfile",
    "RemoveRoleFromInstanceProfile",
    gives="a role put into an instance profile or taken out",
    page=_API + "AddRoleToInstanceProfile.html",
    denied=True,
)
@events.handles(
    "iam",
    "CreateInstanceProfile",
    "DeleteInstanceProfile",
    "TagInstanceProfile",
    "UntagInstanceProfile",
    gives="an instance profile made, deleted or tagged, as a mark on the account",
    page=_API + "CreateInstanceProfile.html",
    denied=True,
)
def instance_profile(call: Call) -> Iterable[Fact]:
    """A mark on the role where one is named, else on the account, with the profile's name."""
    yield touched(call, asked_role(call), call.request(RoleAsked).instance_profile_name or "")
