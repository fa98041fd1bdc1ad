"""What credentials did: the events of keys, sessions, principals and people, rolled up or one by one."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ingest.errors import NotFound
from lake.columns import record_of
from lake.manifest import opened
from lake.place import Place
from lake.read import EACH_ONCE, QUESTIONS, Connection, ask, reader
from lake.schema import CLOUDTRAIL
from queries.answer import spelled

_AT_ONCE = 4096
_KEY = re.compile(r"(?:A[SKBC]IA|ACCA|APKA)[A-Z0-9]{12,}")
_PRINCIPAL = re.compile(r"A(?:RO|ID|GP|NP|IP)A[A-Z0-9]{8,}(?::.+)?", re.DOTALL)
_EVENT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha256:[0-9a-f]{32}", re.IGNORECASE)
_SESSION = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|-)/.+", re.DOTALL)

_ARN = re.compile(r"(arn:[^:]+:iam::\d{12}:(?:user|role)/)(?:.*/)?([^/]+)", re.DOTALL)
"""Names of users and roles are unique in their account, whatever the path: people leave it away."""
_ARNS = ("useridentity.arn", "lineage_principal", "useridentity.sessioncontext.sessionissuer.arn")

_ACTION = "regexp_replace(eventsource, '[.]amazonaws[.]com(?:[.]cn)?$', '') || ':' || eventname"


class Wanted(msgspec.Struct, frozen=True):
    """Which events: of any of `ids` (all, if there are none), and that fit all else that is given ('': not asked for).

    An id is an access key, session (ARN, or as `sessions` gives it), user or role (ARN or id), a person (Identity
    Center user id, name at the origin or of a user of whom nothing more is known, source identity), or an event.
    `since` and `until` are instants; `action` is `Name` or `service:Name`, in which `*` stands for anything; `denied`
    keeps calls that were refused for want of permission.
    """

    ids: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    action: str = ""
    denied: bool = False


class Rolled(msgspec.Struct, frozen=True, rename=spelled):
    """Calls of one action on one resource with one outcome: how many, when, from how many addresses, an event of it."""

    action: str
    resource: str | None
    outcome: str
    count: int
    first: str
    last: str
    addresses: int
    address: str | None
    event_id: str


class Line(msgspec.Struct, frozen=True, rename=spelled):
    """One call: `principal` is who acted, `origin` who is behind; `complete` whether that is known to the end."""

    time: str
    action: str
    resource: str | None
    outcome: str
    address: str | None
    account: str | None
    region: str | None
    principal: str | None
    access_key_id: str | None
    origin: str | None
    complete: bool
    event_id: str


def rolled_up(place: Place, wanted: Wanted) -> list[Rolled]:
    """The events by action, resource and outcome, the latest first; raises NotFound where none fits."""
    with reader(place, wanted.since, wanted.until) as found:
        rows = [Rolled(*row) for row in _run(found, "rolled.sql", wanted).fetchall()]
    if not rows:
        raise _none(place, wanted)
    return rows


def one_by_one(place: Place, wanted: Wanted) -> Iterator[list[Line]]:
    """The events in order of time, some thousand at once; raises NotFound where none fits."""
    yield from _some(place, wanted, "lines.sql", lambda row: Line(*row))


def as_recorded(place: Place, wanted: Wanted) -> Iterator[list[bytes]]:
    """The CloudTrail records themselves, JSON, as they went into the lake; raises NotFound where none fits."""
    names = CLOUDTRAIL.names
    yield from _some(place, wanted, "records.sql", lambda row: record_of(dict(zip(names, row, strict=True))))


def _some(place: Place, wanted: Wanted, question: str, made: Any) -> Iterator[list[Any]]:  # noqa: ANN401 (a row's maker)
    none = True
    with reader(place, wanted.since, wanted.until) as found:
        answer = _run(found, question, wanted)
        while rows := answer.fetchmany(_AT_ONCE):
            none = False
            yield [made(row) for row in rows]
    if none:
        raise _none(place, wanted)


def _run(found: Connection, question: str, wanted: Wanted) -> Connection:
    matching, values = _matching(found, *_where(wanted))
    text = (QUESTIONS / question).read_text()
    parts = {
        "matching": matching,
        "action": _ACTION,
        "resource": (QUESTIONS / "resource.sql").read_text(),
        "columns": ", ".join(CLOUDTRAIL.names),
    }
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return ask(found, text, values)


def _matching(found: Connection, where: str, values: list[Any]) -> tuple[str, list[Any]]:
    """What has the rows that fit, each event once, and the values of its parameters.

    Copies of an event differ in their lineage, so one that fits may not be the one that stays: of the files that may
    share events, all copies of those that fit are fetched, which is little where they lie in little time.
    """
    single = f"SELECT * FROM single WHERE {where}"
    bounds = f"SELECT min(eventtime), max(eventtime) FROM repeated WHERE {where}"
    [(first, last)] = found.execute(bounds, values).fetchall()
    if first is None:
        return single, values
    ids = f"SELECT eventid FROM repeated WHERE {where}"
    copies = f"SELECT * FROM repeated WHERE eventtime BETWEEN ? AND ? AND eventid IN ({ids})"
    return f"{single} UNION ALL SELECT * FROM ({copies} {EACH_ONCE}) WHERE {where}", [
        *values,
        first,
        last,
        *values,
        *values,
    ]


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    """The condition, and the values of its parameters."""
    parts: list[str] = []
    values: list[Any] = []
    if wanted.ids:
        conditions = [_of(one) for one in wanted.ids]
        parts.append("(" + " OR ".join(text for text, _ in conditions) + ")")
        values += [value for _, given in conditions for value in given]
    if wanted.action:
        service, colon, name = wanted.action.rpartition(":")
        parts.append("eventname ILIKE ? ESCAPE '\\'")
        values.append(_pattern(name))
        if colon:
            parts.append("eventsource ILIKE ? ESCAPE '\\'")
            values.append(_pattern(service) + ".amazonaws.com%")
    if wanted.denied:
        parts.append(DENIED)
    return " AND ".join(parts) or "true", values


DENIED = "regexp_matches(errorcode, '(?i)access.?denied|unauthori[sz]ed|not.?authori[sz]ed|forbidden')"
"""Codes of refusals differ by service: AccessDenied, AccessDeniedException, Client.UnauthorizedOperation …"""


def _of(one: str) -> tuple[str, list[Any]]:
    """Which rows an id means, by what it looks like; a text that looks like none of ours is a person's."""
    if _KEY.fullmatch(one):
        return "useridentity.accesskeyid = ?", [one]
    if _SESSION.fullmatch(one):
        return "lineage_session_id = ?", [one]
    if _PRINCIPAL.fullmatch(one):
        sub = "useridentity.principalid = ? OR starts_with(useridentity.principalid, ? || ':')"
        return f"({sub} OR useridentity.sessioncontext.sessionissuer.principalid = ?)", [one] * 3
    if one.startswith("arn:"):
        fits = _ARN.fullmatch(one)
        ways = ["{} = ?"] + ["starts_with({}, ?) AND ends_with({}, '/' || ?)"] * bool(fits)
        known = [way.replace("{}", column) for column in _ARNS for way in ways]
        return f"({' OR '.join(known)})", [one, *(fits.groups() if fits else ())] * len(_ARNS)
    person = "lineage_origin_id = ? OR ends_with(lower(lineage_origin_id), '/' || lower(?))"
    person = f"{person} OR lower(lineage_origin_name) = lower(?) OR lower(lineage_source_identity) = lower(?)"
    user = "lineage_origin_name IS NULL AND useridentity.type = 'IAMUser' AND lower(useridentity.username) = lower(?)"
    person = f"{person} OR useridentity.onbehalfof.userid = ? OR ({user})"
    if _EVENT.fullmatch(one):  # ids of people in Identity Center look the same
        return f"({person} OR eventid = ?)", [one] * 7
    return f"({person})", [one] * 6


