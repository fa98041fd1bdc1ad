"""Organizations and account-wide settings: accounts made, moved, taken out.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_security_incident-response.html
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.names import account
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_"


class Status(Shape):
    """`createAccountStatus`; the account's id is there once the account is."""

    account_id: str | None = None
    gov_cloud_account_id: str | None = None
    account_name: str | None = None
    state: str | None = None


class Statuses(Shape):
    """`responseElements` of CreateAccount, `serviceEventDetails` of CreateAccountResult."""

    create_account_status: Status | None = None


class OrganizationAsked(Shape):
    """`requestParameters` of calls about accounts of an organization."""

    account_id: str | None = None
    policy_id: str | None = None
    target_id: str | None = None
    service_principal: str | None = None


@events.handles(
    "organizations",
    "CreateAccount",
    "CreateGovCloudAccount",
    "CreateAccountResult",
    gives="an account asked for, by whom; made, once the result has its id",
    page=_API + "CreateAccount.html",
    refused=account,
)
def create_account(call: Call) -> Iterable[Fact]:
    """The accounts made, or a mark on the organization's account while they have no id."""
    status = call.response(Statuses).create_account_status or call.details(Statuses).create_account_status or Status()
    made = [Ref("Account", found) for found in (status.account_id, status.gov_cloud_account_id) if found]
    if made and status.state != "FAILED":
        yield from (created(call, one) for one in made)
    else:
        yield changed(call, account(call), status.state or "")


@events.handles(
    "organizations",
    "LeaveOrganization",
    "RemoveAccountFromOrganization",
    "InviteAccountToOrganization",
    "AcceptHandshake",
    "MoveAccount",
    "CloseAccount",
    "RegisterDelegatedAdministrator",
    "DeregisterDelegatedAdministrator",
    "EnableAWSServiceAccess",
    "DisableAWSServiceAccess",
    gives="an account left, was taken in, moved, closed or given the organization's rights, as a mark on it",
    page=_API + "LeaveOrganization.html",
    denied=True,
)
def membership(call: Call) -> Iterable[Fact]:
    """A mark on the account that is named, else on the one that received the record."""
    asked = call.request(OrganizationAsked)
    target = Ref("Account", asked.account_id) if asked.account_id else account(call)
    yield touched(call, target, asked.service_principal or "")


@events.handles(
    "organizations",
    "AttachPolicy",
    "DetachPolicy",
    "CreatePolicy",
    "UpdatePolicy",
    "DeletePolicy",
    "DisablePolicyType",
    gives="an organization's policy set, changed or lifted, as a mark on the account",
    page=_API + "AttachPolicy.html",
    denied=True,
)
def policy(call: Call) -> Iterable[Fact]:
    """A mark with the policy's id, on the account that it is attached to where that is one."""
    asked = call.request(OrganizationAsked)
    target = asked.target_id if asked.target_id and asked.target_id.isdigit() else ""
    yield touched(call, Ref("Account", target) if target else account(call), asked.policy_id or "")


@events.handles(
    "s3",
    "PutAccountPublicAccessBlock",
    "DeleteAccountPublicAccessBlock",
    gives="the account's public-access block changed, as a mark on the account",
    page="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html",
    denied=True,
)
def public_access(call: Call) -> Iterable[Fact]:
    """A mark on the account."""
    yield touched(call, account(call))
