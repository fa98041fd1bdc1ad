"""STS: every call that gives out temporary credentials.

Pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html and the STS API reference.
"""

from collections.abc import Iterable

from ingest.deeds import own, touched
from ingest.event import Registry
from ingest.facts import Fact, Known
from ingest.identity import Ref, Session, account_in, identity_ref, root, user_session
from ingest.issuance import (
    Asked,
    AssumedRoleUser,
    Credentials,
    aimed_at_role,
    issued,
    opened,
    session_of,
)
from ingest.names import account, partition
from ingest.record import Call, Shape

events = Registry()
_CLOUDTRAIL = "https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html"
_API = "https://docs.aws.amazon.com/STS/latest/APIReference/API_"
_IDENTITY_CENTER = "/aws-reserved/sso.amazonaws.com/"
_COGNITO = "cognito-identity"


class FederatedUser(Shape):
    """`federatedUser` of GetFederationToken's answer."""

    arn: str | None = None
    federated_user_id: str | None = None


class Answer(Shape):
    """`responseElements` of the calls that issue credentials; each call has some of them."""

    credentials: Credentials | None = None
    assumed_role_user: AssumedRoleUser | None = None
    federated_user: FederatedUser | None = None
    source_identity: str | None = None
    subject: str | None = None
    subject_from_web_identity_token: str | None = None
    provider: str | None = None
    audience: str | None = None
    assumed_principal: str | None = None


@events.handles(
    "sts",
    "AssumeRole",
    gives="a key issued for a role session, by the caller's key, session, service or (callee's copy) account; "
    "tags passed, handed on and inherited; source identity",
    page=_CLOUDTRAIL,
    refused=aimed_at_role,
)
def assume_role(call: Call) -> Iterable[Fact]:
    """The issued key and its session; both copies of a cross-account call show the same key.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/shared-event-ID.html
    """
    asked, answer = call.request(Asked), call.response(Answer)
    session = opened(call, asked.role_arn or "", asked.role_session_name, answer.assumed_role_user)
    return issued(call, answer.credentials, session, asked, answered_identity=answer.source_identity)


@events.handles(
    "sts",
    "AssumeRoleWithSAML",
    gives="a key issued for a role session by a SAML subject (a person of Identity Center where the role is one of "
    "its), with the provider; tags of the assertion; source identity",
    page=_CLOUDTRAIL,
    refused=aimed_at_role,
)
def assume_role_with_saml(call: Call) -> Iterable[Fact]:
    """The issued key and who stands behind it; Identity Center hands its people another key than this one.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-cloudtrail-use-cases.html
    """
    asked, answer = call.request(Asked), call.response(Answer)
    shown_provider, name = _shown(call)
    provider = asked.principal_arn or call.resource("AWS::IAM::SAMLProvider") or shown_provider
    who = identity_ref(provider, answer.subject or name)
    role = asked.role_arn or call.resource("AWS::IAM::Role")
    kind = "identity-center" if _IDENTITY_CENTER in role else "saml"
    session = opened(call, role, asked.role_session_name, answer.assumed_role_user)
    yield Known(
        at=call.at, event=call.event, identity=who, kind=kind, name=name or answer.subject or "", provider=provider
    )
    yield from issued(call, answer.credentials, session, asked, (who, "exact", ""), answer.source_identity)


@events.handles(
    "sts",
    "AssumeRoleWithWebIdentity",
    gives="a key issued for a role session by an OIDC or Cognito subject, with the provider; tags of the token; "
    "source identity",
    page=_CLOUDTRAIL,
    refused=aimed_at_role,
)
def assume_role_with_web_identity(call: Call) -> Iterable[Fact]:
    """The issued key and who stands behind it: GitHub's jobs, service accounts of EKS, Cognito's basic flow."""
    asked, answer = call.request(Asked), call.response(Answer)
    provider, subject = web_identity(call, answer)
    who = identity_ref(provider, subject)
    kind = "cognito" if provider.startswith(_COGNITO) else "oidc"
    session = opened(call, asked.role_arn or "", asked.role_session_name, answer.assumed_role_user)
    yield Known(at=call.at, event=call.event, identity=who, kind=kind, name=subject, provider=provider)
    yield from issued(call, answer.credentials, session, asked, (who, "exact", ""), answer.source_identity)


