"""IAM Roles Anywhere: certificates that stand for roles.

https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
"""

from collections.abc import Iterable

from ingest.deeds import attempted, changed, created, touched
from ingest.event import Registry
from ingest.facts import Fact, How, Known
from ingest.identity import Ref, identity_ref
from ingest.issuance import Asked, AssumedRoleUser, Credentials, aimed_at_role, issued, opened
from ingest.names import account, arn, last, role_named
from ingest.record import Call, Failure, Shape

events = Registry()
_LOG = "https://docs.aws.amazon.com/rolesanywhere/latest/userguide/logging-using-cloudtrail.html"
_API = "https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_"


class SessionAsked(Asked):
    """`requestParameters` of CreateSession."""

    trust_anchor_arn: str | None = None
    profile_arn: str | None = None


class Granted(Shape):
    """One entry of `credentialSet`."""

    credentials: Credentials | None = None
    assumed_role_user: AssumedRoleUser | None = None
    role_arn: str | None = None
    source_identity: str | None = None


class SessionAnswer(Shape):
    """`responseElements` of CreateSession."""

    credential_set: list[Granted] | None = None
    subject_arn: str | None = None


@events.handles(
    "rolesanywhere",
    "CreateSession",
    gives="a certificate's holder and its trust anchor; the key issued to it where the answer shows one (STS's "
    "AssumeRole by `rolesanywhere.amazonaws.com` shows its own)",
    page=_LOG,
    refused=aimed_at_role,
)
def create_session(call: Call) -> Iterable[Fact]:
    """Who the certificate is, and what it was given [fields as in the API, unverified in a log].

    A failure may show in `additionalEventData` alone; that it has an error code or message there is [unverified].

    https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
    """
    asked, answer = call.request(SessionAsked), call.response(SessionAnswer)
    granted, failure = answer.credential_set or [], call.additional(Failure)
    if not granted and (error := failure.error_code or failure.error_message):
        yield attempted(call, aimed_at_role(call), error)
        return
    named = next((one.source_identity for one in granted if one.source_identity), "")
    anchor, subject = asked.trust_anchor_arn or "", answer.subject_arn or named
    who = identity_ref(anchor, subject) if subject else None
    if who:
        yield Known(
            at=call.at, event=call.event, identity=who, kind="certificate", name=named or last(subject), provider=anchor
        )
    for one in granted:
        session = opened(call, one.role_arn or asked.role_arn or "", asked.role_session_name, one.assumed_role_user)
        by: tuple[Ref, How, str] | None = (who, "exact", "") if who else None
        yield from issued(call, one.credentials, session, asked, by, one.source_identity)


class DoorAsked(Shape):
    """`requestParameters` about trust anchors and profiles; their tags are hidden in the log."""

    name: str | None = None
    trust_anchor_id: str | None = None
    profile_id: str | None = None
    role_arns: list[str] | None = None


class Anchor(Shape):
    """`responseElements.trustAnchor`."""

    trust_anchor_arn: str | None = None


class Profile(Shape):
    """`responseElements.profile`."""

    name: str | None = None
    role_arns: list[str] | None = None


class DoorAnswer(Shape):
    """`responseElements` about trust anchors and profiles."""

    trust_anchor: Anchor | None = None
    profile: Profile | None = None


def anchor(call: Call) -> Ref:
    """The trust anchor: its ARN as answered or as its id makes it, else the account."""
    asked, answer = call.request(DoorAsked), call.response(DoorAnswer).trust_anchor or Anchor()
    if answer.trust_anchor_arn:
        return Ref("Provider", answer.trust_anchor_arn)
    if asked.trust_anchor_id:
        return Ref("Provider", arn(call, "rolesanywhere", f"trust-anchor/{asked.trust_anchor_id}"))
    return account(call)


@events.handles(
    "rolesanywhere",
    "CreateTrustAnchor",
    gives="a trust anchor made: certificates of its authority may ask for roles",
    page=_API + "CreateTrustAnchor.html",
    refused=anchor,
)
def create_trust_anchor(call: Call) -> Iterable[Fact]:
    """The trust anchor by its ARN."""
    made = anchor(call)
    yield changed(call, made, call.request(DoorAsked).name or "") if made.label == "Account" else created(call, made)


@events.handles(
    "rolesanywhere",
    "UpdateTrustAnchor",
    "EnableTrustAnchor",
    "DisableTrustAnchor",
    "DeleteTrustAnchor",
    gives="a trust anchor changed, switched on or off, or deleted",
    page=_API + "UpdateTrustAnchor.html",
    denied=True,
)
def trust_anchor(call: Call) -> Iterable[Fact]:
    """A mark on the trust anchor."""
    yield touched(call, anchor(call))


@events.handles(
    "rolesanywhere",
    "CreateProfile",
    "UpdateProfile",
    "EnableProfile",
    "DisableProfile",
    "DeleteProfile",
    gives="roles handed to certificates by a profile, or no longer, as a mark on each role",
    page=_API + "CreateProfile.html",
    denied=True,
)
def profile(call: Call) -> Iterable[Fact]:
    """A mark on each role of the profile, on the account where none is shown, with the profile's name or id."""
    asked, answer = call.request(DoorAsked), call.response(DoorAnswer).profile or Profile()
    roles = asked.role_arns or answer.role_arns or []
    name = asked.name or answer.name or asked.profile_id or ""
    for target in dict.fromkeys(role_named(call, role) for role in roles) or (account(call),):
        yield touched(call, target, name)
