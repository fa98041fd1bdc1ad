"""Who a credential acts as: its session, its user, the ARN that was borne at a time."""

from ingest.identity import Ref
from queries.asof import AsOf
from queries.link import Link, Links
from queries.reach import Reach, Session

CREDENTIALS = frozenset({"AccessKey", "Session", "User"})
"""Labels of what acts as a principal of AWS; all else stands outside, or is a service."""


class Principals:
    """Says who the credentials that were reached act as."""

    def __init__(self, reach: Reach, as_of: AsOf, links: Links) -> None:
        """Keep what was fetched, and what it is decided with."""
        self.reach, self.as_of, self.links = reach, as_of, links
        self._sessions: dict[Ref, Session | None] = {}

    def of(self, ref: Ref, at: str) -> str | None:
        """ARN of whoever a credential acts as at `at`, None where that is not known."""
        if ref.label not in CREDENTIALS:
            return ref.id
        session = self.session(ref)
        user = self.user(ref, session)
        principal = self.acts_as(ref, session, user, at)
        return principal if session or user or principal.startswith("arn:") else None

    def user_of(self, ref: Ref) -> str | None:
        """Id of the IAM user or root that a credential is of, None for all others."""
        return self.user(ref, self.session(ref)) if ref.label in CREDENTIALS else None

    def session(self, ref: Ref) -> Session | None:
        """The session of a credential: what its key was issued for, else the latest that it was used in."""
        if ref not in self._sessions:
            self._sessions[ref] = self._session(ref)
        return self._sessions[ref]

    def _session(self, ref: Ref) -> Session | None:
        if ref.label == "Session":
            return self.reach.sessions.get(ref.id)
        if ref.label != "AccessKey":
            return None
        ids = [row.id for row in self.reach.belongs.get(ref.id, []) if row.label == "Session"]
        link = self.links.of(ref)
        issued_for = link.edge.session if link and link.edge and link.edge.child == ref else None
        chosen = issued_for if issued_for in self.reach.sessions else None
        dated = sorted((i for i in ids if not i.startswith("-/")), reverse=True) or ids
        chosen = chosen or (dated[0] if dated else None)
        return self.reach.sessions.get(chosen) if chosen else None

    def user(self, ref: Ref, session: Session | None) -> str | None:
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

    def moment(self, ref: Ref, session: Session | None, link: Link | None) -> str:
        """As of when a leaf is looked at by default: its start; for long-lived keys when it was last seen."""
        key = self.reach.keys.get(ref.id) if ref.label == "AccessKey" else None
        if key and key.lasting:
            return key.last or key.issued or "~"
        start = session.start if session else None
        edge = link.edge if link else None
        return (edge.at if edge and edge.child == ref else None) or start or (key.last if key else None) or "~"

    def acts_as(self, ref: Ref, session: Session | None, user: str | None, at: str) -> str:
        """ARN as borne at `at`, or whatever comes nearest to it."""
        if ref.label == "Identity":
            return self.provider(ref) or ref.id.partition("|")[2]
        if session and session.role:
            return session.role_arn or self._role_arn(session, at) or session.arn or ref.id
        if user:
            return self.user_arn(user, at) or (session.arn if session else None) or user
        if session and session.arn:
            return session.arn
        if ref.label == "AccessKey":
            for row in self.reach.belongs.get(ref.id, []):
                if row.label == "Name":
                    account, name = self.as_of.renamed_since(row, at)
                    return f"arn:{self._partition()}:iam::{account}:user/{name}"
        return ref.id

    def user_arn(self, user: str, at: str) -> str | None:
        """ARN that a user's id bore at `at`, None where it is not known."""
        row = self.reach.users.get(user)
        if row and row.arn:
            return row.arn
        named = self.as_of.user_name(user, at)
        return (named.arn or None) if named else None

    def _partition(self) -> str:
        """The partition of whatever was reached: no credential of one leads to another.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        arns = [s.arn for s in self.reach.sessions.values()] + [
            r.arn for rows in self.reach.named.values() for r in rows
        ]
        return next((arn.split(":", 2)[1] for arn in arns if arn and arn.startswith("arn:")), "aws")

    def _role_arn(self, session: Session, at: str) -> str | None:
        rows = [row for row in self.reach.bearers.get(Ref("Role", session.role or ""), []) if row.arn]
        alive = [row for row in rows if row.first <= at] or rows
        return max(alive, key=lambda row: (row.first, row.arn)).arn if alive else None

    def provider(self, ref: Ref) -> str:
        """ARN of an identity's provider, the issuer of a built-in one, or '' where no record names it."""
        row = self.reach.identities.get(ref.id)
        return (row.provider if row else None) or ref.id.partition("|")[0]
