"""A little simulated AWS: accounts that are driven by verbs, write a trail, and know the truth of each key.

org = Organization(7)
prod = org.account("prod")
admin = prod.existing_key(prod.existing_user("admin"))
alice = prod.create_user("alice", by=admin, tags={"team": "red"})
key = prod.create_access_key(alice, by=admin)
session = prod.assume_role(prod.create_role("deploy", by=admin), by=key, name="build-7")
prod.use(session, "s3:ListBuckets")
org.records, org.truth()[session.key]
"""

from synth import identifiers
from synth.federation import Federation
from synth.iam_roles import IamRoles
from synth.ledger import World
from synth.principal import Person
from synth.signin import Signin
from synth.stacks import Stacks
from synth.truth import Truth, truths

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "eu-central-1")


class Account(IamRoles, Signin, Federation, Stacks):
    """An account and all that can be done in it."""


class Organization(World):
    """Accounts with one trail and one clock; the same seed and the same verbs give the same records.

    `era` is the year that the records look as if they were of: 2021, 2023 or 2026.
    """

    def __init__(self, seed: int, *, era: int = 2026) -> None:
        super().__init__(seed, era=era)
        self.accounts: dict[str, Account] = {}

    def account(self, name: str, *, region: str = "") -> Account:
        """Give the account of this name, made if it is new; the first is the management account."""
        if name not in self.accounts:
            rng = self.trail.rng
            number = identifiers.account_number(rng)
            self.accounts[name] = Account(self, name, number, region or rng.choice(REGIONS))
            self.management = self.management or number
        return self.accounts[name]

    def person(self, name: str) -> Person:
        """Give a new user of Identity Center."""
        return Person(id=identifiers.uuid(self.trail.rng), name=name)

    def truth(self) -> dict[str, Truth]:
        """Give the truth of every access key so far, by key."""
        return truths(self.credentials)