@events.handles(
    "sts",
    "GetSessionToken",
    gives="a key issued for a session of the calling user or root",
    page=_API + "GetSessionToken.html",
    refused=own,
)
def get_session_token(call: Call) -> Iterable[Fact]:
    """The issued key; its later use shows the same user, begun now."""
    user = call.actor.user
    session = user_session(user, call.at, "token") if user else None
    return issued(call, call.response(Answer).credentials, session, call.request(Asked))


@events.handles(
    "sts",
    "GetFederationToken",
    gives="a key issued for a federated-user session of the calling user or root; tags passed",
    page=_API + "GetFederationToken.html",
    refused=own,
)
def get_federation_token(call: Call) -> Iterable[Fact]:
    """The issued key; its later use shows type FederatedUser, `<account>:<name>` and the user as session issuer."""
    asked, answer = call.request(Asked), call.response(Answer)
    said = answer.federated_user or FederatedUser()
    owner = account(call).id
    principal = said.federated_user_id or f"{owner}:{asked.name or ''}"
    name = principal.partition(":")[2]
    arn = said.arn or f"arn:{partition(call)}:sts::{owner}:federated-user/{name}"
    session = Session(f"{call.at}/{principal}", "federated", arn, principal, owner, name, call.at, user=call.actor.user)
    return issued(call, answer.credentials, session, asked)


def _target(call: Call) -> Ref:
    wanted = call.request(Asked).target_principal or ""
    owner = account_in(wanted) or wanted
    return root(owner).ref if owner else account(call)


@events.handles(
    "sts",
    "AssumeRoot",
    gives="a key issued for a session of another account's root user",
    page="https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-track-privileged-tasks.html",
    refused=_target,
)
def assume_root(call: Call) -> Iterable[Fact]:
    """The issued key; the target is named by its 12 digits or its root's ARN."""
    asked, answer = call.request(Asked), call.response(Answer)
    wanted = asked.target_principal or ""
    owner = account_in(wanted) or wanted
    of = wanted.split(":", 2)[1] if wanted.startswith("arn:") else partition(call)
    session = user_session(root(owner, of), call.at, "root") if owner else None
    return issued(call, answer.credentials, session, asked, answered_identity=answer.source_identity)


@events.handles(
    "sts",
    "GetDelegatedAccessToken",
    gives="a key issued for a product provider's temporary delegation, where the answer shows one",
    page=_API + "GetDelegatedAccessToken.html",
    refused=own,
)
def get_delegated_access_token(call: Call) -> Iterable[Fact]:
    """The issued key, and its session where `assumedPrincipal` is a session's ARN [unverified: no record was seen]."""
    answer = call.response(Answer)
    session = session_of(answer.assumed_principal or "", call.at, "")
    return issued(call, answer.credentials, session, call.request(Asked))


class Outbound(Shape):
    """`requestParameters` of GetWebIdentityToken."""

    audience: list[str] | str | None = None


@events.handles(
    "sts",
    "GetWebIdentityToken",
    gives="a token for the world outside AWS made by the caller (no key): a mark on the caller's own session or user",
    page=_API + "GetWebIdentityToken.html",
    denied=True,
)
def get_web_identity_token(call: Call) -> Iterable[Fact]:
    """A mark with the token's audience; the token itself is no AWS credential and is not logged."""
    audience = call.request(Outbound).audience or ""
    yield touched(call, own(call), audience if isinstance(audience, str) else ",".join(audience))


def web_identity(call: Call, answer: Answer) -> tuple[str, str]:
    """Provider and subject of a WebIdentityUser: as answer and `userIdentity` say, else out of the principal id.

    The principal id is `<provider ARN or issuer>:<audience>:<subject>`; all three may hold colons, so it is only cut
    where nothing else says. https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    shown_provider, shown = _shown(call)
    principal = call.actor.principal
    subject = answer.subject_from_web_identity_token or (shown if shown != principal else "")
    head = principal.removesuffix(f":{subject}") if subject else principal
    parts = head.split(":")
    cut = 6 if head.startswith("arn:") else 1
    guessed = ":".join(parts[:cut])
    candidates = [answer.provider or "", shown_provider, guessed]
    provider = next((c for c in candidates if c.startswith("arn:")), "") or next((c for c in candidates if c), "")
    return provider, subject or ":".join(parts[cut + 1 :])


def _shown(call: Call) -> tuple[str, str]:
    if call.actor.ref.label != "Identity":
        return "", call.actor.principal
    provider, _, name = call.actor.ref.id.partition("|")
    return provider, name
