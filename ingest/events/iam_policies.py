"""IAM policies, boundaries and groups: rights given and taken."""

from collections.abc import Iterable

from ingest.deeds import touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.names import account, last, role_named, user_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"


class PolicyAsked(Shape):
    """`requestParameters` of calls about policies."""

    user_name: str | None = None
    role_name: str | None = None
    group_name: str | None = None
    new_group_name: str | None = None
    policy_arn: str | None = None
    policy_name: str | None = None
    permissions_boundary: str | None = None
    account_alias: str | None = None

    @property
    def policy(self) -> str:
        """What a person calls the policy: its name, or the last part of its ARN."""
        return self.policy_name or last(self.policy_arn or self.permissions_boundary)


@events.handles(
    "iam",
    "AttachUserPolicy",
    "DetachUserPolicy",
    "PutUserPolicy",
    "DeleteUserPolicy",
    gives="rights of a user given or taken (which policy)",
    page=_API + "AttachUserPolicy.html",
    denied=True,
)
@events.handles(
    "iam",
    "PutUserPermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    gives="a user's permissions boundary set or lifted",
    page=_API + "PutUserPermissionsBoundary.html",
    denied=True,
)
def user_policy(call: Call) -> Iterable[Fact]:
    """A mark on the user with the policy's name."""
    asked = call.request(PolicyAsked)
    yield touched(call, user_named(call, asked.user_name), asked.policy)


@events.handles(
    "iam",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "DeleteRolePolicy",
    gives="rights of a role given or taken (which policy)",
    page=_API + "AttachRolePolicy.html",
    denied=True,
)
@events.handles(
    "iam",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
    gives="a role's permissions boundary set or lifted",
    page=_API + "PutRolePermissionsBoundary.html",
    denied=True,
)
def role_policy(call: Call) -> Iterable[Fact]:
    """A mark on the role with the policy's name."""
    asked = call.request(PolicyAsked)
    yield touched(call, role_named(call, asked.role_name), asked.policy)


@events.handles(
    "iam",
    "AttachGroupPolicy",
    "DetachGroupPolicy",
    "PutGroupPolicy",
    "DeleteGroupPolicy",
    "CreateGroup",
    "UpdateGroup",
    "DeleteGroup",
    gives="a group made, renamed, deleted, or its rights given or taken, as a mark on the account",
    page=_API + "AttachGroupPolicy.html",
    denied=True,
)
def group(call: Call) -> Iterable[Fact]:
    """A mark on the account with the group's name, and its policy's where there is one."""
    asked = call.request(PolicyAsked)
    words = (asked.group_name, asked.policy or asked.new_group_name)
    yield touched(call, account(call), " ".join(word for word in words if word))


@events.handles(
    "iam",
    "CreatePolicy",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    gives="a managed policy made or changed for all who have it, as a mark on the account",
    page=_API + "CreatePolicyVersion.html",
    denied=True,
)
def managed_policy(call: Call) -> Iterable[Fact]:
    """A mark on the account with the policy's name."""
    yield touched(call, account(call), call.request(PolicyAsked).policy)


@events.handles(
    "iam",
    "CreateAccountAlias",
    "DeleteAccountAlias",
    "UpdateAccountPasswordPolicy",
    "DeleteAccountPasswordPolicy",
    "EnableOrganizationsRootSessions",
    "DisableOrganizationsRootSessions",
    "EnableOrganizationsRootCredentialsManagement",
    "DisableOrganizationsRootCredentialsManagement",
    gives="the account's alias, password rules or central root access changed, as a mark on the account",
    page=_API + "CreateAccountAlias.html",
    denied=True,
)
def account_wide(call: Call) -> Iterable[Fact]:
    """A mark on the account, with the alias where it is that."""
    yield touched(call, account(call), call.request(PolicyAsked).account_alias or "")
