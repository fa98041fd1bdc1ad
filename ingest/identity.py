"""Who a record says was acting: `userIdentity`, decoded once for each distinct text.

Facts rest on https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from typing import NamedTuple

import msgspec

from ingest.times import instant, seconds_between

UNDATED = "-"
"""Stands for the start of a session whose `creationDate` the record does not give."""

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""Stands in a record for what is not shown: the name that was typed where there is no such user, a secret, tags."""


class Ref(NamedTuple):
    """A node of the graph: its label (graph/schema.py) and its identity as one text."""

    label: str
    id: str


class Role(msgspec.Struct, frozen=True, gc=False):
    """A role as a record shows it: account and name are sure, `arn` (with path) and `id` (AROA…) may be ''."""

    account: str
    name: str
    arn: str = ""
    id: str = ""

    @property
    def ref(self) -> Ref:
        """The role's node: its account and its name without regard to case."""
        return Ref("Role", name_id(self.account, self.name))


class User(msgspec.Struct, frozen=True, gc=False):
    """A user as a record shows it: `id` is AIDA… or `<account>:root`; name and arn may be ''."""

    id: str
    account: str
    name: str = ""
    arn: str = ""

    @property
    def ref(self) -> Ref:
        """The user's node."""
        return Ref("User", self.id)


class Session(msgspec.Struct, frozen=True, gc=False):
    """A session: where the keys of one sign-in or one AssumeRole meet.

    `id` is `<start>/<session ARN>` for roles and `<start>/<principal id>` for users, root and federated users;
    `start` is RFC 3339 UTC or '' where unknown. `kind` is the smallest word that any record gave it.
    """

    id: str
    kind: str
    arn: str
    principal: str
    account: str
    name: str
    start: str
    role: Role | None = None
    user: User | None = None
    source_identity: str = ""
    sign_in: str = ""
    mfa: str = ""
    service: str = ""

    @property
    def ref(self) -> Ref:
        """The session's node."""
        return Ref("Session", self.id)


class Actor(msgspec.Struct, frozen=True, gc=False):
    """What one `userIdentity` says: `ref` is the strongest handle on who acted, the exact key where there is one."""

    ref: Ref
    type: str = ""
    key: str = ""
    account: str = ""
    principal: str = ""
    arn: str = ""
    service: str = ""
    session: Session | None = None
    user: User | None = None
    person: Ref | None = None
    workload: Ref | None = None
    workload_kind: str = ""
    may_be_forwarded: bool = False


class _Issuer(msgspec.Struct, gc=False):
    type: str | None = None
    principalId: str | None = None
    arn: str | None = None
    accountId: str | None = None
    userName: str | None = None


class _Attributes(msgspec.Struct, gc=False):
    creationDate: str | int | None = None
    mfaAuthenticated: str | bool | None = None


class _Context(msgspec.Struct, gc=False):
    sessionIssuer: _Issuer | None = None
    attributes: _Attributes | None = None
    sourceIdentity: str | None = None
    assumedRoot: str | bool | None = None
    signInSessionArn: str | None = None


class _OnBehalfOf(msgspec.Struct, gc=False):
    userId: str | None = None
    identityStoreArn: str | None = None


class _InScopeOf(msgspec.Struct, gc=False):
    sourceArn: str | None = None
    issuerType: str | None = None
    credentialsIssuedTo: str | None = None


class _UserIdentity(msgspec.Struct, gc=False):
    type: str | None = None
    principalId: str | None = None
    arn: str | None = None
    accountId: str | None = None
    accessKeyId: str | None = None
    userName: str | None = None
    invokedBy: str | None = None
    identityProvider: str | None = None
    sessionContext: _Context | None = None
    onBehalfOf: _OnBehalfOf | None = None
    inScopeOf: _InScopeOf | None = None


_decoder = msgspec.json.Decoder(_UserIdentity | None)


