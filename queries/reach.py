"""What `who.sql` (or `who.cypher`) fetched, as typed rows, indexed by what the deciding code looks up."""

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import msgspec

from ingest.identity import Ref


class Key(msgspec.Struct, array_like=True, gc=False):
    """An AccessKey node."""

    id: str
    lasting: int | None
    issued: str | None
    expires: str | None
    source_identity: str | None
    first: str | None
    last: str | None


class Session(msgspec.Struct, array_like=True, gc=False):
    """A Session node with the role or user that it is of."""

    id: str
    kind: str
    arn: str | None
    principal: str | None
    account: str | None
    name: str | None
    start: str | None
    source_identity: str | None
    sign_in: str | None
    first: str | None
    last: str | None
    role: str | None
    role_arn: str | None
    user: str | None


class Belongs(msgspec.Struct, array_like=True, gc=False):
    """A BELONGS_TO edge, when it was first so, and how the name is written where it is of a name."""

    key: str
    label: str
    id: str
    first: str
    name: str | None


class Issued(msgspec.Struct, array_like=True, gc=False):
    """An ISSUED_BY edge."""

    child_label: str
    child_id: str
    label: str
    id: str
    event: str
    at: str
    how: str
    principal: str | None
    session: str | None

    @property
    def child(self) -> Ref:
        """What was issued."""
        return Ref(self.child_label, self.child_id)

    @property
    def parent(self) -> Ref:
        """By what it was issued."""
        return Ref(self.label, self.id)


class SessionTag(msgspec.Struct, array_like=True, gc=False):
    """A TAGGED edge of an issued key."""

    label: str
    id: str
    key: str
    value: str
    event: str
    transitive: int
    inherited: int


class User(msgspec.Struct, array_like=True, gc=False):
    """A User node."""

    id: str
    kind: str | None
    account: str | None
    arn: str | None
    created: str | None


class Named(msgspec.Struct, array_like=True, gc=False):
    """A NAMED edge: of a user id to its name, or of a role id to its role."""

    id: str
    label: str
    name_id: str
    arn: str
    name: str
    first: str
    last: str


class Renamed(msgspec.Struct, array_like=True, gc=False):
    """A RENAMED edge."""

    old: str
    new: str
    event: str
    at: str
    name: str


class Tagged(msgspec.Struct, array_like=True, gc=False):
    """A TAGGED edge of a user, name, role or provider."""

    label: str
    id: str
    key: str
    value: str
    event: str
    at: str


class Untagged(msgspec.Struct, array_like=True, gc=False):
    """An UNTAGGED edge."""

    label: str
    id: str
    key: str
    event: str
    at: str


class Listed(msgspec.Struct, array_like=True, gc=False):
    """A LISTED edge: a baseline gives all tags at this time."""

    label: str
    id: str
    event: str
    at: str


class Created(msgspec.Struct, array_like=True, gc=False):
    """A CREATED_BY edge."""

    label: str
    id: str
    by_label: str
    by_id: str
    event: str
    at: str
    what: str

    @property
    def by(self) -> Ref:
        """Who made it."""
        return Ref(self.by_label, self.by_id)


class Changed(msgspec.Struct, array_like=True, gc=False):
    """A CHANGED_BY edge."""

    label: str
    id: str
    by_label: str
    by_id: str
    event: str
    at: str
    what: str
    detail: str | None

    @property
    def by(self) -> Ref:
        """Who changed it."""
        return Ref(self.by_label, self.by_id)


class Identity(msgspec.Struct, array_like=True, gc=False):
    """An Identity node with its provider."""

    id: str
    kind: str | None
    name: str | None
    provider: str | None


class Behalf(msgspec.Struct, array_like=True, gc=False):
    """An ON_BEHALF_OF edge."""

    session: str
    identity: str


class Within(msgspec.Struct, array_like=True, gc=False):
    """A RUNS_IN edge with its workload's kind."""

    session: str
    workload: str
    kind: str | None


