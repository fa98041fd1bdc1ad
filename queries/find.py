"""Finds principals, sessions, keys and people by any part of what they are called, newest first."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import msgspec

from graph.store import Parameters, Store
from queries.answer import spelled
from queries.pattern import literal

_QUESTION = Path(__file__).with_suffix(".sql")
_ADDRESS_BEGINS = re.compile(r"[0-9a-f]+[.:][0-9a-f.:]*", re.IGNORECASE | re.ASCII)
_OF_A_KEY = re.compile(r"[0-9a-z_-]+", re.IGNORECASE | re.ASCII)
"""What the id of a key or another credential is made of."""
_LAST = "\U0010ffff"
_TAG = "tag:"
_KEYS = 8
"""Keys of one session that an address or tag may show and still leave room for as many sessions as asked for."""

Thing = Literal["user", "role", "name", "provider", "session", "key", "identity"]
_THINGS: dict[str, Thing] = {
    "User": "user",
    "Role": "role",
    "Name": "name",
    "Provider": "provider",
    "Session": "session",
    "AccessKey": "key",
    "Identity": "identity",
}


class Found(msgspec.Struct, frozen=True, rename=spelled):
    """Something that fits, and why (`matched`).

    `id` is what to ask `who` about: a key id (of a session one of its keys, else its ARN), AIDA…, a role's ARN. A name
    whose bearer is not known (`<account>/<name>`) and a provider are for `history`, an identity for
    `sessions --person`. `first` and `last` are when it was seen; for tags, when it was tagged so.
    """

    kind: Thing
    id: str
    name: str | None
    arn: str | None
    account: str | None
    first: str | None
    last: str | None
    matched: str


class _Row(msgspec.Struct, frozen=True):
    """A row of the question."""

    label: str
    id: str
    key: str | None
    name: str | None
    arn: str | None
    account: str | None
    principal: str | None
    source_identity: str | None
    told: str | None
    first: str | None
    last: str | None


def find(store: Store, text: str, limit: int = 50) -> list[Found]:
    """What `text` may mean, at most `limit`, newest first.

    `tag:K=V` finds who was tagged so (`tag:K` with any value), an address or the beginning of one who used it; any
    other text is looked for in names, mail addresses, source identities, session names, ARNs, ids and account ids. The
    case of ASCII letters does not matter.
    """
    text = text.strip()
    rows: dict[tuple[str, str], list[_Row]] = {}
    for fetched in store.fetch(_QUESTION, _parameters(text, limit)) if text else ():
        row = _Row(*fetched)
        rows.setdefault((row.label, row.id), []).append(row)
    found = [_found(same, text) for same in rows.values()]
    found.sort(key=lambda one: (one.kind, one.id, one.matched, one.first or "", one.arn or "", one.name or ""))
    found.sort(key=lambda one: one.last or one.first or "", reverse=True)
    return found[:limit]


def _parameters(text: str, limit: int) -> Parameters:
    names = ("part", "key_part", "first_id", "last_id", "first_address", "last_address", "tag_key", "tag_value")
    asked: dict[str, str | int | None] = dict.fromkeys(names)
    asked |= {"limit": limit, "many": limit * _KEYS}
    if text.lower().startswith(_TAG):
        key, equals, value = text[len(_TAG) :].partition("=")
        return {**asked, "tag_key": key, "tag_value": value if equals else None}
    id_, colon, name = text.partition(":")
    begins = f"{id_.upper()}{colon}{name}"
    part = f"%{literal(text)}%"
    asked |= {"part": part, "key_part": part if _OF_A_KEY.fullmatch(text) else None}
    asked |= {"first_id": begins, "last_id": begins + _LAST}
    try:
        asked["first_address"] = asked["last_address"] = str(ip_address(text))
    except ValueError:
        if _ADDRESS_BEGINS.fullmatch(text):
            asked |= {"first_address": text.lower(), "last_address": text.lower() + _LAST}
    return asked


def _found(rows: list[_Row], text: str) -> Found:
    """All rows of one thing as one: its latest name, the whole of the time."""
    rows = sorted(
        rows, key=lambda row: (row.last or "", row.first or "", row.arn or "", row.name or "", row.told or "")
    )
    latest = rows[-1]
    row = next((row for row in reversed(rows) if row.arn), latest)
    return Found(
        kind=_THINGS[row.label],
        id=_to_ask(row),
        name=row.name or (row.id.partition("/")[2] if row.label in {"Name", "Role"} else None),
        arn=row.arn,
        account=row.account or (row.id[:12] if row.label in {"Name", "Role"} else None),
        first=min((one.first for one in rows if one.first), default=None),
        last=latest.last,
        matched=_why(rows, text),
    )


def _to_ask(row: _Row) -> str:
    if row.label == "Session":
        return row.key or row.arn or row.id
    return row.arn if row.label == "Role" and row.arn else row.id


def _why(rows: list[_Row], text: str) -> str:
    """The field that fits, with its value."""
    sought = text.lower()
    for row in reversed(rows):
        if row.told:
            return f"{'tag' if sought.startswith(_TAG) else 'address'} {row.told}"
    for row in reversed(rows):
        fields = {
            "name": row.name,
            "source identity": row.source_identity,
            "id": row.id if row.label in {"AccessKey", "User", "Identity", "Name", "Provider"} else row.principal,
            "account": row.account,
            "ARN": row.arn,
        }
        for field, value in fields.items():
            if value and sought in value.lower():
                return f"{field} {value}"
    # A key of a user who was called so before.
    return "name of its user" if rows[-1].label == "AccessKey" else f"id {rows[-1].id}"
