"""The chain behind a credential while it is walked: its steps, where it goes on, why it ends."""

import msgspec

from ingest.identity import Ref
from queries.answer import Candidate, Evidence, Hop, Origin, Stop
from queries.asof import Tags, TagsAsOf
from queries.link import RANK, Link
from queries.reach import Issued, Session


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
        return max(found, key=RANK.__getitem__, default=None)

    @property
    def principals(self) -> list[str]:
        """Principals from leaf to origin, equal neighbours once."""
        chain: list[str] = []
        for step in self.steps:
            if not chain or chain[-1] != step.hop.principal:
                chain.append(step.hop.principal)
        return chain


class On(msgspec.Struct):
    """Where a chain goes on, as of when; `through` a service that worked for whoever is there."""

    ref: Ref
    at: str
    through: Step | None = None


class End(msgspec.Struct):
    """Why a chain ends: origin, stop, and hops `beyond` the last credential."""

    origin: Origin = Origin()
    stop: Stop = "issuance-not-seen"
    complete: bool = False
    candidates: list[Candidate] = msgspec.field(default_factory=list)
    beyond: list[Step] = msgspec.field(default_factory=list)
