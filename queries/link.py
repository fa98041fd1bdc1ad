"""Which issuance a credential is tied to, and how surely: by its own, its session's, its sign-in's, a second beside."""

import msgspec

from ingest.identity import Ref
from ingest.times import shift
from queries.answer import STRENGTH, Evidence
from queries.reach import Issued, Reach, Session

RANK: dict[str, int] = {how: rank for rank, how in enumerate(STRENGTH)}
"""Evidence from strong to weak, by number."""


class Link(msgspec.Struct):
    """How a credential is tied to what issued it: `edge` is the issuance, `siblings` all that could be it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """

    evidence: Evidence
    edge: Issued | None = None
    siblings: list[Issued] = msgspec.field(default_factory=list)
    ambiguous: list[Issued] = msgspec.field(default_factory=list)

    @property
    def own(self) -> bool:
        """Whether a user signed in: that session is the user's own credential, as a long-lived key is."""
        return self.edge is not None and self.edge.label == "User" and self.edge.how == "exact"


class Links:
    """Finds the link of each credential that was reached."""

    def __init__(self, reach: Reach) -> None:
        """Keep what was fetched."""
        self.reach = reach
        self._found: dict[Ref, Link | None] = {}

    def of(self, ref: Ref) -> Link | None:
        """What issued `ref`: by its own issuance, else that of its session, of its sign-in, of a second beside."""
        if ref not in self._found:
            self._found[ref] = self._find(ref)
        return self._found[ref]

    def _find(self, ref: Ref) -> Link | None:
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
        edges = [edge for edge in self.reach.issued_in.get(session, []) if not self.within(edge.parent, session)]
        return [edge for edge in edges if edge.how != "inferred"] or edges

    def within(self, ref: Ref, session: str) -> bool:
        """Whether a credential is of a session: the session itself, or a key of it."""
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
            strongest = min(RANK[edge.how] for edge in of_one)
            chosen += [edge for edge in of_one if RANK[edge.how] == strongest]
        chosen.sort(key=lambda edge: (RANK[edge.how], edge.at, edge.event, edge.id))
        how: Evidence = chosen[0].how  # type: ignore[assignment]  # an edge holds it as the text of the store
        weakest = max(evidence, how, key=RANK.__getitem__)
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


def _beside(session: str) -> tuple[str, ...]:
    start, rest = session[:20], session[20:]
    try:
        return shift(start, -1) + rest, shift(start, 1) + rest
    except ValueError:  # the last second of the year 9999
        return ()


def _one_sign_in(one: Session, other: Session) -> bool:
    """Whether two sessions are of one sign-in of one principal; a role that was switched to from it is another."""
    return bool(one.sign_in) and (one.sign_in, one.principal) == (other.sign_in, other.principal)
