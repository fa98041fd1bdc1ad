"""Sign-in: the console, switching roles, the federation endpoint, `aws login`.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""

from collections.abc import Iterable

import msgspec

from ingest.deeds import attempted, own, touched
from ingest.event import Registry
from ingest.facts import Began, Fact, Issued, Named
from ingest.identity import HIDDEN, Ref, account_in, name_id, user_session
from ingest.issuance import Asked, Credentials, issued, session_of
from ingest.names import account, last
from ingest.record import Call, Shape

events = Registry()
_PAGE = (
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
    "cloudtrail-event-reference-aws-console-sign-in-events.html"
)


class Outcome(msgspec.Struct, rename="pascal", gc=False):
    """`responseElements` of sign-in events: Success or Failure under the event's own name."""

    console_login: str | None = None
    check_mfa: str | None = None
    switch_role: str | None = None
    exit_role: str | None = None
    password_recovery_requested: str | None = None
    password_recovery_completed: str | None = None
    password_updated: str | None = None

    @property
    def failed(self) -> bool:
        """Whether any of them is not Success."""
        return any(word not in {None, "Success"} for word in msgspec.structs.astuple(self))


class Typed(Shape):
    """`userIdentity.userName`: the name that was typed, hidden where there is no such user."""

    user_name: str | None = None


class Switched(msgspec.Struct, rename="pascal", gc=False):
    """`additionalEventData` of SwitchRole."""

    switch_from: str | None = None


class Minted(Shape):
    """`responseElements` of GetSigninToken."""

    credentials: Credentials | None = None


class Client(Shape):
    """`requestParameters` of `aws login`; named as the log names them, with an underscore."""

    client: str | None = msgspec.field(default=None, name="client_id")


@events.handles(
    "signin",
    "ConsoleLogin",
    gives="a console session issued to a user or root, with the user's name; a failed sign-in as an attempt; "
    "a role's sign-in shows its key in `userIdentity`",
    page=_PAGE,
    denied=True,
)
def console_login(call: Call) -> Iterable[Fact]:
    """The session that later console calls name by its creation second.

    A failure may show in the answer alone, without an error code.
    """
    user = call.actor.user
    if _failed(call):
        yield attempted(call, _typed(call), call.error or "Failure")
    elif user and call.actor.type in {"IAMUser", "Root"} and not call.actor.key:
        session = user_session(user, call.at, "console")
        yield Issued(at=call.at, event=call.event, issuer=user.ref, how="exact", session=session)
        yield from _name(call)


@events.handles(
    "signin",
    "CheckMfa",
    gives="the name of the user who was asked for a second factor; an attempt where it was wrong",
    page=_PAGE,
    denied=True,
)
def check_mfa(call: Call) -> Iterable[Fact]:
    """A step of signing in: nothing begins before ConsoleLogin."""
    if _failed(call):
        yield attempted(call, _typed(call), call.error or "Failure")
    else:
        yield from _name(call)


@events.handles(
    "signin",
    "SwitchRole",
    gives="a role session begun in the console out of another principal; its key is not shown",
    page="https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html",
    denied=True,
)
def switch_role(call: Call) -> Iterable[Fact]:
    """The session of the role, issued by whoever switched: only its ARN is told, and no key.

    The key that the AssumeRole behind it returned is never used; the keys in use share its second, which is that of
    this event unless the record says another.
    """
    shown = call.actor.session
    session = shown if shown and shown.role and shown.start else None
    session = session or session_of(call.actor.arn, call.at, call.actor.principal)
    origin = call.additional(Switched).switch_from or ""
    if _failed(call):
        yield attempted(call, session.role.ref if session and session.role else account(call), call.error or "Failure")
    elif session and origin:
        yield Issued(
            at=call.at,
            event=call.event,
            issuer=Ref("Account", account_in(origin) or account(call).id),
            how="inferred",
            principal=origin,
            session=session,
        )
    elif session:
        yield Began(at=call.at, event=call.event, session=session)


@events.handles(
    "signin",
    "ExitRole",
    gives="the end of a switched role, as a mark on the caller's session or user",
    page=_PAGE,
    denied=True,
)
def exit_role(call: Call) -> Iterable[Fact]:
    """A mark only [unverified: no such record was seen]."""
    yield attempted(call, own(call), call.error or "Failure") if _failed(call) else touched(call, own(call))


@events.handles(
    "signin",
    "GetSigninToken",
    gives="a key issued by the caller's key, where it differs from it (SessionDuration was asked for)",
    page="https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html",
    refused=own,
)
def get_signin_token(call: Call) -> Iterable[Fact]:
    """The issued key; else the answer shows the caller's own key again, and nothing was issued.

    The key is put into the caller's session, since the token keeps its principal. [unverified]
    """
    credentials = call.response(Minted).credentials
    if credentials and credentials.access_key_id != call.actor.key:
        return issued(call, credentials, call.actor.session, Asked())
    return ()


@events.handles(
    "signin",
    "AuthorizeOAuth2Access",
    "CreateOAuth2Token",
    gives="`aws login` by the caller's session (which client), as a mark on it; never an issuance",
    page="https://docs.aws.amazon.com/cli/latest/reference/signin/create-o-auth2-token.html",
    denied=True,
)
def oauth(call: Call) -> Iterable[Fact]:
    """A mark only: keys of `aws login` show no issuance, they share the session's second or its sign-in ARN."""
    yield touched(call, own(call), last(call.request(Client).client))


@events.handles(
    "signin",
    "PasswordRecoveryRequested",
    "PasswordRecoveryCompleted",
    "PasswordUpdated",
    gives="the root password asked for, recovered or changed, as a mark on root",
    page=_PAGE,
    denied=True,
)
def password(call: Call) -> Iterable[Fact]:
    """A mark on the user that signs in with it; a failure may show in the answer alone."""
    yield attempted(call, own(call), call.error or "Failure") if _failed(call) else touched(call, own(call))


def _failed(call: Call) -> bool:
    return bool(call.error) or call.response(Outcome).failed


def _name(call: Call) -> Iterable[Fact]:
    user = call.actor.user
    if user and user.name and call.actor.type == "IAMUser":
        yield Named(at=call.at, event=call.event, user=user)


def _typed(call: Call) -> Ref:
    if call.actor.user:
        return call.actor.user.ref
    if call.actor.session and call.actor.session.role:
        return call.actor.session.role.ref
    raw = call.record.userIdentity
    typed = ((msgspec.json.decode(raw, type=Typed | None) if raw else None) or Typed()).user_name
    return Ref("Name", name_id(account(call).id, typed)) if typed and typed != HIDDEN else account(call)