def actor(raw: bytes | msgspec.Raw, *, console: bool = False) -> Actor:
    """Decode a `userIdentity`; `console` is the record's `sessionCredentialFromConsole`.

    Raises msgspec.DecodeError or ValueError where a field is of another type than CloudTrail's.
    """
    said = (_decoder.decode(raw) if raw else None) or _UserIdentity()
    key = said.accessKeyId or ""
    session, user = _session(said, console=console), _user(said)
    person = None
    if said.onBehalfOf and said.onBehalfOf.userId:
        person = person_ref(said.onBehalfOf.identityStoreArn or "", said.onBehalfOf.userId)
    scope = said.inScopeOf
    workload = scope and (scope.credentialsIssuedTo or scope.sourceArn)
    return Actor(
        ref=_ref(said, key, session, user, person),
        type=said.type or "",
        key=key,
        account=said.accountId or account_in(said.arn or ""),
        principal=said.principalId or "",
        arn=said.arn or "",
        service=said.invokedBy or "",
        session=session,
        user=user,
        person=person,
        workload=Ref("Workload", workload) if workload else None,
        workload_kind=(scope.issuerType or "") if scope else "",
        may_be_forwarded=bool(
            key and session and session.start and session.kind == "user" and user and said.type in {"IAMUser", "Root"}
        )
        and said.invokedBy not in {None, "", "AWS Internal"},
    )


def forwarded(who: Actor, at: str) -> Actor | None:
    """The forward access session of a long-lived key, if `who` acting at `at` is one; None otherwise.

    A service that calls on with the rights of a long-lived key gets a key for that call, made then or a second
    before; such keys are grouped by principal, service and second.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    session = who.session
    if not who.may_be_forwarded or session is None or not 0 <= seconds_between(session.start, at) <= 1:
        return None
    grouped = msgspec.structs.replace(
        session,
        id=f"{session.start}/{session.principal}/{who.service}",
        kind="forwarded",
        name=who.service,
        service=who.service,
    )
    return msgspec.structs.replace(who, session=grouped)


def role_session(role_arn: str, name: str, start: str, principal: str = "") -> Session:
    """The session that an AssumeRole* call at `start` opens in the role `role_arn` (with its path)."""
    role = role_of(role_arn, principal.removesuffix(f":{name}") if principal.endswith(f":{name}") else "")
    partition = role_arn.split(":", 2)[1] if role_arn.count(":") > 1 else "aws"
    arn = f"arn:{partition}:sts::{role.account}:assumed-role/{role.name}/{name}"
    return Session(f"{start}/{arn}", "role", arn, principal, role.account, name, start, role)


def user_session(user: User, start: str, kind: str) -> Session:
    """The session of an IAM user or root that began at `start`: a console sign-in or GetSessionToken."""
    principal = user.id.removesuffix(":root")
    return Session(f"{start}/{principal}", kind, user.arn, principal, user.account, user.name, start, user=user)


def role_of(arn: str, role_id: str = "") -> Role:
    """The role that an IAM role ARN names."""
    return Role(account_in(arn), arn.rsplit("/", 1)[-1] if "/" in arn else arn.rsplit(":", 1)[-1], arn, role_id)


def root(account: str, partition: str = "aws") -> User:
    """An account's root user."""
    return User(f"{account}:root", account, "root", f"arn:{partition}:iam::{account}:root")


def name_id(account: str, name: str) -> str:
    """Identity of a user's or role's name: IAM compares names without case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    return f"{account}/{name.lower()}"


def identity_ref(provider: str, subject: str) -> Ref:
    """The node of a person or workload outside IAM: a provider's ARN or issuer, and its subject."""
    return Ref("Identity", f"{provider}|{subject}")


def person_ref(store: str, user_id: str) -> Ref:
    """The node of an Identity Center user: the identity store's id (last part of its ARN) and the user id."""
    return identity_ref(store.rsplit("/", 1)[-1], user_id)


