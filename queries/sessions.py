"""Sessions of a principal, a person, an account, a time or a tag, newest first, and what each comes from."""

import re
from pathlib import Path

import msgspec

from graph.store import Parameters, Store
from ingest.identity import account_in, name_id
from ingest.times import shift
from queries.answer import STRENGTH, Evidence, spelled

_QUESTION = Path(__file__).with_suffix(".sql")
_OF_ACCOUNT = re.compile(r"(\d{12})/([^/:]+)", re.ASCII)
_LONGEST = 129_600
"""Seconds that temporary credentials live at most: 36 hours, those of GetSessionToken and GetFederationToken.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
"""
_TAGS = 64
"""Tag rows looked at for each session asked for; more than the keys that any session is issued."""
_KINDS = {
    "AccessKey": "key",
    "Session": "session",
    "User": "user",
    "Identity": "identity",
    "Service": "service",
    "Workload": "workload",
    "Account": "account",
}


class Wanted(msgspec.Struct, frozen=True):
    """Which sessions: those that fit all that is given ('': not asked for).

    `principal` is the ARN, id or name (also `<account>/<name>`) of a user or role, a session's ARN or a principal id;
    `person` an Identity Center user id, a user name or mail address, a SAML or OIDC subject, or a source identity:
    sessions that lead to that person, chained ones too. `since` and `until` (instants) keep sessions that lived, or
    were seen in use, between them. `tag` is `K=V`, or `K` for any value, as passed to or inherited by the session.
    """

    principal: str = ""
    person: str = ""
    account: str = ""
    since: str = ""
    until: str = ""
    tag: str = ""
    forwarded: bool = False


class Issuer(msgspec.Struct, frozen=True, rename=spelled):
    """What issued a key of a session, as far as the issuance itself says: `who` follows it to the origin."""

    kind: str
    id: str
    name: str | None
    evidence: Evidence

    def __str__(self) -> str:
        """Kind, name or id, and how surely."""
        return f"{self.kind} {self.name or self.id} ({self.evidence})"


class Listed(msgspec.Struct, frozen=True, rename=spelled):
    """A session, or with `count` over one the forwarded sessions of a principal and service, as one.

    `id` is what `who` and `events` take for this session and no other, None for several as one. `start` is None where
    no record gives it; `end` is when its last key expires, None where that is not known. `issued_by` has one entry
    where all its keys come from one parent. `keys` counts keys, `access_key_ids` holds those smallest by id, at most
    20. `people` are those in whose name calls were made (`<identity store>/<user id>` where no name is known).
    """

    id: str | None
    kind: str
    arn: str | None
    principal: str | None
    account: str | None
    name: str | None
    start: str | None
    end: str | None
    first: str | None
    last: str | None
    source_identity: str | None
    issued_by: tuple[Issuer, ...]
    people: tuple[str, ...]
    keys: int
    access_key_ids: tuple[str, ...]
    count: int


class _Row(msgspec.Struct, frozen=True):
    """A row of the question."""

    id: str
    kind: str
    arn: str | None
    principal: str | None
    account: str | None
    name: str | None
    start: str | None
    first: str | None
    last: str | None
    source_identity: str | None
    count: int
    keys: int
    some_keys: str
    ends: str | None
    issuers: str
    people: str


def sessions(store: Store, wanted: Wanted, limit: int = 100) -> list[Listed]:
    """The sessions that are wanted, at most `limit`, newest first.

    Forwarded sessions (a service's calls with the rights of a long-lived key) are one row a principal and service,
    unless `wanted.forwarded`.
    """
    rows = [_Row(*fetched) for fetched in store.fetch(_QUESTION, _parameters(wanted, limit))]
    rows.sort(key=lambda row: row.id)
    rows.sort(key=lambda row: (row.last if row.count > 1 else None) or row.start or row.first or "", reverse=True)
    return [_listed(row) for row in rows[:limit]]


def _parameters(wanted: Wanted, limit: int) -> Parameters:
    only_tag = not (wanted.principal or wanted.person or wanted.account or wanted.since or wanted.until)
    key, equals, value = wanted.tag.partition("=")
    return {
        **_principal(wanted.principal.strip()),
        "person": wanted.person.strip() or None,
        "account": wanted.account.strip() or None,
        "tag_key": key or None,
        "tag_value": value if equals else None,
        "since": wanted.since or None,
        "earliest": shift(wanted.since, -_LONGEST) if wanted.since else None,
        "until": wanted.until or None,
        "forwarded": int(wanted.forwarded),
        "limit": limit,
        "many": limit * _TAGS if only_tag else -1,
    }


def _principal(text: str) -> Parameters:
    asked: dict[str, str | None] = {"principal": text or None, "name": None, "user_name": None, "role": None}
    if text.startswith("arn:"):
        kind, _, rest = text.split(":", 5)[-1].partition("/")
        if kind in {"user", "role"}:
            asked["user_name" if kind == "user" else "role"] = name_id(account_in(text), rest.rsplit("/", 1)[-1])
    elif named := _OF_ACCOUNT.fullmatch(text):
        asked["user_name"] = asked["role"] = name_id(named[1], named[2])
    elif text:
        asked["name"] = text.lower()
    return asked


def _listed(row: _Row) -> Listed:
    return Listed(
        id=row.id if row.count == 1 else None,
        kind=row.kind,
        arn=row.arn,
        principal=row.principal,
        account=row.account,
        name=row.name,
        start=row.start,
        end=row.ends if row.count == 1 else None,
        first=row.first,
        last=row.last,
        source_identity=row.source_identity,
        issued_by=_issuers(row.issuers),
        people=_people(row.people),
        keys=row.keys,
        access_key_ids=tuple(sorted(msgspec.json.decode(row.some_keys, type=list[str]))) if row.count == 1 else (),
        count=row.count,
    )


def _issuers(told: str) -> tuple[Issuer, ...]:
    """The parents, strongest evidence of each; where a key is known, what only names its principal adds nothing."""
    edges = msgspec.json.decode(told, type=list[tuple[str, str, str | None, Evidence, str | None]])
    strongest = min((STRENGTH.index(how) for *_, how, _ in edges), default=0)
    found = {
        Issuer(_KINDS[label], id_ if label != "Account" or not principal else principal, name, how)
        for label, id_, name, how, principal in edges
        if STRENGTH.index(how) == strongest
    }
    return tuple(sorted(found, key=lambda one: (one.kind, one.id)))


def _people(told: str) -> tuple[str, ...]:
    rows = msgspec.json.decode(told, type=list[tuple[str, str | None]])
    return tuple(sorted({name or id_.replace("|", "/", 1) for id_, name in rows}))
