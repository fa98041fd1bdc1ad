"""Who is behind a credential: what an id may mean, then fetch and decide, then the answer."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from graph.store import Store
from ingest.errors import NotFound
from ingest.identifiers import account_in_id
from ingest.identity import Ref, account_in
from ingest.pasted import Asked, Shown, shown
from ingest.times import shift
from queries.answer import Answer, Place, Sighting
from queries.asof import merge
from queries.chain import Step
from queries.coverage import coverage
from queries.find import find
from queries.lineage import Walk
from queries.reach import Reach
from queries.several import Choice, Several
from queries.warn import minted_by, warnings

_HERE = Path(__file__).parent
_EVENT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IDENTIFIER = re.compile(r"arn:|[A-Z0-9]{16,}|\d{12}|finding |-/|\d{4}-\d\d-\d\dT")
_ROLE_ID = re.compile("AROA[A-Z0-9]+")
_LONGEST = {"federated": 129_600}
"""Seconds that a session lives at most, where its end is not known; those of roles 12 hours.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html
"""
_LONGEST_OF_ROLES = 43_200


class Found(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A node that an id may mean, as `resolve.sql` gives it."""

    label: str
    id: str
    kind: str
    name: str | None
    start: str | None
    expires: str | None
    last: str | None
    key: str | None
    record: bytes | None

    def alive(self, at: str) -> bool:
        """Whether it was there at `at`: from its start to its end, or as long as such a session can last."""
        return (self.start or at) <= at <= max(self.expires or self._longest or self.last or at, self.last or "")

    @property
    def _longest(self) -> str | None:
        """When it has ended for certain, as far as its start says."""
        try:
            return shift(self.start, _LONGEST.get(self.kind, _LONGEST_OF_ROLES)) if self.start else None
        except ValueError:  # in the last hours of the year 9999
            return self.start

    @property
    def ref(self) -> Ref:
        """What to ask about: the session's key where it has just one, for that is the surest handle."""
        return Ref("AccessKey", self.key) if self.label == "Session" and self.key else Ref(self.label, self.id)


def who(store: Store, question: Asked | str, at: str | None = None, every: bool = False) -> list[Answer]:  # noqa: FBT001, FBT002 (as the command has it)
    """Who is behind what an id means: one answer, or with `every` one for each session that fits.

    `at` (an instant) is as of when names and tags are, and which of several sessions is meant; see docs/who.md for its
    default. Raises Several where more than one fits, NotFound where none does: with what the graph covers.
    """
    asked = question if isinstance(question, Asked) else Asked((question,))
    at = at or asked.at or None
    for one in filter(None, asked.ids):
        if fits := chosen(resolve(store, one, at), one, at):
            if len(fits) > 1 and not every:
                choices = [Choice(f.kind, f.id, f.name, f.start, f.last) for f in fits]
                raise Several(one, choices, ", for that of a time by --at, or for each by --all")
            return [_told(store, f, at) for f in fits]
    raise NotFound(_unknown(store, asked, at))


def resolve(store: Store, text: str, at: str | None) -> list[Found]:
    """The nodes that an id may mean, each once, in order."""
    within = _sessions_of(text)
    life = text if _ROLE_ID.fullmatch(text) else ""
    root = f"{account_in(text) if text.endswith(':root') else text}:root"
    parameters = {
        "id": text,
        "root": root,
        "life": life,
        "within": within,
        "beyond": within and within[:-1] + "0",
        "at": at,
    }
    rows = {(row[0], row[1]): Found(*row) for row in sorted(store.fetch(_HERE / "resolve.sql", parameters), key=str)}
    return list(rows.values())


def look_up(store: Store, ref: Ref) -> Walk:
    """Fetch all that matters to who is behind a node, in one round trip."""
    return Walk(Reach(store.fetch(_HERE / "who.sql", {"label": ref.label, "id": ref.id})))


def look_up_many(store: Store, refs: Sequence[Ref]) -> Walk:
    """Fetch at once all that matters to who is behind any of these nodes; what they share is fetched once.

    Decided of one of them it answers as by itself, but for where it was seen from. Only for stores of SQL.
    """
    return Walk(Reach(store.fetch(_HERE / "who.sql", {"label": "many", "id": msgspec.json.encode(refs).decode()})))


def decide(walk: Walk, ref: Ref, at: str | None = None) -> tuple[Answer, list[str]]:
    """The answer out of what was fetched, still without `Trails`, and the eventIDs of the records that go there."""
    chain = walk.chain(ref, at)
    leaf = chain.steps[0]
    hops = [step.hop for step in chain.steps]
    tags: dict[str, str] = {}
    for hop in reversed(hops):
        tags = merge(tags, hop.tags)
        hop.tags = dict(sorted(hop.tags.items()))
    start, end = _span(walk, leaf)
    answer = Answer(
        principal=leaf.hop.principal,
        principal_chain=chain.principals,
        tags=dict(sorted(tags.items())),
        transitive_tags=leaf.hop.transitive_tags,
        start=start,
        end=end,
        trails=[],
        access_key_id=leaf.hop.access_key_id,
        principal_tags=leaf.hop.tags,
        principal_tags_complete=leaf.base.complete and leaf.tags_known,
        source_identity=leaf.hop.source_identity,
        origin=chain.origin,
        hops=hops,
        evidence=chain.evidence,
        complete=chain.complete,
        stop=chain.stop,
        candidates=chain.candidates,
        minted_by=minted_by(walk, leaf),
        warnings=warnings(walk, chain),
        seen=_seen(walk.reach, leaf),
    )
    return answer, chain.issuances


