"""Answers to `who`: their JSON is a contract (docs/who.md), key for key.

Field names are Python's; in JSON they are spelled as CloudTrail spells its own (`EventID`, `AccessKeyId`).
"""

from typing import Literal

import msgspec

Evidence = Literal["exact", "session", "near", "principal", "inferred", "observed"]
"""How a link is known, from strong to weak: the key id; session and second; one second off; only the caller's
principal; a time window or parameter; no issuance seen, known by use alone."""

STRENGTH: tuple[Evidence, ...] = ("exact", "session", "near", "principal", "inferred", "observed")

Stop = Literal[
    "iam-user",
    "root",
    "saml",
    "oidc",
    "identity-center",
    "service",
    "issuance-not-seen",
    "other-account",
    "ambiguous",
]

Kind = Literal[
    "IAMUser",
    "Root",
    "SAMLUser",
    "WebIdentityUser",
    "IdentityCenterUser",
    "AWSService",
    "Account",
    "Unknown",
]

_SPELLED = {"event_id": "EventID", "address": "SourceIPAddress", "agent": "UserAgent"}


def spelled(field: str) -> str:
    """A field's name in JSON: `access_key_id` is `AccessKeyId`, `event_id` is `EventID`."""
    return _SPELLED.get(field) or "".join(part.capitalize() for part in field.split("_"))


class Origin(msgspec.Struct, frozen=True, rename=spelled):
    """Where the chain began: a person, a workload's provider, a service, or as far as is known."""

    kind: Kind = "Unknown"
    id: str | None = None
    arn: str | None = None
    name: str | None = None


class Hop(msgspec.Struct, rename=spelled):
    """One credential of the chain: who it acts as, and by which event and how surely the next one issued it."""

    principal: str
    access_key_id: str | None = None
    session: str | None = None
    event_id: str | None = None
    at: str | None = None
    evidence: Evidence | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    transitive_tags: list[str] = msgspec.field(default_factory=list)
    source_identity: str | None = None


class Minted(msgspec.Struct, rename=spelled):
    """Who created a long-lived key."""

    event_id: str
    at: str
    principal: str | None
    access_key_id: str | None
    origin: Origin


class Warned(msgspec.Struct, frozen=True, rename=spelled):
    """Something that makes the answer less than it seems: `by` is a principal, or None where there is none.

    `hop` is the place among the answer's hops of what it is about, the leaf's 0.
    """

    kind: str
    event_id: str | None = None
    at: str | None = None
    by: str | None = None
    hop: int | None = None


class Place(msgspec.Struct, frozen=True, rename=spelled):
    """From where a credential was used, first and last; a bounded set is kept."""

    address: str | None
    agent: str | None
    region: str | None
    first: str
    last: str


class Sighting(msgspec.Struct, rename=spelled):
    """When and from where the credential was seen in use; both times None where it never was."""

    first: str | None = None
    last: str | None = None
    places: list[Place] = msgspec.field(default_factory=list)


class Candidate(msgspec.Struct, frozen=True, rename=spelled):
    """One of several that could have issued an ambiguous credential."""

    principal: str | None
    access_key_id: str | None = None
    session: str | None = None


class Answer(msgspec.Struct, rename=spelled):
    """Who is behind a credential. The first seven fields are the published whodunnit answer, in its order.

    `issued` (ids of the keys that the event issued) is there only where an event was asked about.
    """

    principal: str
    principal_chain: list[str]
    tags: dict[str, str]
    transitive_tags: list[str]
    start: str | None
    end: str | None
    trails: list[msgspec.Raw]
    access_key_id: str | None
    principal_tags: dict[str, str]
    principal_tags_complete: bool
    source_identity: str | None
    origin: Origin
    hops: list[Hop]
    evidence: Evidence | None
    complete: bool
    stop: Stop
    candidates: list[Candidate]
    minted_by: Minted | None
    warnings: list[Warned]
    seen: Sighting
    issued: list[str] | msgspec.UnsetType = msgspec.UNSET
