"""Facts: small frozen values, each about one thing that happened, with the event that it rests on.

A handler (`ingest/events/`) turns one CloudTrail record into facts; a store (`graph/`) turns facts into rows that are
only unions, first times and last times, so that the order and the number of times in which facts come never matters.
"""

from typing import Literal

import msgspec

from ingest.identity import Actor, Ref, Role, Session, User

Tags = tuple[tuple[str, str], ...]
How = Literal["exact", "session", "principal", "inferred"]
"""How a child credential is tied to its parent: the parent's key id, its session, only its principal, a parameter."""


class Fact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What every fact has: `at` (RFC 3339 UTC) and `event` (the eventID that it rests on)."""

    at: str
    event: str


class Issued(Fact, frozen=True, gc=False, kw_only=True):
    """A key was issued for `session`, by the credential `issuer`.

    `key` is '' where the record shows that a session began but not its key. `principal` is the caller's principal id
    (or ARN) where `issuer` is only an Account. `tags` are those passed in the call, `inherited` those that the record
    says came down the chain, `transitive` the keys among `tags` that go on down; `expires` may be ''.
    """

    issuer: Ref
    how: How
    key: str = ""
    session: Session | None = None
    principal: str = ""
    expires: str = ""
    tags: Tags = ()
    inherited: Tags = ()
    transitive: tuple[str, ...] = ()
    source_identity: str = ""


class Owned(Fact, frozen=True, gc=False, kw_only=True):
    """A long-lived credential (AKIA…, ACCA…, APKA… or certificate id) belongs to a user, or to a user's name.

    `created` is when it was made, where a baseline says so, else ''; `name` how the name is written that is all that is
    known of the owner.
    """

    key: str
    owner: Ref
    created: str = ""
    name: str = ""


class Named(Fact, frozen=True, gc=False, kw_only=True):
    """At this time the user of this id bore this name and ARN; `created` is when it was made, where a baseline says."""

    user: User
    created: str = ""


class Rolenamed(Fact, frozen=True, gc=False, kw_only=True):
    """At this time the role of this account and name had this id and ARN."""

    role: Role


class Renamed(Fact, frozen=True, gc=False, kw_only=True):
    """From this time whoever bore the name `old` bears `new` (UpdateUser); its id stays."""

    account: str
    old: str
    new: str


class Created(Fact, frozen=True, gc=False, kw_only=True):
    """`by` made `target` (user, role, key, provider, stack, workload); its tags from birth are those of this event."""

    target: Ref
    by: Ref
    what: str


class Changed(Fact, frozen=True, gc=False, kw_only=True):
    """`by` changed, ended or touched `target`: `what` is the event's name, `detail` one short word more or ''."""

    target: Ref
    by: Ref
    what: str
    detail: str = ""


class Attempted(Fact, frozen=True, gc=False, kw_only=True):
    """`by` tried `what` on `target` and was refused with `error`: evidence, never a change."""

    by: Ref
    what: str
    error: str
    target: Ref


class Tagged(Fact, frozen=True, gc=False, kw_only=True):
    """These tags were set on `target` (User, Name, Role or Provider), over those with the same keys."""

    target: Ref
    tags: Tags


class Untagged(Fact, frozen=True, gc=False, kw_only=True):
    """These tag keys were taken from `target`."""

    target: Ref
    keys: tuple[str, ...]


class Listed(Fact, frozen=True, gc=False, kw_only=True):
    """A baseline (`--iam`) of `account` lists all tags `target` had then; `Tagged` of the same event gives them."""

    target: Ref
    account: str


class RunsAs(Fact, frozen=True, gc=False, kw_only=True):
    """From this time `thing` (a Stack or Workload) may act as `role`."""

    thing: Ref
    role: Ref


class Known(Fact, frozen=True, gc=False, kw_only=True):
    """What a record says of an Identity: `kind` (saml, oidc, identity-center, cognito, certificate), name, provider."""

    identity: Ref
    kind: str
    name: str = ""
    provider: str = ""


class Began(Fact, frozen=True, gc=False, kw_only=True):
    """A session is known to have begun, without any key being shown (ConsoleLogin)."""

    session: Session


class Portal(Fact, frozen=True, gc=False, kw_only=True):
    """A person asked Identity Center for credentials of a permission set in an account (GetRoleCredentials)."""

    person: Ref
    account: str
    permission_set: str


class Amended(Fact, frozen=True, gc=False, kw_only=True):
    """This event is an addendum: the facts of `original` are to be passed over."""

    original: str


Place = tuple[str, str, str]
"""From where a credential was used: address, agent, Region; any of the three may be ''."""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """A `userIdentity` was seen in use: `places` maps from where to its first and last time there; at least one."""

    actor: Actor
    places: dict[Place, tuple[str, str]]

    @property
    def first(self) -> str:
        """When it was first seen."""
        return min([first for first, _ in self.places.values()])

    @property
    def last(self) -> str:
        """When it was last seen."""
        return max([last for _, last in self.places.values()])


class Covered(msgspec.Struct, frozen=True, gc=False):
    """Records of this account and Region were read for this day (UTC), the earliest and latest at `first`, `last`."""

    account: str
    region: str
    first: str
    last: str


class Kept(Fact, frozen=True, gc=False, kw_only=True):
    """The record behind other facts: name, source and so on, and the raw JSON with session tokens cut."""

    name: str
    source: str
    region: str
    account: str
    record: bytes
