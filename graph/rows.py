"""Facts become rows: one function a kind of fact, and rows of one identity merged before any store sees them.

This runs where facts are made (in the worker), so that the one writer only has to write.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any

from isal import isal_zlib

from graph.schema import PLACES_KEPT
from graph.tables import TABLES
from ingest import facts as f
from ingest.identity import Actor, Ref, Role, Session, User, name_id

Value = str | int | bytes | None
Row = tuple[Value, ...]
Batch = dict[str, list[Row]]
"""Rows to write, by table, each in the order of the table's columns, one an identity, neighbours side by side."""

# Rows that stand side by side in a table are written quickest so: in order of the first column that is not a label.
_NEIGHBOURS = {name: itemgetter(int(table.identity[0].endswith("_label"))) for name, table in TABLES.items()}
_RULES = {name: tuple(min if merge == "min" else max for _, merge in table.values) for name, table in TABLES.items()}


_QUICK = 0
"""Level of compression: a quarter larger than level 1, in a third of the time, which all else waits for."""


class Rows:
    """Rows as they are gathered: those of one identity merge at once."""

    def __init__(self) -> None:
        """Start with none."""
        self.tables: dict[str, dict[Row, Row]] = {name: {} for name in TABLES}

    def put(self, table: str, identity: Row, *values: Value) -> None:
        """Add a row, or merge it into the one that is there; None is *not known* and never wins."""
        rows = self.tables[table]
        there = rows.setdefault(identity, values)
        if there is not values and there != values:
            rows[identity] = tuple(
                [
                    old if new is None or new == old else new if old is None else rule(old, new)
                    for rule, old, new in zip(_RULES[table], there, values, strict=True)
                ]
            )

    def batch(self) -> Batch:
        """All rows, neighbours side by side; tables that have none are left out."""
        return {
            name: sorted([key + values for key, values in rows.items()], key=_NEIGHBOURS[name])
            for name, rows in self.tables.items()
            if rows
        }


def rows_of(seen: Iterable[f.Seen], covered: Iterable[f.Covered], facts: Iterable[f.Fact]) -> Batch:
    """The rows of a batch of facts, merged and sorted."""
    rows = Rows()
    for one in seen:
        _seen(rows, one)
    for day in covered:
        rows.put("covered", (day.account, day.region, day.first[:10]), day.first, day.last)
    for fact in facts:
        PUT[type(fact)](rows, fact)
    return rows.batch()


def _seen(rows: Rows, seen: f.Seen) -> None:
    actor = seen.actor
    first, last = next(iter(seen.places.values())) if len(seen.places) == 1 else (seen.first, seen.last)
    session, user = actor.session, actor.user
    if actor.key:
        lasting = 1 if user and session is None else None
        rows.put("access_key", (actor.key,), lasting, None, None, None, first, last)
        owner = session.ref if session else user.ref if user else None
        if owner:
            rows.put("belongs_to", (actor.key, *owner), first, last, None)
    if session:
        _session(rows, session, first, last, in_use=True)
    elif user:
        _named(rows, user, first, last)
    _told(rows, actor, first, last)
    holder = Ref("AccessKey", actor.key) if actor.key else session.ref if session else None
    if holder:
        _from(rows, holder, seen.places)


def _from(rows: Rows, holder: Ref, places: dict[f.Place, tuple[str, str]]) -> None:
    """From where a credential was used: no more places than a store keeps of it."""
    hashed = {place_hash(place): place for place in places}
    for mark in sorted(hashed)[:PLACES_KEPT] if len(hashed) > PLACES_KEPT else hashed:
        address, agent, region = place = hashed[mark]
        rows.put("place", (mark,), address or None, agent or None, region or None)
        rows.put("seen_from", (*holder, mark), *places[place])


def _told(rows: Rows, actor: Actor, first: str, last: str) -> None:
    """What the identity says of the person or workload behind its session."""
    if actor.person:
        rows.put("identity", (actor.person.id,), "identity-center", None, None)
    if actor.session and actor.person:
        rows.put("on_behalf_of", (actor.session.id, actor.person.id), first, last)
    if actor.session and actor.workload:
        rows.put("runs_in", (actor.session.id, actor.workload.id), first, last)
        rows.put("workload", (actor.workload.id,), actor.workload_kind or None)


def _session(rows: Rows, session: Session, first: str, last: str, *, in_use: bool) -> None:
    role = session.role
    rows.put(
        "session",
        (session.id,),
        session.kind,
        session.arn or None,
        session.principal or None,
        session.account or None,
        session.name or None,
        session.start or None,
        session.source_identity or None,
        session.sign_in or None,
        session.mfa or None,
        first if in_use else None,
        last if in_use else None,
        role.ref.id if role else None,
        (role.arn or None) if role else None,
        session.user.id if session.user else None,
    )
    if role:
        _rolenamed(rows, role, first, last)
    if session.user:
        _named(rows, session.user, first, last)


def _rolenamed(rows: Rows, role: Role, first: str, last: str) -> None:
    if role.id:
        rows.put("named", ("RoleId", role.id, *role.ref, role.arn), role.name, first, last)


