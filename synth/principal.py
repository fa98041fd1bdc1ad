"""Who acts in a made-up organization: users, roles, providers, and the origin that a chain leads back to."""

from typing import Literal

import msgspec

from synth.tags import Tags

OriginKind = Literal[
    "IAMUser",
    "Root",
    "SAMLUser",
    "WebIdentityUser",
    "IdentityCenterUser",
    "AWSService",
    "Account",
    "Unknown",
]


class User(msgspec.Struct, eq=False, kw_only=True):
    """An IAM user; its id stays when its name changes. `account_number` is 12 digits; `known`: born in the trail."""

    id: str
    name: str
    account: str
    path: str = "/"
    tags: Tags = {}
    known: bool = True
    alive: bool = True

    @property
    def arn(self) -> str:
        """The ARN under the name that the user bears now."""
        return f"arn:aws:iam::{self.account}:user{self.path}{self.name}"


class Role(msgspec.Struct, eq=False, kw_only=True):
    """A role; one made again under its name is another role. `trusts` holds accounts and ARNs that may assume it."""

    id: str
    name: str
    account: str
    path: str = "/"
    tags: Tags = {}
    trusts: frozenset[str] = frozenset()
    longest: int = 3600
    known: bool = True
    alive: bool = True

    @property
    def arn(self) -> str:
        """The role's ARN, with its path."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"

    def session_arn(self, name: str) -> str:
        """Give the ARN of a session: the role's path is not in it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{name}"


class Provider(msgspec.Struct, eq=False, kw_only=True):
    """An identity provider. `arn` is an issuer such as `accounts.google.com` where AWS has it built in."""

    arn: str
    account: str
    issuer: str
    tags: Tags = {}


class Person(msgspec.Struct, eq=False, kw_only=True):
    """A user of Identity Center: `id` in its store, and the name that sessions bear."""

    id: str
    name: str


class Origin(msgspec.Struct, eq=False, kw_only=True):
    """Where a chain begins. `person_id` takes the place of `id` once any record of the session has shown it."""

    kind: OriginKind
    id: str
    name: str
    person_id: str = ""
    shown: bool = False


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One principal of a chain as it was at one moment: ARN, name, all its tags (its own, then its session's)."""

    arn: str
    name: str = ""
    tags: Tags = {}
    known: bool = True