class Operated(msgspec.Struct, array_like=True, gc=False):
    """Somebody had CloudFormation work with a session's role shortly before the session began."""

    session: str
    stack: str
    by_label: str
    by_id: str
    event: str
    at: str
    what: str

    @property
    def by(self) -> Ref:
        """Who asked."""
        return Ref(self.by_label, self.by_id)


class Place(msgspec.Struct, array_like=True, gc=False):
    """A SEEN_FROM edge of the credential asked about."""

    address: str | None
    agent: str | None
    region: str | None
    first: str
    last: str


KINDS: dict[str, type[msgspec.Struct]] = {
    shape.__name__: shape
    for shape in (
        Key,
        Session,
        Belongs,
        Issued,
        SessionTag,
        User,
        Named,
        Renamed,
        Tagged,
        Untagged,
        Listed,
        Created,
        Changed,
        Identity,
        Behalf,
        Within,
        Operated,
        Place,
    )
}

_DECODE = {name: msgspec.json.Decoder(shape).decode for name, shape in KINDS.items()}


class Reach:
    """All rows that one question fetched."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Decode rows of (kind, JSON array) and index them; the order of the rows does not matter."""
        found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        for kind, fields in rows:
            found[kind].append(_DECODE[kind](fields))
        self.keys: dict[str, Key] = {row.id: row for row in found["Key"]}
        for edge in found["Issued"]:  # what was issued is not long-lived, even if a record of its use has no session
            if edge.child_label == "AccessKey" and edge.child_id in self.keys:
                self.keys[edge.child_id].lasting = None
        self.sessions: dict[str, Session] = {row.id: row for row in found["Session"]}
        self.users: dict[str, User] = {row.id: row for row in found["User"]}
        self.identities: dict[str, Identity] = {row.id: row for row in found["Identity"]}
        self.places: list[Place] = sorted(found["Place"], key=lambda p: (p.first, p.last, str(p)))
        self.belongs: dict[str, list[Belongs]] = _by(found["Belongs"], "key")
        self.issued: dict[Ref, list[Issued]] = defaultdict(list)
        self.issued_in: dict[str, list[Issued]] = defaultdict(list)
        for edge in sorted(found["Issued"], key=lambda e: (e.at, e.event, e.id)):
            self.issued[edge.child].append(edge)
            if edge.session:
                self.issued_in[edge.session].append(edge)
        self.session_tags: dict[tuple[str, str], list[SessionTag]] = defaultdict(list)
        for tag in sorted(found["SessionTag"], key=lambda t: (t.key, t.value)):
            self.session_tags[tag.id, tag.event].append(tag)
        self.named: dict[str, list[Named]] = _by(found["Named"], "id")
        self.bearers: dict[Ref, list[Named]] = _by(found["Named"], "label", "name_id")
        self.renamed: list[Renamed] = sorted(found["Renamed"], key=lambda r: (r.at, r.event))
        self.tagged: dict[Ref, list[Tagged]] = _by(found["Tagged"], "label", "id")
        self.untagged: dict[Ref, list[Untagged]] = _by(found["Untagged"], "label", "id")
        self.listed: dict[Ref, list[Listed]] = _by(found["Listed"], "label", "id")
        self.created: dict[Ref, list[Created]] = _by(found["Created"], "label", "id")
        self.changed: dict[Ref, list[Changed]] = _by(found["Changed"], "label", "id")
        self.behalf: dict[str, list[Behalf]] = _by(found["Behalf"], "session")
        self.within: dict[str, list[Within]] = _by(found["Within"], "session")
        self.operated: dict[str, list[Operated]] = _by(found["Operated"], "session")


def _by(rows: list[Any], *fields: str) -> dict[Any, list[Any]]:
    """Rows under the value of one field (or a Ref of two), each list in an order that does not depend on theirs."""
    grouped: dict[Any, list[Any]] = defaultdict(list)
    if not rows:
        return grouped
    if len(rows) > 1:
        rows = sorted(rows, key=msgspec.structs.astuple)
    value = attrgetter(*fields)
    for row in rows:
        grouped[value(row) if len(fields) == 1 else Ref(*value(row))].append(row)
    return grouped