def _named(rows: Rows, user: User, first: str, last: str, created: str = "") -> None:
    is_root = user.id.endswith(":root")
    kind, arn = ("root", user.arn) if is_root else ("iam", None)
    rows.put("user", (user.id,), kind, user.account or None, arn, created or None)
    if user.name and not is_root:
        name = ("Name", name_id(user.account, user.name))
        rows.put("named", ("User", user.id, *name, user.arn), user.name, first, last)


def _issued(rows: Rows, fact: f.Issued) -> None:
    child = Ref("AccessKey", fact.key) if fact.key else fact.session.ref if fact.session else None
    if child is None:
        return
    if fact.key:
        rows.put(
            "access_key", (fact.key,), None, fact.at, fact.expires or None, fact.source_identity or None, None, None
        )
    if fact.session:
        _session(rows, fact.session, fact.at, fact.at, in_use=False)
        if fact.key:
            rows.put("belongs_to", (fact.key, *fact.session.ref), fact.at, fact.at, None)
    session = fact.session.id if fact.session else None
    rows.put("issued_by", (*child, *fact.issuer, fact.event), fact.at, fact.how, fact.principal or None, session)
    for key, value in fact.inherited:
        rows.put("session_tag", (*child, key, value, fact.event), fact.at, 1, 1)
    for key, value in fact.tags:
        rows.put("session_tag", (*child, key, value, fact.event), fact.at, int(key in fact.transitive), 0)


def _owned(rows: Rows, fact: f.Owned) -> None:
    rows.put("access_key", (fact.key,), 1, fact.created or None, None, None, None, None)
    rows.put("belongs_to", (fact.key, *fact.owner), fact.at, fact.at, fact.name or None)
    if fact.owner.label == "User":
        account = fact.owner.id.removesuffix(":root") if fact.owner.id.endswith(":root") else None
        rows.put("user", (fact.owner.id,), "root" if account else "iam", account, None, None)


def _created(rows: Rows, fact: f.Created) -> None:
    rows.put("created_by", (*fact.target, *fact.by, fact.event), fact.at, fact.what)
    if fact.target.label == "AccessKey":
        rows.put("access_key", (fact.target.id,), 1, fact.at, None, None, None, None)


def _changed(rows: Rows, fact: f.Changed) -> None:
    rows.put("changed_by", (*fact.target, *fact.by, fact.event), fact.at, fact.what, fact.detail or None)


def _attempted(rows: Rows, fact: f.Attempted) -> None:
    rows.put("attempted", (*fact.by, *fact.target, fact.event), fact.at, fact.what, fact.error[:200])


def _tagged(rows: Rows, fact: f.Tagged) -> None:
    for key, value in fact.tags:
        rows.put("tagged", (*fact.target, key, value, fact.event), fact.at)


def _untagged(rows: Rows, fact: f.Untagged) -> None:
    for key in fact.keys:
        rows.put("untagged", (*fact.target, key, "", fact.event), fact.at)


def _listed(rows: Rows, fact: f.Listed) -> None:
    rows.put("listed", (*fact.target, fact.account, fact.event), fact.at)


def _renamed(rows: Rows, fact: f.Renamed) -> None:
    names = (name_id(fact.account, fact.old), name_id(fact.account, fact.new))
    rows.put("renamed", (*names, fact.event), fact.at, fact.new)


def _runs_as(rows: Rows, fact: f.RunsAs) -> None:
    rows.put("runs_as", (*fact.thing, fact.role.id, fact.event), fact.at)


def _known(rows: Rows, fact: f.Known) -> None:
    rows.put("identity", (fact.identity.id,), fact.kind, fact.name or None, fact.provider or None)


def _portal(rows: Rows, fact: f.Portal) -> None:
    rows.put("identity", (fact.person.id,), "identity-center", None, None)
    rows.put("requested", (fact.person.id, fact.account, fact.event), fact.at, fact.permission_set)


def _kept(rows: Rows, fact: f.Kept) -> None:
    packed = isal_zlib.compress(fact.record, _QUICK)
    rows.put("event", (fact.event,), fact.name, fact.source, fact.at, fact.region or None, fact.account or None, packed)


PUT: dict[type[f.Fact], Callable[[Rows, Any], None]] = {
    f.Issued: _issued,
    f.Owned: _owned,
    f.Named: lambda rows, fact: _named(rows, fact.user, fact.at, fact.at, fact.created),
    f.Rolenamed: lambda rows, fact: _rolenamed(rows, fact.role, fact.at, fact.at),
    f.Renamed: _renamed,
    f.Created: _created,
    f.Changed: _changed,
    f.Attempted: _attempted,
    f.Tagged: _tagged,
    f.Untagged: _untagged,
    f.Listed: _listed,
    f.RunsAs: _runs_as,
    f.Known: _known,
    f.Began: lambda rows, fact: _session(rows, fact.session, fact.at, fact.at, in_use=False),
    f.Portal: _portal,
    f.Amended: lambda rows, fact: rows.put("amends", (fact.event, fact.original)),
    f.Kept: _kept,
}


@lru_cache(maxsize=16384)
def place_hash(place: f.Place) -> str:
    """A name for a place that does not depend on when or by whom it was seen: 16 hex digits."""
    return hashlib.blake2b("\0".join(place).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