def _is_name(one: str) -> bool:
    """Whether an id looks like none of AWS's."""
    return not (one.startswith("arn:") or any(kind.fullmatch(one) for kind in (_KEY, _SESSION, _PRINCIPAL, _EVENT)))


def _pattern(text: str) -> str:
    """`*` for anything, all else as it is."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def _none(place: Place, wanted: Wanted) -> NotFound:
    named = ", ".join(wanted.ids) or "anybody"
    alike = _alike(place, wanted)
    hint = f"; did you mean {', '.join(alike)}?" if alike else ""
    return NotFound(f"no event of {named} fits: {covered(place)}{hint}")


def _alike(place: Place, wanted: Wanted) -> list[str]:
    """Names that contain those asked for, since a name that is not whole must not read as one who did nothing.

    None for a name that is there as it was given: what it did does not fit.
    """
    question = (QUESTIONS / "alike.sql").read_text()
    alike: list[str] = []
    with reader(place, wanted.since, wanted.until) as found:
        for one in filter(_is_name, wanted.ids):
            names = [name for (name,) in ask(found, question, [one]).fetchall()]
            alike += [] if one in names else names
    return list(dict.fromkeys(alike))


def covered(place: Place) -> str:
    """What the lake covers, in words: absent data is not read as nothing done."""
    files: Sequence[Any] = list(opened(place).files.values())
    if not files:
        return "the lake holds no events"
    accounts = {live.path.partition("/")[0].removeprefix("account=") for live in files}
    first, last = min(live.first for live in files), max(live.last for live in files)
    of = f"account {accounts.pop()}" if len(accounts) == 1 else f"{len(accounts):,} accounts"
    return f"the lake holds {sum(live.rows for live in files):,} events of {of}, {first} to {last}"
