"""Where a chain goes on from a step, or why it ends there: origins, other accounts, what cannot be told apart."""

from collections.abc import Iterable

import msgspec

from ingest.identity import Ref
from ingest.times import seconds_between
from queries.answer import Candidate, Hop, Kind, Origin, Stop
from queries.asof import AsOf
from queries.chain import End, On, Step
from queries.principal import CREDENTIALS, Principals
from queries.reach import Issued, Operated, Reach, Session

_STOPS: dict[str, tuple[Kind, Stop]] = {
    "saml": ("SAMLUser", "saml"),
    "oidc": ("WebIdentityUser", "oidc"),
    "cognito": ("WebIdentityUser", "oidc"),
    "identity-center": ("IdentityCenterUser", "identity-center"),
    "certificate": ("WebIdentityUser", "oidc"),
}
_CLOUDFORMATION = "cloudformation.amazonaws.com"
_LONGEST = 43_200
"""Seconds that a role session lives at most (12 hours)."""


class Origins:
    """Follows each step of a chain to the next, or to its end."""

    def __init__(self, reach: Reach, as_of: AsOf, principals: Principals) -> None:
        """Keep what was fetched, and what it is decided with."""
        self.reach, self.as_of, self.principals = reach, as_of, principals

    def follow(self, step: Step) -> On | End:
        """What stands behind a step: another credential, or the end of the chain."""
        link = step.link
        if link and link.ambiguous:
            return self._ambiguous(link.ambiguous)
        edge = link.edge if link else None
        if edge is None:
            return self._end_unissued(step) if step.ref.label in CREDENTIALS else self._end_itself(step.ref)
        if link and link.own:
            return self._end_user(step.user, step.hop.principal, [])
        if edge.label in CREDENTIALS:
            return On(edge.parent, edge.at)
        if edge.label == "Service":
            return self._end_service(step, edge)
        if edge.label == "Identity":
            return self._end_identity(step, edge)
        return self._end_account(edge)

    def _ambiguous(self, edges: list[Issued]) -> End:
        accounts = {Candidate(edge.principal) for edge in edges if edge.label == "Account"}
        known = self._candidates((edge.parent, edge.at) for edge in edges if edge.label != "Account")
        return End(stop="ambiguous", candidates=_sorted({*known, *accounts}))

    def _candidates(self, parents: Iterable[tuple[Ref, str]]) -> list[Candidate]:
        """Each of these credentials once, as whoever it acted as then."""
        found = set()
        for ref, at in parents:
            key = ref.id if ref.label == "AccessKey" else None
            own = ref.id if ref.label == "Session" else None
            session = next((b.id for b in self.reach.belongs.get(ref.id, []) if b.label == "Session"), own)
            found.add(Candidate(self.principals.of(ref, at), key, session))
        return _sorted(found)

    def _end_itself(self, ref: Ref) -> End:
        """What was asked about is no credential: a service, somebody from outside, an account."""
        if ref.label == "Service":
            return End(Origin("AWSService", ref.id, None, ref.id), "service", complete=True)
        if ref.label == "Identity":
            return self._identity(ref, None)
        return End(Origin("Account", ref.id), "other-account")

    def _end_unissued(self, step: Step) -> End:
        """No issuance was seen: a user's own credential is an origin; of a role's, what its use tells is said."""
        session = step.session
        if len(told := self._told_apart(step.ref)) > 1:
            step.hop.evidence = "observed"
            return End(stop="ambiguous", candidates=_sorted(Candidate(s.role_arn or s.arn, None, s.id) for s in told))
        if session and session.kind == "federated" and session.user:
            origin = Step(Hop(self.principals.user_arn(session.user, session.start or "~") or session.user), step.ref)
            origin.hop.tags = self.as_of.user_tags(session.user, session.start or "~").tags
            step.hop.evidence = "observed"
            return self._end_user(session.user, origin.hop.principal, [origin])
        if session and session.kind == "root":
            step.hop.evidence = "observed"
            return End()
        if step.user or self._owned_by_name(step.ref):
            if session:
                step.hop.evidence = "observed"
            return self._end_user(step.user, step.hop.principal, [])
        step.hop.evidence = "observed"
        return End(origin=self._origin_told(session))

    def _told_apart(self, ref: Ref) -> list[Session]:
        """The sessions of a key that was used as more than one principal: its id was given out twice."""
        owners = self.reach.belongs.get(ref.id, []) if ref.label == "AccessKey" else []
        found = [self.reach.sessions[row.id] for row in owners if row.id in self.reach.sessions]
        return list({one.principal or one.arn: one for one in found}.values())

    def _owned_by_name(self, ref: Ref) -> bool:
        return ref.label == "AccessKey" and any(b.label == "Name" for b in self.reach.belongs.get(ref.id, []))

    def _origin_told(self, session: Session | None) -> Origin:
        """The person or workload that the calls of a session name, where no issuance was seen."""
        if session is None:
            return Origin()
        for behalf in self.reach.behalf.get(session.id, []):
            return _person(behalf.identity, session.name)
        for within in self.reach.within.get(session.id, []):
            service = (within.kind or "").split("::")[1:2]
            if service:
                return Origin("AWSService", f"{service[0].lower()}.amazonaws.com", None, within.workload)
        return Origin()

    def _end_user(self, user: str | None, arn: str, beyond: list[Step]) -> End:
        if user and user.endswith(":root"):
            return End(Origin("Root", user, arn, "root"), "root", complete=True, beyond=beyond)
        origin = Origin("IAMUser", user, arn, arn.rsplit("/", 1)[-1] if "/" in arn else None)
        return End(origin, "iam-user", complete=True, beyond=beyond)

    def _end_service(self, step: Step, edge: Issued) -> On | End:
        service = Step(Hop(edge.id), edge.parent)
        asked = self.reach.operated.get(step.session.id, []) if step.session else []
        callers = {self._caller_of(one) for one in asked}
        if edge.id == _CLOUDFORMATION and len(callers) == 1:
            return self._operated(service, max(asked, key=lambda one: (one.at, one.event)))
        if edge.id == _CLOUDFORMATION and callers:
            return End(stop="ambiguous", candidates=self._candidates((o.by, o.at) for o in asked), beyond=[service])
        origin = Origin("AWSService", edge.id, None, edge.id)
        return End(origin, "service", complete=True, beyond=[service])

    def _caller_of(self, operated: Operated) -> Ref:
        sessions = [b for b in self.reach.belongs.get(operated.by_id, []) if b.label == "Session"]
        return Ref("Session", sessions[0].id) if len(sessions) == 1 else operated.by

    def _operated(self, service: Step, operated: Operated) -> On:
        """CloudFormation worked with a role for whoever had operated a stack of that role in the hour before.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
        That rests on a time window, so the chain goes on but is not called complete.
        """
        service.hop.evidence = "inferred"
        service.hop.event_id, service.hop.at = operated.event, operated.at
        return On(operated.by, operated.at, service)

    def _end_identity(self, step: Step, edge: Issued) -> End:
        end = self._identity(edge.parent, step.session)
        via = self.principals.provider(edge.parent)
        return msgspec.structs.replace(end, beyond=[Step(Hop(via), edge.parent)] if via else [])

    def _identity(self, ref: Ref, session: Session | None) -> End:
        _, _, subject = ref.id.partition("|")
        row = self.reach.identities.get(ref.id)
        kind, stop = _STOPS.get((row.kind if row else None) or "saml", _STOPS["saml"])
        name = (row.name if row else None) or subject
        origin = Origin(kind, subject, None, name)
        if kind == "IdentityCenterUser":
            told = self.reach.behalf.get(session.id, []) if session else []
            people = sorted({one.identity for one in told})
            origin = _person(people[0], name) if len(people) == 1 else Origin(kind, name, None, name)
        return End(origin, stop, complete=True)

    def _end_account(self, edge: Issued) -> On | End:
        """Only the other account's copy was seen: the caller is known by principal id, its key is not."""
        said = edge.principal or ""
        users = [said] if self.principals.user_arn(said, edge.at) else self._bearers(said, edge.at)
        if len(users) == 1:
            return On(Ref("User", users[0]), edge.at)
        if users:
            return End(
                stop="ambiguous", candidates=[Candidate(one) for one in users]
            )  # one ARN: their ids tell them apart
        alive = [s for s in self.reach.sessions.values() if said and s.principal == said and self._alive(s, edge.at)]
        if len(alive) == 1:
            return On(Ref("Session", alive[0].id), edge.at)
        if alive:
            return End(
                stop="ambiguous", candidates=_sorted({Candidate(s.role_arn or s.arn, None, s.id) for s in alive})
            )
        return End(Origin("Account", edge.id), "other-account")

    def _bearers(self, arn: str, at: str) -> list[str]:
        """Ids of the users who may have borne an ARN at `at`: one where that is sure."""
        rows = [row for rows in self.reach.named.values() for row in rows if arn and row.arn == arn]
        told = [self.as_of.borne(name, at) for name in {row.name_id for row in rows}]
        if all(sure for _, sure in told):
            return sorted({user for user, _ in told if user})
        return sorted({row.id for row in rows})

    def _alive(self, session: Session, at: str) -> bool:
        """Whether a session had begun and not ended; where no issued key tells its end, as long as one can last."""
        if not session.start or session.start > at:
            return False
        keys = [self.reach.keys.get(edge.child_id) for edge in self.reach.issued_in.get(session.id, [])]
        ends = [key.expires for key in keys if key and key.expires]
        if ends:
            return at <= max(*ends, session.last or "")
        return seconds_between(session.start, at) <= _LONGEST


def _sorted(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (c.principal or "", c.access_key_id or "", c.session or ""))


def _person(identity: str, name: str | None) -> Origin:
    return Origin("IdentityCenterUser", identity.replace("|", "/", 1), None, name)
