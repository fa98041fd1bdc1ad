"""Decides the chain behind a credential: which link wins, how sure it is, and why the chain stops."""

from collections.abc import Iterable

import msgspec

from ingest.identity import Ref
from ingest.times import seconds_between, shift
from queries.answer import STRENGTH, Candidate, Evidence, Hop, Kind, Origin, Stop
from queries.asof import AsOf, Tags, TagsAsOf, merge
from queries.reach import Issued, Operated, Reach, Session

_RANK = {how: rank for rank, how in enumerate(STRENGTH)}
_STOPS: dict[str, tuple[Kind, Stop]] = {
    "saml": ("SAMLUser", "saml"),
    "oidc": ("WebIdentityUser", "oidc"),
    "cognito": ("WebIdentityUser", "oidc"),
    "identity-center": ("IdentityCenterUser", "identity-center"),
    "certificate": ("WebIdentityUser", "oidc"),
}
_CREDENTIALS = frozenset({"AccessKey", "Session", "User"})
_CLOUDFORMATION = "cloudformation.amazonaws.com"
_LONGEST = 43_200
"""Seconds that a role session lives at most (12 hours)."""
_MOST_HOPS = 10_000


class Link(msgspec.Struct):
    """How a credential is tied to what issued it: `edge` is the issuance, `siblings` all that could be it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """

    evidence: Evidence
    edge: Issued | None = None
    siblings: list[Issued] = msgspec.field(default_factory=list)
    ambiguous: list[Issued] = msgspec.field(default_factory=list)


class Step(msgspec.Struct):
    """A hop while the chain is walked: the answer's hop, what it was decided from, and its tags apart."""

    hop: Hop
    ref: Ref
    session: Session | None = None
    user: str | None = None
    link: Link | None = None
    base: TagsAsOf = msgspec.field(default_factory=lambda: TagsAsOf({}, complete=True))
    inherited: Tags = msgspec.field(default_factory=dict)
    passed: Tags = msgspec.field(default_factory=dict)
    transitive: Tags = msgspec.field(default_factory=dict)
    tags_known: bool = True
    expires: str | None = None

    @property
    def tells(self) -> bool:
        """Whether its transitive tags are known: its issuance was seen, or it is a user's own and has none."""
        return self.user is not None or (self.link is not None and self.link.edge is not None)


class Chain(msgspec.Struct):
    """The steps from a credential (first) back to its origin."""

    steps: list[Step]
    origin: Origin
    stop: Stop
    complete: bool
    candidates: list[Candidate]
    disagree: list[Issued]

    @property
    def issuances(self) -> list[str]:
        """The events that issued the hops' credentials, leaf first."""
        return [step.link.edge.event for step in self.steps if step.link and step.link.edge]

    @property
    def evidence(self) -> Evidence | None:
        """The weakest of the links."""
        found = [step.hop.evidence for step in self.steps if step.hop.evidence]
        return max(found, key=_RANK.__getitem__, default=None)

    @property
    def principals(self) -> list[str]:
        """Principals from leaf to origin, equal neighbours once."""
        chain: list[str] = []
        for step in self.steps:
            if not chain or chain[-1] != step.hop.principal:
                chain.append(step.hop.principal)
        return chain


