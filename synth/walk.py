"""Where a random walk through a made-up organization is: what there is to act on, and what to draw from."""

import msgspec

from synth.credential import Credential
from synth.organization import Account, Organization
from synth.principal import Provider, Role, User
from synth.stacks import Stack

EVENTS = ("s3:ListBuckets", "ec2:DescribeInstances", "sts:GetCallerIdentity", "lambda:Invoke", "sqs:SendMessage")
_TAG_KEYS = ("team", "Team", "TEAM", "stage", "Stage", "ticket", "owner")
NAMES = ("alice", "bob", "carol", "dave", "erin")
SESSIONS = ("build", "nightly", "cli", "ops")
"""What is drawn from: plain events, tag keys (some equal but for case), names of users and of sessions."""


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large, and how nasty: `steps` actions of one to some records each.

    `older` puts users, roles and keys before the trail; `ambiguous` lets two parents open sessions of one role and
    name in one second; `others` is the share of calls by others than the administrator among changes to IAM.
    """

    steps: int = 60
    accounts: int = 3
    older: bool = True
    ambiguous: bool = True
    others: float = 0.2
    era: int = 2026


class Walk:
    """Where the walk is: what there is to act on."""

    def __init__(self, seed: int, size: Size) -> None:
        self.org = Organization(seed, era=size.era)
        self.rng, self.size = self.org.trail.rng, size
        self.accounts = [self.org.account(f"account-{at}") for at in range(size.accounts)]
        self.admins = {one.number: one.existing_key(one.existing_user("administrator")) for one in self.accounts}
        self.live: list[tuple[Account, Credential]] = [(one, self.admins[one.number]) for one in self.accounts]
        self.providers: list[tuple[Account, Provider]] = []
        self.stacks: list[tuple[Account, Stack]] = []

    def happens(self, share: float) -> bool:
        """Tell, by chance, whether something happens that happens in this share of cases."""
        return self.rng.random() < share

    def account(self) -> Account:
        """Give any account."""
        return self.rng.choice(self.accounts)

    def by(self, account: Account) -> Credential:
        """Give who changes IAM: the administrator, or now and then somebody else of that account."""
        others = [
            credential
            for owner, credential in self.live
            if owner is account and credential.session.kind in {"role", "console", "long-lived"}
        ]
        return self.rng.choice(others) if self.happens(self.size.others) else self.admins[account.number]

    def credential(self) -> tuple[Account, Credential]:
        """Give a credential in use, the later ones more often, so that chains grow."""
        recent = self.live[-8:] if self.happens(0.7) else self.live
        return self.rng.choice(recent)

    def tags(self) -> dict[str, str]:
        """Give up to three tags whose keys differ in more than case."""
        drawn = [self.rng.choice(_TAG_KEYS) for _ in range(self.rng.randrange(4))]
        keys = {key.casefold(): key for key in drawn}
        return {key: f"v{self.rng.randrange(9)}" for key in keys.values()}

    def role(self) -> tuple[Account, Role] | None:
        """Give a role that people may assume, with its account; None where there is none."""
        account = self.account()
        roles = [role for role in account.roles.values() if role.path == "/"]
        return (account, self.rng.choice(roles)) if roles else None

    def user(self) -> tuple[Account, User] | None:
        """Give a user, not the administrator, with its account; None where there is none."""
        account = self.account()
        users = [user for user in account.users.values() if user.name != "administrator"]
        return (account, self.rng.choice(users)) if users else None

    def keep(self, account: Account, made: Credential) -> None:
        """Remember a credential for later steps."""
        self.live.append((account, made))
