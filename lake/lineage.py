"""Who is behind each row: one look-up a credential, one decision for each stretch of time in which nothing changes."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec
import pyarrow as pa

from graph.store import Store
from ingest.identity import Actor, Ref, account_in, actor
from ingest.pasted import shown
from lake.columns import Row, Said
from lake.schema import LINEAGE
from queries.answer import Answer
from queries.lineage import Walk
from queries.reach import Reach
from queries.who import Found, chosen, decide, look_up, look_up_many, resolve

_KEPT = 4096
"""Credentials, and identities as records write them, that are remembered beside those of the rows at hand."""

_OUTSIDE = frozenset({"SAMLUser", "WebIdentityUser"})
"""Types of callers whom only the answer to their call tells for certain: `ingest.pasted.shown` reads it."""

_AT_ONCE = 256
"""Credentials that are looked up in one question."""

_K = TypeVar("_K")
_V = TypeVar("_V")


class Lineage(msgspec.Struct, frozen=True, eq=False):
    """What `lake.schema.LINEAGE` says of a row; compared as the object it is, since rows share theirs.

    `complete` is False where something behind the credential was not known to the store.
    """

    principal: str | None = None
    chain: Sequence[str] = ()
    origin_kind: str | None = None
    origin_id: str | None = None
    origin_name: str | None = None
    origin_account: str | None = None
    session_id: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    principal_tags: dict[str, str] = msgspec.field(default_factory=dict)
    transitive_tags: Sequence[str] = ()
    source_identity: str | None = None
    evidence: str | None = None
    complete: bool = False
    stop: str = "issuance-not-seen"
    warnings: Sequence[str] = ()


NOBODY = Lineage()
"""Of a record that does not say who called, or not so that it can be read."""


class Enricher:
    """Gives the lineage of callers, as `who --at` the time of the call would answer."""

    def __init__(self, store: Store) -> None:
        """Ask this store; what it says now is remembered, so keep an enricher for one run."""
        self._store = store
        self._callers: dict[Said, _Caller] = {}
        self._credentials: dict[Ref, _Credential] = {}
        self._principals: dict[str, list[Found]] = {}
        self._weaker: dict[Lineage, Lineage] = {}

    def prepare(self, callers: Iterable[tuple[Said, str]]) -> None:
        """Look up at once who called, each with a time of it: what their keys share is fetched and decided once."""
        for memory in (self._callers, self._credentials, self._principals, self._weaker):
            _forget(memory)
        new = {said: _actor(said) for said, _ in callers if said not in self._callers}
        refs = dict.fromkeys(who.ref for who in new.values() if who.key)
        unknown = [ref for ref in refs if ref not in self._credentials]
        for walk, some in walks(self._store, unknown):
            for ref in some:
                found = _Credential(ref, walk)
                if found.subjects:  # of others, what was fetched for others might matter to as of when it is
                    self._credentials[ref] = found
        for said, who in new.items():
            self._callers[said] = self._caller(who)

    def of(self, row: Row) -> tuple[Lineage, Actor]:
        """The lineage of who called, as of when, and the caller."""
        caller = self._callers.get(row.said) or _remembered(self._callers, row.said, self._read)
        if caller.credential is not None:
            return caller.credential.at(row.at) or caller.recorded, caller.who
        return self._apart(caller, row), caller.who

    def _apart(self, caller: "_Caller", row: Row) -> Lineage:
        """The lineage of a caller whom the identity alone does not tell for certain."""
        who, at = caller.who, row.at
        if who.ref.label == "Identity":
            return self._known(shown(row.raw).caller).at(at) or caller.recorded
        if who.ref.label == "Account" and who.principal:
            return self._from_elsewhere(who.principal, at) or self._known(who.ref).at(at) or caller.recorded
        return caller.recorded

    def _from_elsewhere(self, principal: str, at: str) -> Lineage | None:
        """Of a caller of another account, known by principal id alone: what the one credential says that fits.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
        """
        fits = chosen(_remembered(self._principals, principal, self._named), principal, at)
        told = self._known(fits[0].ref).at(at) if len(fits) == 1 else None
        return _remembered(self._weaker, told, _by_principal) if told else None

    def _read(self, said: Said) -> "_Caller":
        return self._caller(_actor(said))

    def _caller(self, who: Actor) -> "_Caller":
        if not who.ref.id:
            return _Caller(who, NOBODY)
        outside = who.ref.label == "Identity" and who.type in _OUTSIDE
        elsewhere = who.ref.label == "Account" and who.principal
        return _Caller(who, _as_recorded(who), None if outside or elsewhere else self._known(who.ref))

    def _known(self, ref: Ref) -> "_Credential":
        return _remembered(self._credentials, ref, self._credential)

    def _named(self, principal: str) -> list[Found]:
        return resolve(self._store, principal, None)

    def _credential(self, ref: Ref) -> "_Credential":
        if ref.label in {"Service", "Account"}:
            return _Credential(ref, Walk(Reach(())))
        if ref.label == "Session":  # by its key where it has just one: the surest handle, by which `who` asks as well
            fits = (one.ref for one in resolve(self._store, ref.id, None) if one.id == ref.id)
            ref = next(fits, ref)
        return _Credential(ref, look_up(self._store, ref))


def walks(store: Store, refs: Sequence[Ref]) -> Iterator[tuple[Walk, Sequence[Ref]]]:
    """What matters to who is behind these nodes, for as many of them at once as is good for the store."""
    if store.dialect != "sql":
        yield from ((look_up(store, ref), (ref,)) for ref in refs)
        return
    for start in range(0, len(refs), _AT_ONCE):
        some = refs[start : start + _AT_ONCE]
        yield look_up_many(store, some), some


def _actor(said: Said) -> Actor:
    """The caller; nobody where the identity cannot be read."""
    identity, console = said
    try:
        return actor(identity, console=console)
    except (msgspec.DecodeError, ValueError):
        return Actor(Ref("Account", ""))


def _by_principal(told: Lineage) -> Lineage:
    return msgspec.structs.replace(told, evidence="principal")


def _remembered(memory: dict[_K, _V], key: _K, make: Callable[[_K], _V]) -> _V:
    """What is remembered under a key, made where it is not."""
    try:
        return memory[key]
    except KeyError:
        found = memory[key] = make(key)
        return found


def _forget(memory: dict[Any, Any]) -> None:
    """Let go of the oldest that are more than are kept: what was fetched together goes together."""
    for key in list(islice(memory, max(len(memory) - _KEPT, 0))):
        del memory[key]


class _Credential:
    """A credential as the store knows it, and the decisions made so far."""

    def __init__(self, ref: Ref, walk: Walk) -> None:
        self._ref, self._walk = ref, walk
        self._known = _is_known(walk.reach, ref)
        self._turns: list[str] | None = None
        self._decided: dict[int, Lineage] = {}

    def at(self, at: str) -> Lineage | None:
        """Its lineage as of a moment, None where the store knows nothing of it.

        Between two moments of the store nothing changes, so one decision stands for all.
        """
        if not self._known:
            return None
        turns = self._turns
        if turns is None:
            turns = self._turns = sorted(set(_turns(self._walk.reach, self.subjects)))
        stretch = bisect_left(turns, at) + bisect_right(turns, at) if turns else 0
        found = self._decided.get(stretch)
        if found is None:
            found = self._decided[stretch] = lineage_of(decide(self._walk, self._ref, at)[0])
        return found

    @cached_property
    def subjects(self) -> tuple[Ref, ...]:
        """The nodes whose tags alone matter to as of when it is asked; none where that is not so simple.

        Those of a role whose name had one life, or of a user that had one name which nobody else had.
        """
        if not self._known:
            return ()
        reach, principals = self._walk.reach, self._walk.principals
        session = principals.session(self._ref)
        if session and session.role:
            role = Ref("Role", session.role)
            return (role,) if len({(row.id, row.arn) for row in reach.bearers.get(role, [])}) <= 1 else ()
        user = principals.user(self._ref, session) or (session.user if session else None)
        names = [Ref("Name", row.name_id) for row in reach.named.get(user or "", [])]
        if not user or len(names) > 1 or reach.renamed or any(len(reach.bearers[name]) > 1 for name in names):
            return ()
        return (Ref("User", user), *names)


class _Caller(NamedTuple):
    """A caller as records write it: what these say alone, and its credential, where the identity tells it."""

    who: Actor
    recorded: Lineage
    credential: _Credential | None = None


def lineage_of(answer: Answer) -> Lineage:
    """An answer of `who` as the columns of a lake say it; `warnings` by their kinds, each once."""
    origin = answer.origin
    last = answer.hops[-1].principal
    named = origin.id if origin.kind == "Account" else account_in(origin.arn or "") or account_in(last)
    return Lineage(
        principal=answer.principal,
        chain=answer.principal_chain,
        origin_kind=origin.kind,
        origin_id=origin.id,
        origin_name=origin.name,
        origin_account=named or None,
        session_id=answer.hops[0].session,
        tags=answer.tags,
        principal_tags=answer.principal_tags,
        transitive_tags=answer.transitive_tags,
        source_identity=answer.source_identity,
        evidence=answer.evidence,
        complete=answer.complete,
        stop=answer.stop,
        warnings=list(dict.fromkeys(one.kind for one in answer.warnings)),
    )


def columns(rows: Sequence[Lineage]) -> list[Any]:
    """Arrow columns of `lake.schema.LINEAGE`, in its order; rows that share a lineage cost one of it."""
    places: dict[Lineage, int] = {}
    at = pa.array([places.setdefault(row, len(places)) for row in rows], pa.int32())
    return [pa.array(list(_values(field, places)), field.type).take(at) for field in LINEAGE]


def _values(field: Any, rows: "dict[Lineage, int]") -> Iterator[Any]:  # noqa: ANN401 (pyarrow is untyped)
    name = field.name.removeprefix("lineage_")
    as_map = pa.types.is_map(field.type)
    for row in rows:
        value = getattr(row, name)
        yield list(value.items()) if as_map else value


def _is_known(reach: Reach, ref: Ref) -> bool:
    """Whether the store had anything to say; of services and accounts nothing needs to be known."""
    rows: dict[str, tuple[Any, ...]] = {
        "AccessKey": (reach.keys,),
        "Session": (reach.sessions,),
        "User": (reach.users, reach.named),
        "Identity": (reach.identities,),
    }
    return ref.label not in rows or any(ref.id in found for found in rows[ref.label])


def _as_recorded(who: Actor) -> Lineage:
    """What the record alone says of its caller: the session and its principal, nothing of what is behind."""
    role = who.session.role.arn if who.session and who.session.role else ""
    principal = role or who.arn or who.principal or who.ref.id
    return Lineage(
        principal=principal,
        chain=[principal],
        session_id=who.session.id if who.session else None,
        source_identity=(who.session.source_identity or None) if who.session else None,
        evidence="observed",
    )


def _turns(reach: Reach, subjects: Sequence[Ref]) -> Iterator[str]:
    """Every moment at which a tag of these nodes changed; if none are given, a name or tag of whatever was fetched.

    Nothing else of an answer depends on as of when it is: links have their own times.
    """
    dated: tuple[dict[Ref, list[Any]], ...] = (
        reach.tagged,
        reach.untagged,
        reach.listed,
        reach.created,
        reach.changed,
    )
    for rows in dated:
        for found in [rows.get(one, []) for one in subjects] if subjects else rows.values():
            yield from (row.at for row in found)
    if not subjects:
        yield from (row.at for row in reach.renamed)
        yield from (moment for rows in reach.named.values() for row in rows for moment in (row.first, row.last))