class Walk:
    """Walks from credentials to origins over what was fetched."""

    def __init__(self, reach: Reach) -> None:
        """Keep what was fetched."""
        self.reach = reach
        self.as_of = AsOf(reach)

    def chain(self, ref: Ref, at: str | None = None) -> Chain:
        """The chain behind a credential; the leaf's names and tags as of `at` (its start if None)."""
        steps: list[Step] = []
        met: set[Ref] = set()
        end, sure = _End(), True
        # A credential that stands above itself, or a chain without end, is none that AWS made: nothing is claimed.
        while ref not in met and len(met) < _MOST_HOPS:
            met.add(ref)
            steps.append(self._step(ref, at, leaf=not steps))
            following = self._follow(steps[-1])
            if isinstance(following, _End):
                end = following
                break
            ref, at = following.ref, following.at
            if following.through:
                steps.append(following.through)
                sure = False
        disagree = self._inherit(steps)
        steps.extend(end.beyond)
        return Chain(steps, end.origin, end.stop, end.complete and sure, end.candidates, disagree)

    def principal(self, ref: Ref, at: str) -> str | None:
        """ARN of whoever a credential acts as at `at`, None where that is not known."""
        if ref.label in _CREDENTIALS:
            step = self._step(ref, at, leaf=False)
            return step.hop.principal if step.session or step.user or step.hop.principal.startswith("arn:") else None
        return ref.id

    def user_of(self, ref: Ref, at: str) -> str | None:
        """Id of the IAM user or root that a credential is of, None for all others."""
        return self._step(ref, at, leaf=False).user if ref.label in _CREDENTIALS else None

    # -- one hop

    def _step(self, ref: Ref, at: str | None, *, leaf: bool) -> Step:
        link = self._link(ref)
        session = self._session(ref, link)
        user = self._user(ref, session)
        moment = at or self._moment(ref, session, link)
        hop = Hop(self._acts_as(ref, session, user, moment))
        step = Step(hop, ref, session, user, link, base=self._base(session, user, moment))
        hop.access_key_id = ref.id if ref.label == "AccessKey" else None
        hop.session = session.id if session else None
        if link:
            hop.evidence = None if self._own(link) and not leaf else link.evidence
            if link.edge:
                hop.event_id, hop.at = link.edge.event, link.edge.at
                self._take_tags(step, link)
        if session and (session.role or session.kind == "federated") and not (link and link.edge):
            step.tags_known = False  # what was passed stands in an issuance that is not known
        if not link and leaf:
            hop.evidence = "exact" if self.reach.created.get(ref) else "observed"
        key = self.reach.keys.get(ref.id) if ref.label == "AccessKey" else None
        hop.source_identity = (key.source_identity if key else None) or (session.source_identity if session else None)
        step.expires = self._expires(step, key.expires if key else None)
        return step

    def _own(self, link: Link) -> bool:
        """Whether a user signed in: that session is the user's own credential, as a long-lived key is."""
        return link.edge is not None and link.edge.label == "User" and link.edge.how == "exact"

    def _link(self, ref: Ref) -> Link | None:
        """What issued `ref`: by its own issuance, else that of its session, of its sign-in, of a second beside."""
        own = self.reach.issued.get(ref, [])
        if own:
            return self._best(own, "exact")
        if ref.label == "AccessKey":
            sessions = [row.id for row in self.reach.belongs.get(ref.id, []) if row.label == "Session"]
        else:
            sessions = [ref.id] if ref.label == "Session" else []
        shared = [session for session in sessions if not session.startswith("-/")]
        for session in shared:
            if edges := self._in_session(session):
                return self._best(edges, "session")
        for session in shared:
            row = self.reach.sessions.get(session)
            same = [one.id for one in self.reach.sessions.values() if row and _one_sign_in(row, one)]
            if edges := [edge for one in sorted(same) for edge in self._in_session(one)]:
                return self._best(edges, "session")
        for session in shared:
            near = [one for one in _beside(session) if self._in_session(one)]
            if len(near) == 1:
                return self._best(self._in_session(near[0]), "near")
        return None

    def _in_session(self, session: str) -> list[Issued]:
        """What began a session: issuances of its keys, ahead of what only a parameter says.

        A key that the session got for itself (GetSigninToken) did not begin it.
        """
        edges = [edge for edge in self.reach.issued_in.get(session, []) if not self._within(edge.parent, session)]
        return [edge for edge in edges if edge.how != "inferred"] or edges

    def _within(self, ref: Ref, session: str) -> bool:
        return ref == Ref("Session", session) or (
            ref.label == "AccessKey" and any(row.id == session for row in self.reach.belongs.get(ref.id, []))
        )

    def _best(self, edges: list[Issued], evidence: Evidence) -> Link:
        """The strongest of the edges; a link that names several parents is ambiguous."""
        by_child: dict[Ref, list[Issued]] = {}
        for edge in edges:
            by_child.setdefault(edge.child, []).append(edge)
        chosen = []
        for of_one in by_child.values():
            strongest = min(_RANK[edge.how] for edge in of_one)  # type: ignore[index]
            chosen += [edge for edge in of_one if _RANK[edge.how] == strongest]  # type: ignore[index]
        chosen.sort(key=lambda edge: (_RANK[edge.how], edge.at, edge.event, edge.id))  # type: ignore[index]
        how: Evidence = chosen[0].how  # type: ignore[assignment]
        weakest = max(evidence, how, key=_RANK.__getitem__)
        siblings = [edge for edge in chosen if edge.how == how]
        shown = {one for edge in siblings for one in self._principal_ids(edge.parent)}
        # Another key's parent that is only a principal may be one of those whose keys are shown.
        parents = {self._origin_of(e) for e in chosen if e.how == how or e.principal not in shown}
        if len(parents) > 1:
            return Link(weakest, None, chosen, ambiguous=chosen)
        return Link(weakest, chosen[0], siblings)

    def _origin_of(self, edge: Issued) -> tuple[str, ...]:
        """What tells two parents apart: keys of one session are one parent."""
        if edge.label == "AccessKey":
            sessions = [b.id for b in self.reach.belongs.get(edge.id, []) if b.label == "Session"]
            if len(sessions) == 1 and not sessions[0].startswith("-/"):
                return ("Session", sessions[0])
        return (edge.label, edge.id) if edge.label == "Session" else (edge.label, edge.id, edge.principal or "")

    def _principal_ids(self, ref: Ref) -> set[str]:
        """The principal ids that the calls of a credential show: AIDA…, AROA…:name, an account's number for root."""
        owners = self.reach.belongs.get(ref.id, []) if ref.label == "AccessKey" else []
        ids = {ref.id, *(row.id for row in owners)}
        sessions = [self.reach.sessions[one] for one in ids if one in self.reach.sessions]
        return {one.removesuffix(":root") for one in ids} | {s.principal for s in sessions if s.principal}

    def _session(self, ref: Ref, link: Link | None) -> Session | None:
        if ref.label == "Session":
            return self.reach.sessions.get(ref.id)
        if ref.label != "AccessKey":
            return None
        ids = [row.id for row in self.reach.belongs.get(ref.id, []) if row.label == "Session"]
        issued_for = link.edge.session if link and link.edge and link.edge.child == ref else None
        chosen = issued_for if issued_for in self.reach.sessions else None
        dated = sorted((i for i in ids if not i.startswith("-/")), reverse=True) or ids
        chosen = chosen or (dated[0] if dated else None)
        return self.reach.sessions.get(chosen) if chosen else None

    def _user(self, ref: Ref, session: Session | None) -> str | None:
        """The user whose own credential this is; a federated user is not the user who made it.

        A key that was only ever given to a name is whoever's bore that name when that was said.
        """
        if session:
            return session.user if session.kind != "federated" else None
        if ref.label == "User":
            return ref.id
        if ref.label == "AccessKey":
            owners = self.reach.belongs.get(ref.id, [])
            for row in owners:
                if row.label == "User":
                    return row.id
            for row in owners:
                if row.label == "Name":
                    return self.as_of.bearer(row.id, row.first)
        return None

    def _moment(self, ref: Ref, session: Session | None, link: Link | None) -> str:
        """As of when a leaf is looked at by default: its start; for long-lived keys when it was last seen."""
        key = self.reach.keys.get(ref.id) if ref.label == "AccessKey" else None
        if key and key.lasting:
            return key.last or key.issued or "~"
        start = session.start if session else None
        edge = link.edge if link else None
        return (edge.at if edge and edge.child == ref else None) or start or (key.last if key else None) or "~"

    def _acts_as(self, ref: Ref, session: Session | None, user: str | None, at: str) -> str:
        if ref.label == "Identity":
            return self._provider(ref) or ref.id.partition("|")[2]
        if session and session.role:
            return session.role_arn or self._role_arn(session, at) or session.arn or ref.id
        if user:
            return self._user_arn(user, at) or (session.arn if session else None) or user
        if session and session.arn:
            return session.arn
        if ref.label == "AccessKey":
            for row in self.reach.belongs.get(ref.id, []):
                if row.label == "Name":
                    account, _, name = row.id.partition("/")
                    return f"arn:aws:iam::{account}:user/{name}"
        return ref.id

    def _user_arn(self, user: str, at: str) -> str | None:
        row = self.reach.users.get(user)
        if row and row.arn:
            return row.arn
        named = self.as_of.user_name(user, at)
        return (named.arn or None) if named else None

    def _role_arn(self, session: Session, at: str) -> str | None:
        rows = [row for row in self.reach.bearers.get(Ref("Role", session.role or ""), []) if row.arn]
        alive = [row for row in rows if row.first <= at] or rows
        return max(alive, key=lambda row: (row.first, row.arn)).arn if alive else None

    # -- tags

    def _base(self, session: Session | None, user: str | None, at: str) -> TagsAsOf:
        """IAM tags under the session's: the role's, or the user's (a federated user has those of its user)."""
        if session and session.role:
            role_id = (session.principal or "").partition(":")[0]
            known = {row.id for row in self.reach.bearers.get(Ref("Role", session.role), [])}
            return self.as_of.role_tags(session.role, at, role_id if role_id in known else None)
        owner = user or (session.user if session else None)
        return self.as_of.user_tags(owner, at) if owner else TagsAsOf({}, complete=False)

    def _take_tags(self, step: Step, link: Link) -> None:
        """Session tags of the issuance; where several keys of a session carry others, only what they agree on."""
        told = [self.reach.session_tags.get((edge.child_id, edge.event), []) for edge in link.siblings]
        first, *others = [{(t.key, t.value, t.transitive, t.inherited) for t in tags} for tags in told] or [set()]
        agreed = first.intersection(*others)
        step.tags_known = all(other == first for other in others)
        for key, value, transitive, inherited in sorted(agreed):
            (step.inherited if inherited else step.passed)[key] = value
            if transitive:
                step.transitive[key] = value

    def _inherit(self, steps: list[Step]) -> list[Issued]:
        """Hand transitive tags down, origin to leaf. What a record says it inherited stands; disagreements are given.

        A key that a session got for itself (GetSigninToken) has all the tags of that session.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
        """
        disagree = []
        above: Step | None = None
        for step in reversed(steps):
            edge = step.link.edge if step.link else None
            if edge and edge.how == "inferred" and edge.child.label == "Session":
                # SwitchRole alone: no tags can be passed, and it does not say which came down.
                step.tags_known = above is not None and above.tells
            if above and edge and edge.session and self._within(edge.parent, edge.session):
                step.inherited, step.passed, step.transitive = above.inherited, above.passed, above.transitive
                step.tags_known = above.tags_known
            elif above and edge and step.session and step.session.role:
                if not step.inherited:
                    step.inherited = {k: v for k, v in above.transitive.items() if not _has(step.passed, k)}
                    step.transitive = merge(step.inherited, step.transitive)
                elif above.tells and _folded(step.inherited) != _folded(above.transitive):
                    disagree.append(edge)
            hop = step.hop
            hop.tags = merge(step.base.tags, merge(step.inherited, step.passed))
            hop.transitive_tags = sorted(step.transitive, key=str.casefold)
            above = step
        return disagree

    # -- to the next hop

    def _follow(self, step: Step) -> "_On | _End":
        link = step.link
        if link and link.ambiguous:
            return self._ambiguous(link.ambiguous)
        edge = link.edge if link else None
        if edge is None:
            return self._end_unissued(step) if step.ref.label in _CREDENTIALS else self._end_itself(step.ref)
        if link and self._own(link):
            return self._end_user(step.user, step.hop.principal, [])
        if edge.label in _CREDENTIALS:
            return _On(edge.parent, edge.at)
        if edge.label == "Service":
            return self._end_service(step, edge)
        if edge.label == "Identity":
            return self._end_identity(step, edge)
        return self._end_account(edge)

    def _ambiguous(self, edges: list[Issued]) -> "_End":
        accounts = {Candidate(edge.principal) for edge in edges if edge.label == "Account"}
        known = self._candidates((edge.parent, edge.at) for edge in edges if edge.label != "Account")
        return _End(stop="ambiguous", candidates=_sorted({*known, *accounts}))

    def _candidates(self, parents: Iterable[tuple[Ref, str]]) -> list[Candidate]:
        """Each of these credentials once, as whoever it acted as then."""
        found = set()
        for ref, at in parents:
            key = ref.id if ref.label == "AccessKey" else None
            own = ref.id if ref.label == "Session" else None
            session = next((b.id for b in self.reach.belongs.get(ref.id, []) if b.label == "Session"), own)
            found.add(Candidate(self.principal(ref, at), key, session))
        return _sorted(found)

    def _end_itself(self, ref: Ref) -> "_End":
        """What was asked about is no credential: a service, somebody from outside, an account."""
        if ref.label == "Service":
            return _End(Origin("AWSService", ref.id, None, ref.id), "service", complete=True)
        if ref.label == "Identity":
            return self._identity(ref, None)
        return _End(Origin("Account", ref.id), "other-account")

    def _end_unissued(self, step: Step) -> "_End":
        """No issuance was seen: a user's own credential is an origin; of a role's, what its use tells is said."""
        session = step.session
        if len(told := self._told_apart(step.ref)) > 1:
            step.hop.evidence = "observed"
            return _End(stop="ambiguous", candidates=_sorted(Candidate(s.role_arn or s.arn, None, s.id) for s in told))
        if session and session.kind == "federated" and session.user:
            origin = Step(Hop(self._user_arn(session.user, session.start or "~") or session.user), step.ref)
            origin.hop.tags = self.as_of.user_tags(session.user, session.start or "~").tags
            step.hop.evidence = "observed"
            return self._end_user(session.user, origin.hop.principal, [origin])
        if session and session.kind == "root":
            step.hop.evidence = "observed"
            return _End()
        if step.user or self._owned_by_name(step.ref):
            if session:
                step.hop.evidence = "observed"
            return self._end_user(step.user, step.hop.principal, [])
        step.hop.evidence = "observed"
        return _End(origin=self._origin_told(session))

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

    def _end_user(self, user: str | None, arn: str, beyond: list[Step]) -> "_End":
        if user and user.endswith(":root"):
            return _End(Origin("Root", user, arn, "root"), "root", complete=True, beyond=beyond)
        origin = Origin("IAMUser", user, arn, arn.rsplit("/", 1)[-1] if "/" in arn else None)
        return _End(origin, "iam-user", complete=True, beyond=beyond)

    def _end_service(self, step: Step, edge: Issued) -> "_On | _End":
        service = Step(Hop(edge.id), edge.parent)
        asked = self.reach.operated.get(step.session.id, []) if step.session else []
        callers = {self._caller_of(one) for one in asked}
        if edge.id == _CLOUDFORMATION and len(callers) == 1:
            return self._operated(service, max(asked, key=lambda one: (one.at, one.event)))
        if edge.id == _CLOUDFORMATION and callers:
            return _End(stop="ambiguous", candidates=self._candidates((o.by, o.at) for o in asked), beyond=[service])
        origin = Origin("AWSService", edge.id, None, edge.id)
        return _End(origin, "service", complete=True, beyond=[service])

    def _caller_of(self, operated: Operated) -> Ref:
        sessions = [b for b in self.reach.belongs.get(operated.by_id, []) if b.label == "Session"]
        return Ref("Session", sessions[0].id) if len(sessions) == 1 else operated.by

    def _operated(self, service: Step, operated: Operated) -> "_On":
        """CloudFormation worked with a role for whoever had operated a stack of that role in the hour before.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
        That rests on a time window, so the chain goes on but is not called complete.
        """
        service.hop.evidence = "inferred"
        service.hop.event_id, service.hop.at = operated.event, operated.at
        return _On(operated.by, operated.at, service)

    def _end_identity(self, step: Step, edge: Issued) -> "_End":
        end = self._identity(edge.parent, step.session)
        via = self._provider(edge.parent)
        return msgspec.structs.replace(end, beyond=[Step(Hop(via), edge.parent)] if via else [])

    def _provider(self, ref: Ref) -> str:
        """ARN of an identity's provider, the issuer of a built-in one, or '' where no record names it."""
        row = self.reach.identities.get(ref.id)
        return (row.provider if row else None) or ref.id.partition("|")[0]

    def _identity(self, ref: Ref, session: Session | None) -> "_End":
        _, _, subject = ref.id.partition("|")
        row = self.reach.identities.get(ref.id)
        kind, stop = _STOPS.get((row.kind if row else None) or "saml", _STOPS["saml"])
        name = (row.name if row else None) or subject
        origin = Origin(kind, subject, None, name)
        if kind == "IdentityCenterUser":
            told = self.reach.behalf.get(session.id, []) if session else []
            people = sorted({one.identity for one in told})
            origin = _person(people[0], name) if len(people) == 1 else Origin(kind, name, None, name)
        return _End(origin, stop, complete=True)

    def _end_account(self, edge: Issued) -> "_On | _End":
        """Only the other account's copy was seen: the caller is known by principal id, its key is not."""
        said = edge.principal or ""
        users = [said] if self._user_arn(said, edge.at) else self._bearers(said, edge.at)
        if len(users) == 1:
            return _On(Ref("User", users[0]), edge.at)
        if users:
            return _End(
                stop="ambiguous", candidates=[Candidate(one) for one in users]
            )  # one ARN: their ids tell them apart
        alive = [s for s in self.reach.sessions.values() if said and s.principal == said and self._alive(s, edge.at)]
        if len(alive) == 1:
            return _On(Ref("Session", alive[0].id), edge.at)
        if alive:
            return _End(
                stop="ambiguous", candidates=_sorted({Candidate(s.role_arn or s.arn, None, s.id) for s in alive})
            )
        return _End(Origin("Account", edge.id), "other-account")

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

    def _expires(self, step: Step, own: str | None) -> str | None:
        if own or step.link is None:
            return own
        keys = [self.reach.keys.get(edge.child_id) for edge in step.link.siblings]
        ends = {key.expires for key in keys if key}
        return ends.pop() if len(ends) == 1 else None


