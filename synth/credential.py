"""Sessions and the access keys that belong to them, and the `userIdentity` that a call made with one leaves behind.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from typing import Any, Literal

import msgspec

from synth import moments
from synth.principal import Hop, Origin, Role, User
from synth.tags import Tags, merge

Kind = Literal["long-lived", "role", "token", "federated", "console", "forwarded", "root"]
Evidence = Literal["exact", "session", "near", "principal", "inferred", "observed"]
Identity = dict[str, Any]

_STRENGTH: tuple[Evidence, ...] = ("exact", "session", "near", "principal", "inferred", "observed")


def weakest(*links: Evidence) -> Evidence:
    """Give the weakest of these; `exact` where there is none."""
    return max(links, key=_STRENGTH.index, default="exact")


class Session(msgspec.Struct, eq=False, kw_only=True):
    """What a credential was issued for: who it acts as, from when to when, with which tags, by whom.

    `above` is the chain over it as it stood at the issuance, nearest first; `origin` is None where the session's own
    user or root is the origin. `start` is None for a long-lived key made before the trail.
    """

    kind: Kind
    account: str
    bearer: User | Role | None = None
    name: str = ""
    start: int | None
    end: int | None = None
    origin: Origin | None = None
    above: tuple[Hop, ...] = ()
    above_evidence: tuple[Evidence, ...] = ()
    parent: "Credential | None" = None
    passed: Tags = {}
    inherited: Tags = {}
    transitive: Tags = {}
    source_identity: str = ""
    mfa: bool = False
    context: dict[str, Any] = {}
    scope: dict[str, Any] = {}
    records: tuple[str, ...] = ()
    minted_by: str = ""
    asked_by: str = ""
    born: Hop = Hop(arn="")
    principal_tags: Tags = {}

    @property
    def acts_as(self) -> str:
        """The ARN of the principal: of the role, user, root or federated user."""
        if self.kind == "federated":
            return f"arn:aws:sts::{self.account}:federated-user/{self.name}"
        return self.bearer.arn if self.bearer else f"arn:aws:iam::{self.account}:root"

    @property
    def arn(self) -> str:
        """The ARN in `userIdentity`: for a role that of the session, else that of the principal."""
        return self.bearer.session_arn(self.name) if isinstance(self.bearer, Role) else self.acts_as

    @property
    def principal_id(self) -> str:
        """`AROA…:name`, `AIDA…`, `<account>:name` of a federated user, or the account's number for root."""
        if isinstance(self.bearer, Role):
            return f"{self.bearer.id}:{self.name}"
        if self.kind == "federated":
            return f"{self.account}:{self.name}"
        return self.bearer.id if self.bearer else self.account

    def hop(self) -> Hop:
        """Give the session as a hop of a chain, as of now."""
        name = self.bearer.name if self.bearer else "root"
        known = self.bearer.known if self.bearer else True
        return Hop(arn=self.acts_as, name=name, tags=self.effective_tags(), known=known)

    def effective_tags(self) -> Tags:
        """Give what `aws:PrincipalTag` is now: the role's or user's tags under inherited ones under those passed."""
        return merge(self.bearer.tags if self.bearer else {}, self.inherited, self.passed)

    def origin_now(self) -> Origin:
        """Give the origin; where that is the session's own user, under the name that it bears now."""
        if self.origin is not None:
            return self.origin
        if isinstance(self.bearer, User):
            return Origin(kind="IAMUser", id=self.bearer.id, name=self.bearer.name)
        return Origin(kind="Root", id=f"{self.account}:root", name="root")


class Credential(msgspec.Struct, eq=False, kw_only=True):
    """One access key of a session. `key` is '' for a session that CloudTrail shows without one.

    `link` says how it can be tied to its issuance; `address` and `agent` are where it is used from; `last` is who it
    acted as when it was last seen in use.
    """

    key: str
    session: Session
    issued: bool
    link: Evidence = "exact"
    address: str = ""
    agent: str = ""
    region: str = ""
    console: bool = False
    active: bool = True
    seen: bool = False
    last: Hop | None = None
    last_tags: Tags = {}

    @property
    def chain_evidence(self) -> tuple[Evidence, ...]:
        """How each link from this key up to its origin is known; an origin has none of its own."""
        if self.session.origin is None and not self.session.above:
            return ()
        return (self.link, *self.session.above_evidence)


def identity(credential: Credential, *, old_style: bool = False, invoked_by: str = "") -> Identity:
    """Give `userIdentity` of a call made now; `old_style` puts in the empty maps of eventVersion 1.08 and before."""
    session = credential.session
    who: Identity = {"type": _TYPES[session.kind], "principalId": session.principal_id, "arn": session.arn}
    if isinstance(session.bearer, User) and session.kind != "federated":
        who["type"] = "IAMUser"
    elif isinstance(session.bearer, Role):
        who["type"] = "AssumedRole"
    who["accountId"] = session.account
    if credential.key:
        who["accessKeyId"] = credential.key
    if who["type"] == "IAMUser" and isinstance(session.bearer, User):
        who["userName"] = session.bearer.name
    if session.kind != "long-lived":
        who["sessionContext"] = _context(session, old_style=old_style)
    who.update(session.scope)
    if invoked_by:
        who["invokedBy"] = invoked_by
    return who


def _context(session: Session, *, old_style: bool) -> dict[str, Any]:
    context: dict[str, Any] = {}
    issuer = _issuer(session)
    if issuer or old_style:
        context["sessionIssuer"] = issuer
    if "webIdFederationData" in session.context or old_style:
        context["webIdFederationData"] = {}
    context["attributes"] = {
        "creationDate": moments.iso(session.start or 0),
        "mfaAuthenticated": "true" if session.mfa else "false",
    }
    if session.source_identity:
        context["sourceIdentity"] = session.source_identity
    return {**context, **session.context}


def _issuer(session: Session) -> dict[str, str]:
    bearer = session.bearer
    if bearer is None or (isinstance(bearer, User) and session.kind != "federated"):
        return {}
    kind = "Role" if isinstance(bearer, Role) else "IAMUser"
    return {
        "type": kind,
        "principalId": bearer.id,
        "arn": bearer.arn,
        "accountId": session.account,
        "userName": bearer.name,
    }


_TYPES: dict[Kind, str] = {
    "long-lived": "Root",
    "role": "AssumedRole",
    "token": "Root",
    "federated": "FederatedUser",
    "console": "Root",
    "forwarded": "Root",
    "root": "Root",
}
"""The type where the session's bearer does not settle it: without user or role it is the account's root."""
