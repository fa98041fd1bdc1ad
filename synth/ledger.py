"""The state that all verbs of a made-up account share: its users, roles and keys, and how a call is written down."""

from typing import Any, TypedDict

from synth import identifiers
from synth.credential import Credential, Evidence, Identity, Session, identity
from synth.principal import Hop, Origin, Role, User
from synth.tags import Tags
from synth.trail import Call, Record, Trail

_AGENTS = (
    "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7 cfg/retry-mode#standard",
    "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.12.11 md/pyimpl#CPython",
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.0",
    "aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64 api/sts#1.38.6",
)
GLOBAL_REGION = "us-east-1"
"""Where IAM, console sign-in and the global STS endpoint are logged."""


class Refused(Exception):
    """AWS refused the call; its record, if there is one, is written. Catch it where a caller may be denied."""


class Parts(TypedDict, total=False):
    """What a record of one call may hold beyond who called what."""

    request: dict[str, Any] | None
    response: dict[str, Any] | None
    error: tuple[str, str] | None
    extra: dict[str, Any]
    region: str


class World:
    """All that the accounts of one organization share: the trail and every credential ever made."""

    def __init__(self, seed: int, *, era: int = 2026) -> None:
        self.trail = Trail(seed, era=era)
        self.credentials: list[Credential] = []
        self.id = "o-" + f"{self.trail.rng.getrandbits(50):010x}"[:10]
        self.identity_store = "d-" + f"{self.trail.rng.getrandbits(40):010x}"
        self.management = ""

    @property
    def records(self) -> list[Record]:
        """The records written so far, in the order in which things happened."""
        return self.trail.records

    def tick(self, seconds: int = 1) -> None:
        """Let time pass."""
        self.trail.tick(seconds)


class Ledger:
    """One account's state; the verbs are in the classes that build on this one."""

    def __init__(self, world: World, name: str, number: str, region: str) -> None:
        self.world, self.name, self.number, self.region = world, name, number, region
        self.trail, self.rng = world.trail, world.trail.rng
        self.users: dict[str, User] = {}
        self.roles: dict[str, Role] = {}

    @property
    def root_arn(self) -> str:
        """The ARN of the account's root."""
        return f"arn:aws:iam::{self.number}:root"

    def mint(self, prefix: str) -> str:
        """Give a new id of this account."""
        return identifiers.mint(prefix, self.number, self.rng)

    def place(self) -> tuple[str, str]:
        """Give an address and an agent for somebody new."""
        return f"198.51.100.{self.rng.randrange(1, 255)}", self.rng.choice(_AGENTS)

    def open(
        self, session: Session, *, key: str | None = None, issued: bool = True, link: Evidence = "exact"
    ) -> Credential:
        """Give a credential of a session, with a new key unless one is given; its beginning is now settled."""
        if not session.born.arn:
            session.born, session.principal_tags = session.hop(), session.effective_tags()
        prefix = "AKIA" if session.kind == "long-lived" else "ASIA"
        address, agent = self.place()
        made = Credential(
            key=identifiers.mint(prefix, session.account, self.rng) if key is None else key,
            session=session,
            issued=issued,
            link=link,
            address=address,
            agent=agent,
            region=self.region,
        )
        self.world.credentials.append(made)
        return made

    def child(self, by: Credential, bearer: Role | User | None, **more: Any) -> Session:  # noqa: ANN401 -- fields of Session
        """Give a session that `by` opens now, under the chain of `by` as it stands."""
        above = (by.session.hop(), *by.session.above)
        fields: dict[str, Any] = {
            "kind": "role",
            "account": bearer.account if bearer else self.number,
            "bearer": bearer,
            "start": self.trail.now,
            "parent": by,
            "origin": by.session.origin_now(),
            "above": above,
            "above_evidence": by.chain_evidence,
            "mfa": by.session.mfa,
            "source_identity": by.session.source_identity,
        }
        return Session(**(fields | more))

    def credentials_of(self, made: Credential) -> dict[str, Any]:
        """Give `responseElements.credentials` for a key that was just issued."""
        return {
            "accessKeyId": made.key,
            "sessionToken": identifiers.session_token(self.rng),
            "expiration": self.trail.expiration(made.session.end or self.trail.now),
        }

    def call(self, by: Credential, event: str, *, account: str = "", invoked_by: str = "", **parts: Any) -> Record:  # noqa: ANN401 -- of Parts
        """Write a call made with a credential (through a service where `invoked_by` names one) and mark it as seen."""
        self.check(by)
        by.seen = by.seen or bool(by.key)
        by.last, by.last_tags = by.session.hop(), by.session.effective_tags()
        who = identity(by, old_style=self.trail.old_style, invoked_by=invoked_by)
        self._show_person(by, who)
        place = (invoked_by, invoked_by) if invoked_by else (by.address, by.agent)
        extra = dict(parts.pop("extra", {}))
        if by.console:
            extra["sessionCredentialFromConsole"] = "true"
        return self._write(account or by.session.account, event, who, place, {**parts, "extra": extra})

    def service_call(self, service: str, event: str, **parts: Any) -> Record:  # noqa: ANN401 -- of Parts
        """Write a call that an AWS service makes in its own name in this account."""
        who: Identity = {"type": "AWSService", "invokedBy": service}
        return self._write(self.number, event, who, (service, service), parts)

    def bare_call(self, who: Identity, event: str, **parts: Any) -> Record:  # noqa: ANN401 -- of Parts
        """Write a call whose identity is no credential's: sign-in, federation, Identity Center."""
        return self._write(self.number, event, who, self.place(), parts)

    def check(self, by: Credential, *, ahead: int = 0) -> None:
        """Raise Refused where a credential is dead: CloudTrail does not show calls signed with such a key.

        `ahead` asks for some seconds from now. Verbs that make a key check before they make it.
        """
        session = by.session
        expired = session.end is not None and self.trail.now + ahead > session.end
        if not by.active or expired or (session.bearer is not None and not session.bearer.alive):
            raise Refused(f"{by.key or session.arn} is not valid any more")

    def standing(self, role: Role) -> None:
        """Raise Refused where a role is deleted: no service or provider gets a session of it any more."""
        if not role.alive:
            raise Refused(f"{role.arn} does not exist")

    def _show_person(self, by: Credential, who: Identity) -> None:
        origin = by.session.origin
        if "onBehalfOf" not in by.session.scope or origin is None:
            return
        # Not every service logs the person: 87 % of events in one live account.
        if self.rng.random() < 0.87:  # noqa: PLR2004 -- the share just named
            origin.shown = True
        else:
            del who["onBehalfOf"]

    def _write(self, account: str, event: str, who: Identity, place: tuple[str, str], parts: dict[str, Any]) -> Record:
        call = Call(
            account=account,
            event=event,
            identity=who,
            region=parts.get("region") or self.region,
            address=place[0],
            agent=place[1],
            request=parts.get("request"),
            response=parts.get("response"),
            error=parts.get("error"),
            extra=parts.get("extra", {}),
        )
        return self.trail.write(call)


def outside(kind: str, subject: str, name: str, via: str) -> dict[str, Any]:
    """Give the fields of a session that comes from outside IAM: its origin, and what stands over it in the chain."""
    origin = Origin(kind=kind, id=subject, name=name)  # type: ignore[arg-type]  # callers give kinds of Origin
    return {"origin": origin, "above": (Hop(arn=via),) if via else ()}


def passed_tags(passed: Tags, transitive: list[str]) -> Tags:
    """Give the tags among `passed` that are named as transitive."""
    named = {key.casefold() for key in transitive}
    return {key: value for key, value in passed.items() if key.casefold() in named}