class _On(msgspec.Struct):
    """Where a chain goes on, as of when; `through` a service that worked for whoever is there."""

    ref: Ref
    at: str
    through: Step | None = None


class _End(msgspec.Struct):
    """Why a chain ends: origin, stop, and hops `beyond` the last credential."""

    origin: Origin = Origin()
    stop: Stop = "issuance-not-seen"
    complete: bool = False
    candidates: list[Candidate] = msgspec.field(default_factory=list)
    beyond: list[Step] = msgspec.field(default_factory=list)


def _sorted(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (c.principal or "", c.access_key_id or "", c.session or ""))


def _person(identity: str, name: str | None) -> Origin:
    return Origin("IdentityCenterUser", identity.replace("|", "/", 1), None, name)


def _beside(session: str) -> tuple[str, ...]:
    start, rest = session[:20], session[20:]
    try:
        return shift(start, -1) + rest, shift(start, 1) + rest
    except ValueError:  # the last second of the year 9999
        return ()


def _one_sign_in(one: Session, other: Session) -> bool:
    """Whether two sessions are of one sign-in of one principal; a role that was switched to from it is another."""
    return bool(one.sign_in) and (one.sign_in, one.principal) == (other.sign_in, other.principal)


def _folded(tags: Tags) -> Tags:
    return {key.casefold(): value for key, value in tags.items()}


def _has(tags: Tags, key: str) -> bool:
    return any(other.casefold() == key.casefold() for other in tags)
