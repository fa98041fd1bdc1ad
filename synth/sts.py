"""STS: assuming roles (chained, over accounts, denied), session and federation tokens, privileged root sessions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

from typing import Any, TypedDict, Unpack

from synth import identifiers
from synth.credential import Credential, Identity, Session
from synth.ledger import Ledger, Refused, passed_tags
from synth.principal import Role, User
from synth.tags import Tags, clash, listed
from synth.trail import Record

_HOUR = 3600


class Terms(TypedDict, total=False):
    """What a caller may ask of a role session: `tags` passed, keys of them that are `transitive`, and so on."""

    tags: Tags
    transitive: list[str]
    source_identity: str
    duration: int
    times: int


class Sts(Ledger):
    """The verbs of STS. A refused call is written as denied, then Refused is raised, as an SDK would."""

    def assume_role(self, role: Role, *, by: Credential, name: str = "", **terms: Unpack[Terms]) -> Credential:
        """Give a key for `role`, asked for with `by`: in the same account one record, over accounts two.

        `times` issues so many keys in this second, as SDKs do; the last is given back, the others are never used.
        Refused: who is not trusted, a tag that is inherited already, another source identity, over one hour when
        chaining, federated users.
        """
        name = name or f"session-{self.rng.getrandbits(40):010d}"
        self._permit(role, by, terms)
        return [self._assume(role, by, name, terms) for _ in range(terms.get("times", 1))][-1]

    def _permit(self, role: Role, by: Credential, terms: Terms) -> None:
        self.check(by)
        session = by.session
        given = terms.get("source_identity", session.source_identity)
        allowed = (
            role.alive
            and session.kind != "federated"
            and not {session.account, session.acts_as}.isdisjoint(role.trusts)
            and not clash(session.transitive, terms.get("tags", {}))
            and (not session.source_identity or given == session.source_identity)
        )
        if not allowed:
            action = f"not authorized to perform: sts:AssumeRole on resource: {role.arn}"
            self._refuse(by, "AccessDenied", f"User: {session.arn} is {action}")
        if isinstance(session.bearer, Role) and terms.get("duration", 0) > _HOUR:
            limit = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            self._refuse(by, "ValidationError", limit)

    def _refuse(self, by: Credential, code: str, message: str) -> None:
        self.call(by, "sts:AssumeRole", error=(code, message))
        raise Refused(message)

    def _assume(self, role: Role, by: Credential, name: str, terms: Terms) -> Credential:
        passed, inherited = terms.get("tags", {}), by.session.transitive
        session = self.child(
            by,
            role,
            name=name,
            end=self.trail.now + terms.get("duration", _HOUR),
            passed=dict(passed),
            inherited=dict(inherited),
            transitive={**inherited, **passed_tags(passed, terms.get("transitive", []))},
            source_identity=terms.get("source_identity", by.session.source_identity),
        )
        made = self.open(session)
        made.address, made.agent = by.address, by.agent
        self._log_assume(made, by, role_request(session, terms), {})
        return made

    def _log_assume(self, made: Credential, by: Credential, request: dict[str, Any], extra: dict[str, Any]) -> None:
        """Write the caller's record and, where the role is another account's, that account's copy of it."""
        role, session = made.session.bearer, made.session
        response = role_response(session, self.credentials_of(made))
        extra = {**extra, "resources": [_resource(session.acts_as, session.account)]}
        invoked_by = extra.pop("invokedBy", "")
        abroad = by.session.account != session.account
        if abroad:
            extra["sharedEventID"] = identifiers.uuid(self.rng)
        parts = {"request": request, "response": response, "extra": extra, "invoked_by": invoked_by}
        mine = self.call(by, "sts:AssumeRole", **parts)
        session.records = (mine["eventID"],)
        if abroad and role is not None:
            theirs = self._copy_for(session.account, mine, by)
            session.records = (mine["eventID"], theirs["eventID"])

    def _copy_for(self, account: str, mine: Record, by: Credential) -> Record:
        """Write the other account's copy: it knows of the caller no more than its account and principal id."""
        who: Identity = {"type": "AWSAccount", "principalId": by.session.principal_id, "accountId": by.session.account}
        if "invokedBy" in mine["userIdentity"]:
            who["invokedBy"] = mine["userIdentity"]["invokedBy"]
        theirs: Record = {**mine, "userIdentity": who, "eventID": identifiers.uuid(self.rng)}
        theirs["recipientAccountId"] = account
        self.trail.records.append(theirs)
        return theirs

    def _long_lived(self, by: Credential) -> None:
        self.check(by)
        if by.session.kind != "long-lived":
            raise Refused("Cannot call this with session credentials")

    def get_session_token(self, by: Credential, *, duration: int = 43200, mfa: bool = False) -> Credential:
        """Give a temporary key of the same user or root; only a long-lived key may ask."""
        self._long_lived(by)
        bearer = by.session.bearer
        session = self.child(by, bearer, kind="token", end=self.trail.now + duration, mfa=mfa)
        made = self.open(session)
        made.address, made.agent = by.address, by.agent
        request: dict[str, Any] = {"durationSeconds": duration}
        if mfa and isinstance(bearer, User):
            request["serialNumber"] = f"arn:aws:iam::{self.number}:mfa/{bearer.name}"
        response = {"credentials": self.credentials_of(made)}
        record = self.call(by, "sts:GetSessionToken", request=request, response=response)
        session.records = (record["eventID"],)
        return made

    def get_federation_token(self, by: Credential, *, name: str, tags: Tags | None = None) -> Credential:
        """Give a key of a federated user, `federated-user/<name>`, which a user's long-lived key asked for."""
        self._long_lived(by)
        passed = dict(tags or {})
        end = self.trail.now + 43200
        session = self.child(by, by.session.bearer, kind="federated", name=name, end=end, passed=passed)
        made = self.open(session)
        made.address, made.agent = by.address, by.agent
        request: dict[str, Any] = {"name": name, "durationSeconds": 43200}
        if passed:
            request["tags"] = listed(passed)
        user = {"federatedUserId": f"{self.number}:{name}", "arn": session.arn}
        response = {"credentials": self.credentials_of(made), "federatedUser": user, "packedPolicySize": 4}
        record = self.call(by, "sts:GetFederationToken", request=request, response=response)
        session.records = (record["eventID"],)
        return made

    def assume_root(self, by: Credential, *, target: Ledger, task: str = "IAMAuditRootUserCredentials") -> Credential:
        """Give a 15 minute key of another account's root, for one privileged task.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-track-privileged-tasks.html
        """
        self.check(by)
        session = self.child(
            by,
            None,
            kind="root",
            account=target.number,
            end=self.trail.now + 900,
            context={"assumedRoot": "true"},
        )
        made = self.open(session)
        made.address, made.agent = by.address, by.agent
        policy = {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"}
        request = {"targetPrincipal": target.number, "taskPolicyArn": policy, "durationSeconds": 900}
        response: dict[str, Any] = {"credentials": self.credentials_of(made)}
        if session.source_identity:
            response["sourceIdentity"] = session.source_identity
        record = self.call(by, "sts:AssumeRoot", request=request, response=response)
        session.records = (record["eventID"],)
        return made


def _resource(arn: str, account: str) -> dict[str, str]:
    return {"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}


def role_request(session: Session, terms: Terms) -> dict[str, Any]:
    """Give `requestParameters` of AssumeRole for a session that was opened on these terms."""
    request: dict[str, Any] = {"roleArn": session.acts_as, "roleSessionName": session.name}
    if "duration" in terms:
        request["durationSeconds"] = terms["duration"]
    if session.passed:
        request["tags"] = listed(session.passed)
    if terms.get("transitive"):
        request["transitiveTagKeys"] = list(terms["transitive"])
    if session.inherited:
        request["incomingTransitiveTags"] = dict(session.inherited)
    if session.source_identity:
        request["sourceIdentity"] = session.source_identity
    return request


def role_response(session: Session, credentials: dict[str, Any]) -> dict[str, Any]:
    """Give `responseElements` of AssumeRole."""
    user = {"assumedRoleId": session.principal_id, "arn": session.arn}
    response: dict[str, Any] = {"credentials": credentials, "assumedRoleUser": user}
    if session.source_identity:
        response["sourceIdentity"] = session.source_identity
    if session.passed or session.inherited:
        response["packedPolicySize"] = 1 + len(session.passed) + len(session.inherited)
    return response