def chosen(found: list[Found], text: str, at: str | None) -> list[Found]:
    """What the id means itself; else of the sessions that fit those that were alive at `at`."""
    exact = [one for one in found if one.label != "Session"]
    if exact:
        return exact if len(exact) == 1 else _of_one_kind(exact, at)
    # A record that does not date its session (SwitchRole) is of one of those that are dated.
    dated = [one for one in found if one.start] or found
    return [one for one in dated if at is None or one.id == text or one.alive(at)]


def _of_one_kind(found: list[Found], at: str | None) -> list[Found]:
    """An id is a key's before it is a user's or an event's; an ARN is its bearer's at `at`."""
    first = min(("AccessKey", "User", "Event").index(one.label) for one in found)
    of_one = sorted((f for f in found if ("AccessKey", "User", "Event").index(f.label) == first), key=_since)
    if at is None or first == 0:
        return of_one
    before = [one for one in of_one if _since(one) <= at]
    after = of_one[len(before) :]
    if before and after and at > (before[-1].last or ""):
        return [before[-1], after[0]]
    return before[-1:] or after[:1]


def _since(found: Found) -> str:
    return found.start or ""


def _told(store: Store, found: Found, at: str | None) -> Answer:
    said: Shown | None = shown(zlib.decompress(found.record)) if found.record else None
    ref = said.caller if said else found.ref
    walk = look_up(store, ref)
    answer, issuances = decide(walk, ref, at or (said.at if said else None))
    answer.trails = records(store, issuances)
    if said:
        answer.issued = list(said.issued)
    return answer


def records(store: Store, events: list[str]) -> list[msgspec.Raw]:
    """The records behind these events that the store holds, in this order, each once."""
    if not events:
        return []
    found: dict[str, bytes] = dict(store.fetch(_HERE / "records.sql", {"ids": events}))
    return [msgspec.Raw(zlib.decompress(found[event])) for event in dict.fromkeys(events) if event in found]


def _span(walk: Walk, leaf: Step) -> tuple[str | None, str | None]:
    """Start and end: of the issuance; else the session's creation; of a long-lived key its creation, and no end."""
    key = walk.reach.keys.get(leaf.ref.id) if leaf.ref.label == "AccessKey" else None
    if key and key.lasting:
        return key.issued, None
    own = leaf.link.edge.at if leaf.link and leaf.link.edge and leaf.link.edge.child == leaf.ref else None
    start = own or (leaf.session.start if leaf.session else None)
    return start, leaf.expires


def _seen(reach: Reach, leaf: Step) -> Sighting:
    """When and from where the credential itself was used."""
    row: Any = None
    if leaf.ref.label == "AccessKey":
        row = reach.keys.get(leaf.ref.id)
    elif leaf.ref.label == "Session":
        row = leaf.session
    places = [Place(p.address, p.agent, p.region, p.first, p.last) for p in reach.places]
    return Sighting(row.first if row else None, row.last if row else None, places)


def _sessions_of(text: str) -> str:
    """How the ARNs of a role's sessions begin, '' where `text` is no role's ARN.

    The role's path is not in them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[2] != "iam" or not parts[5].startswith("role/"):  # noqa: PLR2004 (an ARN has six parts)
        return ""
    return f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{parts[5].rpartition('/')[2]}/"


def _unknown(store: Store, asked: Asked, at: str | None) -> str:
    """That nothing is behind an id, or is so at the time asked for; what is known of it all the same."""
    one = asked.ids[0] if asked.ids else ""
    if at and resolve(store, one, None):
        return f"no session of {one!r} is known to have been alive at {at}: {coverage(store)}; see `whodunnit sessions`"
    known = next((f for f in find(store, one) if one in {f.id, f.arn} or f.matched == f"id {one}"), None)
    if known:
        tip = "sessions --person" if known.kind == "identity" else "history"
        return f"no session of the {known.kind} {one!r} is known: {coverage(store)}; see `whodunnit {tip} {one}`"
    told = f"nothing is known of {one!r}" + (f" at {at}" if at else "")
    account = next((found for each in asked.ids if (found := account_in_id(each))), "")
    hint = f"; the id itself says account {account}" if account else ""
    if _EVENT_ID.fullmatch(one):
        hint += "; of events only those behind facts are kept, the others are in the trail alone"
    elif not _IDENTIFIER.match(one):
        hint += f"; it is no id: `whodunnit find {one}` looks for parts of names" if one else ""
    return f"{told}: {coverage(store)}{hint}"