def account_in(arn: str) -> str:
    """The account that an ARN names, or ''."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 5 else ""  # noqa: PLR2004 (an ARN has six parts)


def partition_in(arn: str) -> str:
    """The partition that an ARN names, or ''."""
    parts = arn.split(":", 2)
    return parts[1] if parts[0] == "arn" and len(parts) > 1 else ""


def assumed_in(arn: str) -> tuple[str, str]:
    """Role name and session name in a session's ARN; a service's own role has colons in its name."""
    role, _, name = arn.partition(":assumed-role/")[2].partition("/")
    return role, name


def _ref(said: _UserIdentity, key: str, session: Session | None, user: User | None, person: Ref | None) -> Ref:
    if key:
        return Ref("AccessKey", key)
    if session:
        return session.ref
    if user:
        return user.ref
    if person:
        return person
    if said.type in {"SAMLUser", "WebIdentityUser"}:
        return identity_ref(said.identityProvider or "", _name(said) or said.principalId or "")
    if said.invokedBy and said.type in {"AWSService", None, ""}:
        return Ref("Service", said.invokedBy)
    return Ref("Account", said.accountId or account_in(said.arn or ""))


def _user(said: _UserIdentity) -> User | None:
    account = said.accountId or account_in(said.arn or "")
    if said.type == "Root" and account:
        return root(account, partition_in(said.arn or "") or "aws")
    if said.type == "IAMUser" and said.principalId:
        return User(said.principalId, account, _name(said), said.arn or "")
    issuer = said.sessionContext.sessionIssuer if said.sessionContext else None
    if said.type == "FederatedUser" and issuer and issuer.principalId:
        if issuer.type == "Root":
            return root(issuer.accountId or account, partition_in(issuer.arn or said.arn or "") or "aws")
        return User(issuer.principalId, issuer.accountId or account, issuer.userName or "", issuer.arn or "")
    return None


def _name(said: _UserIdentity) -> str:
    return said.userName if said.userName and said.userName != HIDDEN else ""


def _session(said: _UserIdentity, *, console: bool) -> Session | None:
    context = said.sessionContext or _Context()
    created = context.attributes.creationDate if context.attributes else None
    start = instant(created) if created else ""
    account = said.accountId or account_in(said.arn or "")
    role, user = None, _user(said)
    arn, principal = said.arn or "", said.principalId or ""
    if said.type == "AssumedRole" and ":assumed-role/" in arn:
        kind, name, role = "role", arn.rsplit("/", 1)[-1], _assumed(arn, principal, context.sessionIssuer)
        identity = arn
    elif said.type == "FederatedUser" and principal:
        kind, name, identity = "federated", principal.partition(":")[2], principal
    elif user and start:
        kind, name, identity = "user", user.name, user.id.removesuffix(":root")
        principal, arn = identity, user.arn
        if said.type == "Root" and str(context.assumedRoot).lower() == "true":
            kind = "root"
        elif console:
            kind = "console"
    else:
        return None
    unshared = f"/{said.accessKeyId}" if not start and said.accessKeyId else ""
    attributes = context.attributes
    return Session(
        id=f"{start or UNDATED}/{identity}{unshared}",
        kind=kind,
        arn=arn,
        principal=principal,
        account=account,
        name=name,
        start=start,
        role=role,
        user=user,
        source_identity=context.sourceIdentity or "",
        sign_in=context.signInSessionArn or "",
        mfa=str(attributes.mfaAuthenticated).lower() if attributes and attributes.mfaAuthenticated is not None else "",
        service=said.invokedBy or "",
    )


def _assumed(arn: str, principal: str, issuer: _Issuer | None) -> Role:
    role_name, session_name = assumed_in(arn)
    role_id = principal.removesuffix(f":{session_name}") if principal.endswith(f":{session_name}") else ""
    if issuer and issuer.arn and issuer.arn.rsplit("/", 1)[-1] == role_name:
        return Role(account_in(arn), role_name, issuer.arn, issuer.principalId or role_id)
    return Role(account_in(arn), role_name, "", role_id)
