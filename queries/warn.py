"""What makes an answer less than it seems: keys and passwords made by others, roles opened up, ids that disagree."""

from typing import Literal

import msgspec

from ingest.identifiers import account_in_id
from ingest.identity import Ref, account_in
from queries.answer import Minted, Origin, Warned
from queries.asof import ROLE_DELETED
from queries.chain import Chain, Step
from queries.lineage import Walk
from queries.reach import Changed

Kind = Literal[
    "key-minted-by-other",
    "password-set-by-other",
    "trust-changed",
    "id-mismatch",
    "transitive-tags-disagree",
]
"""Everything that can be warned of; docs/who.md says what each means."""

_PASSWORD = frozenset({"CreateLoginProfile", "UpdateLoginProfile"})
_TRUST = "UpdateAssumeRolePolicy"


def minted_by(walk: Walk, step: Step) -> Minted | None:
    """Who created a long-lived key, None where that was not seen."""
    made = walk.reach.created.get(step.ref, []) if step.ref.label == "AccessKey" else []
    if not made:
        return None
    first = min(made, key=lambda row: (row.at, row.event))
    chain = walk.chain(first.by, first.at)
    key = first.by_id if first.by_label == "AccessKey" else None
    return Minted(first.event, first.at, chain.steps[0].hop.principal, key, chain.origin)


def warnings(walk: Walk, chain: Chain) -> list[Warned]:
    """All that is to be said before the answer, in order of time; what is true of several hops, of the first."""
    found: dict[tuple[Warned, str], Warned] = {}
    for hop, step in enumerate(chain.steps):
        told = [*_minted(walk, step), *_password(walk, step), *_trust(walk, step), *_mismatch(step)]
        if step.link and step.link.edge in chain.disagree:
            told.append(_warned("transitive-tags-disagree", step.link.edge.event, step.link.edge.at))
        for one in told:
            found.setdefault((one, step.hop.principal), msgspec.structs.replace(one, hop=hop))
    return sorted(found.values(), key=lambda w: (w.at or "", w.kind, w.event_id or "", w.by or "", w.hop))


def _minted(walk: Walk, step: Step) -> list[Warned]:
    minted = minted_by(walk, step)
    if minted is None or _itself(minted.origin, step):
        return []
    return [_warned("key-minted-by-other", minted.event_id, minted.at, minted.principal)]


def _itself(origin: Origin, step: Step) -> bool:
    """Whether the user that a key is of is whoever was at the origin; without any id, by name."""
    if origin.kind not in {"IAMUser", "Root"}:
        return False
    return origin.id == step.user if origin.id or step.user else origin.arn == step.hop.principal


def _password(walk: Walk, step: Step) -> list[Warned]:
    """A password that somebody else had set before this session of the user began (or ever, for the user as such)."""
    if step.user is None or not (
        step.ref.label == "User" or (step.session and step.session.kind in {"console", "user"})
    ):
        return []
    until = (step.session.start if step.session else None) or "~"
    rows = list(walk.reach.changed.get(Ref("User", step.user), []))
    for name in walk.as_of.names(step.user):
        rows += [r for r in walk.reach.changed.get(Ref("Name", name), []) if walk.as_of.bearer(name, r.at) == step.user]
    set_ = [row for row in rows if row.what in _PASSWORD and row.at <= until]
    return [
        _warned("password-set-by-other", row.event, row.at, _by(walk, row))
        for row in set_
        if not _itself(walk.chain(row.by, row.at).origin, step)
    ]


def _trust(walk: Walk, step: Step) -> list[Warned]:
    """A role whose trust was changed before the session was opened, in its present life."""
    if step.session is None or step.session.role is None:
        return []
    until = step.hop.at or step.session.start or "~"
    role = Ref("Role", step.session.role)
    rows = [row for row in walk.reach.changed.get(role, []) if row.at <= until]
    turns = [row.at for row in walk.reach.created.get(role, []) if row.at <= until]
    since = max([*turns, *(row.at for row in rows if row.what in ROLE_DELETED)], default="")
    return [
        _warned("trust-changed", row.event, row.at, _by(walk, row))
        for row in rows
        if row.what == _TRUST and row.at >= since
    ]


def _mismatch(step: Step) -> list[Warned]:
    """A key whose id says another account than the principal that it acts as: masked, forged, or a surprise."""
    key, account = step.hop.access_key_id, account_in(step.hop.principal)
    told = account_in_id(key) if key else ""
    if not told or not account or told == account:
        return []
    return [_warned("id-mismatch", step.hop.event_id, step.hop.at, told)]


def _warned(kind: Kind, event: str | None, at: str | None, by: str | None = None) -> Warned:
    return Warned(kind, event, at, by)


def _by(walk: Walk, row: Changed) -> str | None:
    return walk.principals.of(row.by, row.at)
