"""Decides whose an event was: names pass from one user to another, a role's name from one life to the next."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from ingest.identity import Ref, account_in
from ingest.times import shift
from queries.answer import spelled
from queries.asof import AsOf, account_of_name
from queries.caller import Caller, caller
from queries.deeds import SIGN_IN, Attempted, Deeds, Line, Row
from queries.reach import Changed, Created, Named, Reach
from queries.several import Choice

_NAME_ENDS = frozenset({"UpdateUser", "DeleteUser"})
"""Events after which the name that they are about may be borne no longer."""
_ROLE_ENDS = frozenset({"DeleteRole", "DeleteServiceLinkedRole"})

_Ours = Callable[[Ref, str, str], bool]
"""Whether an event about a node, at a time, of a name, is part of the history."""


class Borne(msgspec.Struct, frozen=True, rename=spelled):
    """A name with its ARN, the id that bore it, and from when to when it was seen so."""

    name: str
    arn: str | None
    id: str
    first: str
    last: str


class Held(msgspec.Struct, frozen=True, rename=spelled):
    """A long-lived credential: when it was made (None: before the trail, or not seen), first and last seen in use."""

    access_key_id: str
    issued: str | None
    first: str | None
    last: str | None


class History(msgspec.Struct, frozen=True, rename=spelled):
    """All that is known to have happened to one user, role, provider, or a user name whose bearer is not known.

    `id` is AIDA…, `<account>:root`, AROA…, `<account>/<name>` of a role or name, or a provider's ARN; `arn` the latest.
    """

    kind: Literal["user", "role", "provider", "name"]
    id: str
    arn: str | None
    account: str | None
    names: tuple[Borne, ...] = ()
    access_keys: tuple[Held, ...] = ()
    lines: tuple[Line, ...] = ()


class SignIn(msgspec.Struct, array_like=True, gc=False):
    """A console session of a user; `event` is its ConsoleLogin, where that was seen."""

    id: str
    user: str
    start: str
    mfa: str | None
    event: str | None


class Past:
    """What `history.sql` fetched, and what follows from it."""

    def __init__(self, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        """Decode rows of (kind, JSON array, packed record); their order does not matter."""
        self._matches: set[Ref] = set()
        self._attempted: dict[Ref, list[Attempted]] = defaultdict(list)
        self._sign_ins: list[SignIn] = []
        self._records: dict[str, tuple[str, Caller]] = {}
        others = []
        for kind, fields, record in rows:
            if kind == "Match":
                self._matches.add(Ref(*msgspec.json.decode(fields, type=tuple[str, str])))
            elif kind == "Attempted":
                row = msgspec.json.decode(fields, type=Attempted)
                self._attempted[Ref(row.label, row.id)].append(row)
            elif kind == "SignIn":
                self._sign_ins.append(msgspec.json.decode(fields, type=SignIn))
            elif kind == "Event" and record:
                event, name = msgspec.json.decode(fields, type=tuple[str, str])
                self._records[event] = (name, caller(record))
            else:
                others.append((kind, fields))
        self._reach = Reach(others)
        self._as_of = AsOf(self._reach)

    def fitting(self) -> list[Ref]:
        """What fits the text: users for their names, a name only where nobody is known to have borne it."""
        fitting: set[Ref] = set()
        users = {id_ for id_, rows in self._reach.named.items() if rows[0].label == "Name"}
        for ref in self._matches:
            if ref.label == "Name":
                bearers = {Ref("User", user) for user in users if ref.id in self._as_of.names(user)}
                fitting |= bearers or ({ref} if self._known(ref) else set())
            elif ref.label in {"User", "RoleId"} or self._known(ref):
                fitting.add(ref)
        return sorted(fitting)

    def choice(self, ref: Ref) -> Choice:
        """What fits, as one of several, under an id that fits it alone."""
        told = self.history(ref)
        times = [line.at for line in told.lines] + [at for one in told.names for at in (one.first, one.last)]
        id_ = told.arn if told.kind == "role" and told.arn else told.id
        return Choice(told.kind, id_, told.arn, min(times, default=None), max(times, default=None))

    def history(self, ref: Ref) -> History:
        """The history of one thing that fits."""
        if ref.label == "User":
            return self._of_user(ref.id)
        if ref.label == "Provider":
            lines = self._lines({ref}, _always)
            return History("provider", ref.id, ref.id, account_in(ref.id) or None, lines=lines)
        if ref.label == "Name":
            keys = {key for key, rows in self._reach.belongs.items() if all((r.label, r.id) == ref for r in rows)}
            lines = self._lines({ref, *_refs(keys)}, _always)
            return History("name", ref.id, None, account_of_name(ref.id), (), self._held(keys), lines)
        return self._of_role(ref) if ref.label == "Role" else self._of_life(ref.id)

    # -- users

    def _of_user(self, user: str) -> History:
        names = self._as_of.names(user)
        keys = {key for key in self._reach.belongs if self._owns(user, key, names)}
        refs = {Ref("User", user), *(Ref("Name", name) for name in names), *_refs(keys)}
        lines = self._lines(refs, lambda ref, at, what: ref.label != "Name" or self._bore(user, ref.id, at, what))
        sign_ins = [self._sign_in(row) for row in self._sign_ins if row.user == user]
        node, borne = self._reach.users.get(user), self._borne(user)
        return History(
            kind="user",
            id=user,
            arn=_latest(borne) or (node.arn if node else None),
            account=(node.account if node else None) or next(map(account_of_name, sorted(names)), None),
            names=borne,
            access_keys=self._held(keys),
            lines=_sorted([*lines, *sign_ins]),
        )

    def _bore(self, user: str, name: str, at: str, what: str) -> bool:
        """Whether an event about a name is the user's: it bore the name then, or nobody is known to have."""
        moments = (shift(at, -1), at) if what in _NAME_ENDS else (at, shift(at, -1))
        bearer = next((found for moment in moments if (found := self._as_of.bearer(name, moment))), None)
        return bearer in {user, None}

    def _owns(self, user: str, key: str, names: set[str]) -> bool:
        """Whether a key is the user's: its use says so, else it was made for the name while the user bore it."""
        owners = self._reach.belongs[key]
        sure = {row.id for row in owners if row.label == "User"}
        if sure:
            return user in sure
        return any(
            row.label == "Name" and row.id in names and self._bore(user, row.id, row.first, "") for row in owners
        )

    def _borne(self, user: str) -> tuple[Borne, ...]:
        rows = list(self._reach.named.get(user, []))
        seen = {row.name_id for row in rows}
        for rename in self._reach.renamed:
            if rename.new not in seen and self._as_of.bearer(rename.new, rename.at) == user:
                told = self._as_of.user_name(user, rename.at)
                arn = told.arn if told and told.name_id == rename.new else ""
                rows.append(Named(user, "Name", rename.new, arn, rename.name, rename.at, rename.at))
        return _spans(rows)

    def _sign_in(self, row: SignIn) -> Line:
        factor = {"true": "with MFA", "false": "without MFA"}.get(row.mfa or "")
        told = ", ".join(filter(None, (factor, None if row.event else "known by the session alone"))) or None
        named, node = self._as_of.user_name(row.user, row.start), self._reach.users.get(row.user)
        arn = (named.arn if named else None) or (node.arn if node else None) or row.user
        return Line(row.start, "login", SIGN_IN, told, arn, event_id=row.event)

    def _held(self, keys: set[str]) -> tuple[Held, ...]:
        rows = [row for key, row in self._reach.keys.items() if key in keys and row.lasting]
        held = [Held(row.id, row.issued, row.first, row.last) for row in rows]
        return tuple(sorted(held, key=lambda one: (one.issued or one.first or "", one.access_key_id)))

    # -- roles

    def _of_role(self, role: Ref) -> History:
        """All lives of a role's name."""
        borne = _spans(self._reach.bearers.get(role, []))
        lines = self._lines({role}, _always)
        return History("role", role.id, _latest(borne), account_of_name(role.id), borne, lines=lines)

    def _of_life(self, own: str) -> History:
        """The one life of a role's name that had this id."""
        # In records that are not AWS's a user may bear the same id.
        rows = [row for row in self._reach.named[own] if row.label == "Role"]
        role = Ref("Role", rows[0].name_id)
        since, until = self._life(role, own)
        lines = self._lines({role}, lambda _, at, what: _within(at, what, since, until))
        borne = _spans(rows)
        return History("role", own, _latest(borne), account_of_name(role.id), borne, lines=lines)

    def _life(self, role: Ref, own: str) -> tuple[str, str]:
        """From when to when the role of this id can have been: between births, deaths, and sightings of others."""
        rows = self._reach.bearers[role]
        first = min(row.first for row in rows if row.id == own)
        last = max(row.last for row in rows if row.id == own)
        births = [row.at for row in self._reach.created.get(role, [])]
        deaths = [row.at for row in self._reach.changed.get(role, []) if row.what in _ROLE_ENDS]
        others = [row for row in rows if row.id != own]
        before = [at for at in (*births, *deaths, *(row.last for row in others)) if at <= first]
        after = [at for at in (*births, *(row.first for row in others)) if at > last]
        return max(before, default=""), min([*after, *(at for at in deaths if at >= last)], default="~")

    # -- lines

    def _lines(self, refs: set[Ref], ours: _Ours) -> tuple[Line, ...]:
        """Lines about these nodes, of the events that are ours."""
        deeds = Deeds(self._records)
        for ref in refs:
            for row in self._rows(ref):
                if ours(ref, row.at, row.what if isinstance(row, Created | Changed) else ""):
                    deeds.add(ref, row)
        return _sorted(deeds.lines())

    def _rows(self, ref: Ref) -> list[Row]:
        reach = self._reach
        return [
            *reach.created.get(ref, []),
            *reach.changed.get(ref, []),
            *self._attempted.get(ref, []),
            *reach.tagged.get(ref, []),
            *reach.untagged.get(ref, []),
            *reach.listed.get(ref, []),
        ]

    def _known(self, ref: Ref) -> bool:
        """Whether anything at all is known of a role, provider or name that the text may mean."""
        if self._rows(ref) or ref in self._reach.bearers:
            return True
        renamed = any(ref.id in {row.old, row.new} for row in self._reach.renamed)
        owner = any((row.label, row.id) == ref for rows in self._reach.belongs.values() for row in rows)
        return ref.label == "Name" and (renamed or owner)


def _always(_ref: Ref, _at: str, _what: str) -> bool:
    return True


def _within(at: str, what: str, since: str, until: str) -> bool:
    """Whether an event falls into a life; the deletion that it began after is of the life before."""
    return since <= at <= until and not (at == since and what in _ROLE_ENDS)


def _refs(keys: set[str]) -> set[Ref]:
    return {Ref("AccessKey", key) for key in keys}


def _latest(borne: tuple[Borne, ...]) -> str | None:
    return next((one.arn for one in reversed(borne) if one.arn), None)


def _sorted(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(
        sorted(lines, key=lambda line: (line.at, line.event_id or "", line.what, line.subject, line.detail or ""))
    )


def _spans(rows: Iterable[Named]) -> tuple[Borne, ...]:
    """Names in order of time; a sighting without an ARN tells of no more than one that has it."""
    full = {(row.id, row.name_id) for row in rows if row.arn}
    kept = [row for row in rows if row.arn or (row.id, row.name_id) not in full]
    borne = [Borne(row.name, row.arn or None, row.id, row.first, row.last) for row in kept]
    return tuple(sorted(borne, key=lambda one: (one.first, one.last, one.id, one.arn or "")))
