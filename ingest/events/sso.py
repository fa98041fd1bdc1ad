"""Identity Center: people who sign in, ask for credentials, are made, and are given accounts.

https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
"""

from collections.abc import Iterable

import msgspec

from ingest.deeds import attempted, created, touched
from ingest.event import Registry
from ingest.facts import Fact, Known, Portal
from ingest.identity import HIDDEN, Ref, identity_ref, person_ref
from ingest.names import account, last
from ingest.record import Call, Shape

events = Registry()
_PAGE = "https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html"
_SIGN_IN = "https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html"
_ADMIN = "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_"
_STORE = "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_"
_KIND = "identity-center"


class Shown(Shape):
    """`userIdentity.userName`, left out of records since July 2025."""

    user_name: str | None = None


class Extra(msgspec.Struct, gc=False):
    """`additionalEventData` of sign-in events and of CreateTokenWithIAM."""

    user_name: str | None = msgspec.field(default=None, name="UserName")
    user: str | None = msgspec.field(default=None, name="identitystore:UserId")
    store: str | None = msgspec.field(default=None, name="identitystore:IdentityStoreArn")


class Details(msgspec.Struct, gc=False):
    """`serviceEventDetails`: what a portal call asked for, or how a step of signing in went."""

    role_name: str | None = None
    account_id: str | None = None
    challenge: str | None = msgspec.field(default=None, name="CredentialChallenge")
    verification: str | None = msgspec.field(default=None, name="CredentialVerification")
    authentication: str | None = msgspec.field(default=None, name="UserAuthentication")

    @property
    def failed(self) -> bool:
        """Whether a step of signing in was not a Success."""
        said = (self.challenge, self.verification, self.authentication)
        return any(word not in {None, "Success"} for word in said)


@events.handles(
    "sso",
    "GetRoleCredentials",
    gives="a person asked for credentials of a permission set in an account (no key is shown)",
    page="https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-cloudtrail-use-cases.html",
    denied=True,
)
def get_role_credentials(call: Call) -> Iterable[Fact]:
    """The request of the person; AssumeRoleWithSAML in the member account follows, with no field to join them by."""
    person, details = person_of(call), call.details(Details)
    target = Ref("Account", details.account_id) if details.account_id else account(call)
    if call.error:
        yield attempted(call, target)
    elif person:
        yield from known(call, person)
        yield Portal(
            at=call.at,
            event=call.event,
            person=person,
            account=target.id,
            permission_set=details.role_name or "",
        )


@events.handles(
    "sso",
    "Authenticate",
    "Federate",
    "ListAccounts",
    "ListAccountRoles",
    "Logout",
    "CreateToken",
    gives="the person, with a name where the record has one",
    page=_PAGE,
    denied=True,
)
@events.handles(
    "sso-oauth",
    "CreateToken",
    "CreateTokenWithIAM",
    gives="the person, with a name where the record has one",
    page=_PAGE,
    denied=True,
)
@events.handles(
    "signin",
    "UserAuthentication",
    "CredentialChallenge",
    "CredentialVerification",
    gives="the person who signs in to Identity Center, with a name where the record has one; a failure as an attempt",
    page=_SIGN_IN,
    denied=True,
)
def person_seen(call: Call) -> Iterable[Fact]:
    """Who it was, by identity store and user id; none of these events shows a key."""
    person = person_of(call)
    if call.error or call.details(Details).failed:
        yield attempted(call, person or account(call), call.error or "Failure")
    elif person:
        yield from known(call, person)


def person_of(call: Call) -> Ref | None:
    """The person: `onBehalfOf`, else additional data, else (records before July 2025) the account and user name."""
    if call.actor.person:
        return call.actor.person
    extra = call.additional(Extra)
    if extra.store and extra.user:
        return person_ref(extra.store, extra.user)
    name = _name(call)
    return identity_ref(account(call).id, name) if name else None


def known(call: Call, person: Ref) -> Iterable[Fact]:
    """What the record says of the person."""
    yield Known(at=call.at, event=call.event, identity=person, kind=_KIND, name=_name(call))


def _name(call: Call) -> str:
    raw = call.record.userIdentity
    shown = (msgspec.json.decode(raw, type=Shown | None) if raw else None) or Shown()
    name = shown.user_name or call.additional(Extra).user_name or ""
    return "" if name == HIDDEN else name


class Grant(Shape):
    """`requestParameters` of the calls that shape permission sets and assignments."""

    name: str | None = None
    permission_set_arn: str | None = None
    target_id: str | None = None
    principal_id: str | None = None
    managed_policy_arn: str | None = None


@events.handles(
    "sso",
    "CreatePermissionSet",
    "UpdatePermissionSet",
    "DeletePermissionSet",
    "PutInlinePolicyToPermissionSet",
    "DeleteInlinePolicyFromPermissionSet",
    "AttachManagedPolicyToPermissionSet",
    "DetachManagedPolicyFromPermissionSet",
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "PutPermissionsBoundaryToPermissionSet",
    "DeletePermissionsBoundaryFromPermissionSet",
    "ProvisionPermissionSet",
    gives="a permission set made or its rights changed, as a mark on the account of Identity Center",
    page=_ADMIN + "CreatePermissionSet.html",
    denied=True,
)
def permission_set(call: Call) -> Iterable[Fact]:
    """A mark with the permission set's name or id."""
    asked = call.request(Grant)
    yield touched(call, account(call), asked.name or last(asked.permission_set_arn))


@events.handles(
    "sso",
    "CreateAccountAssignment",
    "DeleteAccountAssignment",
    gives="a person or group let into an account, or no longer, as a mark on that account",
    page=_ADMIN + "CreateAccountAssignment.html",
    denied=True,
)
def account_assignment(call: Call) -> Iterable[Fact]:
    """A mark on the target account, with the principal's id."""
    asked = call.request(Grant)
    target = Ref("Account", asked.target_id) if asked.target_id else account(call)
    yield touched(call, target, asked.principal_id or last(asked.permission_set_arn))


class Member(Shape):
    """`memberId` of a group membership."""

    user_id: str | None = None


class Store(Shape):
    """`requestParameters` and `responseElements` of the identity store."""

    identity_store_id: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    group_id: str | None = None
    member_id: Member | None = None


def _subject(call: Call) -> Ref:
    asked, answer = call.request(Store), call.response(Store)
    user = asked.user_id or answer.user_id or (asked.member_id.user_id if asked.member_id else None)
    store = asked.identity_store_id or answer.identity_store_id
    return person_ref(store, user) if store and user else account(call)


@events.handles(
    "identitystore",
    "CreateUser",
    gives="a person made in the identity store, with the name where it is not hidden",
    page=_STORE + "CreateUser.html",
    refused=_subject,
)
def create_person(call: Call) -> Iterable[Fact]:
    """The person, by identity store and the user id in the answer."""
    person, name = _subject(call), call.request(Store).user_name or ""
    yield created(call, person)
    if person.label == "Identity":
        yield Known(at=call.at, event=call.event, identity=person, kind=_KIND, name="" if name == HIDDEN else name)


@events.handles(
    "identitystore",
    "UpdateUser",
    "DeleteUser",
    "CreateGroupMembership",
    "DeleteGroupMembership",
    gives="a person changed, deleted, put into a group or taken out, as a mark on the person where it is named",
    page=_STORE + "CreateGroupMembership.html",
    denied=True,
)
def person_touched(call: Call) -> Iterable[Fact]:
    """A mark with the group's id."""
    yield touched(call, _subject(call), call.request(Store).group_id or "")
