"""Decides the chain behind a credential: which link wins, how sure it is, and why the chain stops."""

from ingest.identity import Ref
from queries.answer import Hop
from queries.asof import AsOf, Tags, TagsAsOf, merge
from queries.chain import Chain, End, Step
from queries.link import Link, Links
from queries.origin import Origins
from queries.principal import Principals
from queries.reach import Issued, Reach, Session

_MOST_HOPS = 10_000


class Walk:
    """Walks from credentials to origins over what was fetched."""

    def __init__(self, reach: Reach) -> None:
        """Keep what was fetched."""
        self.reach = reach
        self.as_of = AsOf(reach)
        self.links = Links(reach)
        self.principals = Principals(reach, self.as_of, self.links)
        self._origins = Origins(reach, self.as_of, self.principals)

    def chain(self, ref: Ref, at: str | None = None) -> Chain:
        """The chain behind a credential; the leaf's names and tags as of `at` (its start if None)."""
        steps: list[Step] = []
        met: set[Ref] = set()
        end, sure = End(), True
        # A credential that stands above itself, or a chain without end, is none that AWS made: nothing is claimed.
        while ref not in met and len(met) < _MOST_HOPS:
            met.add(ref)
            steps.append(self._step(ref, at, leaf=not steps))
            following = self._origins.follow(steps[-1])
            if isinstance(following, End):
                end = following
                break
            ref, at = following.ref, following.at
            if following.through:
                steps.append(following.through)
                sure = False
        disagree = self._inherit(steps)
        steps.extend(end.beyond)
        return Chain(steps, end.origin, end.stop, end.complete and sure, end.candidates, disagree)

    def _step(self, ref: Ref, at: str | None, *, leaf: bool) -> Step:
        link = self.links.of(ref)
        session = self.principals.session(ref)
        user = self.principals.user(ref, session)
        moment = at or self.principals.moment(ref, session, link)
        hop = Hop(self.principals.acts_as(ref, session, user, moment))
        step = Step(hop, ref, session, user, link, base=self._base(session, user, moment))
        hop.access_key_id = ref.id if ref.label == "AccessKey" else None
        hop.session = session.id if session else None
        if link:
            hop.evidence = None if link.own and not leaf else link.evidence
            if link.edge:
                hop.event_id, hop.at = link.edge.event, link.edge.at
                self._take_tags(step, link)
        if session and (session.role or session.kind == "federated") and not (link and link.edge):
            step.tags_known = False  # what was passed stands in an issuance that is not known
        if not link and leaf:
            hop.evidence = "exact" if self.reach.created.get(ref) else "observed"
        key = self.reach.keys.get(ref.id) if ref.label == "AccessKey" else None
        told = [one.source_identity for one in (key, session) if one and one.source_identity]
        hop.source_identity = told[0] if told else self._agreed("source_identity", link)
        step.expires = (key.expires if key else None) or self._agreed("expires", link)
        return step

    def _base(self, session: Session | None, user: str | None, at: str) -> TagsAsOf:
        """IAM tags under the session's: the role's, or the user's (a federated user has those of its user)."""
        if session and session.role:
            role_id = (session.principal or "").partition(":")[0]
            known = {row.id for row in self.reach.bearers.get(Ref("Role", session.role), [])}
            return self.as_of.role_tags(session.role, at, role_id if role_id in known else None, session.start or "")
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
            if above and edge and edge.session and not step.passed and self.links.within(edge.parent, edge.session):
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

    def _agreed(self, field: str, link: Link | None) -> str | None:
        """What the keys that a session was issued all have; those of which nothing is known are passed over.

        Source identity stays for the whole session.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
        """
        keys = [self.reach.keys.get(edge.child_id) for edge in link.siblings] if link else []
        told = {getattr(key, field) for key in keys if key}
        return told.pop() if len(told) == 1 else None


def _folded(tags: Tags) -> Tags:
    return {key.casefold(): value for key, value in tags.items()}


def _has(tags: Tags, key: str) -> bool:
    return any(other.casefold() == key.casefold() for other in tags)
