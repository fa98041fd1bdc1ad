"""Names and tags as of a time, decided from what was seen and what was done; the same for any order of arrival."""

from functools import lru_cache

import msgspec

from ingest.identity import Ref
from queries.reach import Belongs, Named, Reach

Tags = dict[str, str]
"""Tags by key as it is spelled; keys are compared without case: `merge` keeps one spelling, the later.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""


class TagsAsOf(msgspec.Struct, frozen=True):
    """Tags as of a time, and whether those from before the trail are known too."""

    tags: Tags
    complete: bool


def merge(under: Tags, over: Tags) -> Tags:
    """Both, where `over` wins; keys compared without case, the later spelling stays."""
    if not under or not over:
        return dict(under or over)
    merged = dict(under)
    spelled = {key.casefold(): key for key in under}
    for key, value in over.items():
        merged.pop(spelled.get(key.casefold(), key), None)
        merged[key] = value
    return merged


class AsOf:
    """Names and tags of the users and roles that were reached."""

    def __init__(self, reach: Reach) -> None:
        """Keep what was fetched."""
        self._reach = reach
        self._timelines: dict[str, list[tuple[str, str | None]]] = {}
        self._hands: dict[str, list[tuple[str, str | None]]] = {}

    def user_name(self, user: str, at: str) -> Named | None:
        """The name (with ARN) that the user's id bore at `at`; where it was seen only later, the first after that."""
        rows = self._reach.named.get(user, [])
        if len(rows) <= 1 and not self._reach.renamed:
            return rows[0] if rows else None
        name = self._last_name(user, at)
        borne = [row for row in rows if row.name_id == name]
        if not borne and rows:
            return self._renamed_only(rows, name)
        known = [row for row in borne if row.arn] or borne
        # A path can change while the name stays, so the ARN is as of the time as well.
        before = [row for row in known if row.first <= at]
        return max(before, key=lambda row: row.first) if before else min(known, key=lambda row: row.first, default=None)

    def renamed_since(self, owner: Belongs, at: str) -> tuple[str, str]:
        """Account and name at `at` of whoever bore a name when a key was made for it, by the renames since."""
        account, _, name = owner.id.partition("/")
        current, written = owner.id, owner.name or name
        for rename in self._reach.renamed:
            if rename.old == current and owner.first <= rename.at <= at:
                current, written = rename.new, rename.name
        return account, written

    def bearer(self, name: str, at: str) -> str | None:
        """Id of the user who bore a name (`<account>/<name>`) at `at`, None where nobody is known to."""
        return self.borne(name, at)[0]

    def borne(self, name: str, at: str) -> tuple[str | None, bool]:
        """Who bore a name (`<account>/<name>`) at `at`, and whether that is sure.

        It is not where the name changed hands unseen: one user bore it before, another after, and no record says when;
        or one after it was free, of whom no record says since when.
        """
        told = self._handed(name)
        before = [user for when, user in told if when <= at]
        after = next((user for when, user in told if when > at), None)
        if not before:
            return (None, True) if self._born(after or "") > at else (after, True)
        if before[-1] is None and after and self._born(after) <= at:
            return after, False
        unseen = before[-1] and after and before[-1] != after
        return (None, False) if unseen else (before[-1], True)

    def _born(self, user: str) -> str:
        """When a user was made, as the record of it says or a baseline; '' where neither does."""
        said = [row.at for row in self._reach.created.get(Ref("User", user), [])]
        node = self._reach.users.get(user)
        return min(said, default=(node.created if node else None) or "")

    def _handed(self, name: str) -> list[tuple[str, str | None]]:
        """(time, who bears the name from then on, None for nobody), in order of time."""
        if name not in self._hands:
            self._hands[name] = self._made_hands(name)
        return self._hands[name]

    def _made_hands(self, name: str) -> list[tuple[str, str | None]]:
        found: dict[tuple[str, str], str | None] = {}
        for user in {row.id for row in self._reach.bearers.get(Ref("Name", name), [])} | self._became(name):
            had = False
            for when, borne in self._timeline(user):
                if when and (borne == name or had):
                    found[when, user] = user if borne == name else None
                had = borne == name
        return sorted(((when, user) for (when, _), user in found.items()), key=lambda h: (h[0], h[1] or ""))

    def names(self, user: str) -> set[str]:
        """Every name (`<account>/<name>`) that the user's id ever bore, seen or only by a rename."""
        return {row.name_id for row in self._reach.named.get(user, [])} | self._names_by_rename(user)

    def user_tags(self, user: str, at: str) -> TagsAsOf:
        """IAM tags of a user at `at`; root has none."""
        if user.endswith(":root"):
            return TagsAsOf({}, complete=True)
        ref = Ref("User", user)
        # Names matter only where anything was tagged, which few trails show.
        names = sorted(self.names(user)) if self._reach.tagged or self._reach.untagged else []
        if not names and self._untold(ref):
            return _UNTOLD
        events, sure = self._events(ref, ""), True
        for name in names:
            for event in self._events(Ref("Name", name), ""):
                bearer, known = self.borne(name, event[0])
                sure = sure and known
                if bearer == user:
                    events.append(event)
        births = [row.at for row in self._reach.created.get(ref, [])]
        told = _replay(events, births, self._listings(ref), at)
        return TagsAsOf(told.tags, told.complete and sure)

    def role_tags(self, role: str, at: str, role_id: str | None = None, began: str = "") -> TagsAsOf:
        """IAM tags of a role at `at`, of the life of that name which was then (or which has this role id).

        `began` is when the session began that has the role: where no role id is known, the life is that of then.

        Tags do not pass from a deleted role to the next of its name; a role that is gone has those that it had last.
        Where another is seen in its place and nobody deleted it, something is missing, and its last tags are not sure.
        """
        ref = Ref("Role", role)
        if self._untold(ref):
            return _UNTOLD
        births = [row.at for row in self._reach.created.get(ref, [])]
        lives = self._reach.bearers.get(ref, [])
        own = role_id or max((r for r in lives if r.first <= (began or at)), key=lambda r: r.first, default=_NOBODY).id
        ours, others = [r for r in lives if r.id == own], [r for r in lives if r.id != own]
        begun, seen = min((r.first for r in ours), default="~"), max((r.last for r in ours), default="")
        if began and not role_id:
            begun, seen = min(begun, began), max(seen, began)
        deaths = [row.at for row in self._reach.changed.get(ref, []) if row.what in ROLE_DELETED and row.at <= at]
        # Of a role that is deleted and made in one second, the deletion is that of the one before.
        again = seen > begun or any(r.first < begun for r in others)
        deleted = min((death for death in deaths if death > begun or (death == begun and not again)), default="")
        replaced = min((r.first for r in others if max(begun, seen) <= r.first <= at and r.first > begun), default="")
        unseen = bool(replaced) and not ("" < deleted <= replaced)
        end = replaced if unseen else deleted
        if end:
            at, deaths = end, [death for death in deaths if death < end]
            births = [birth for birth in births if birth < end or birth == begun]
        theirs = {r.first for r in others} - {r.first for r in ours}
        births = [birth for birth in births if birth not in theirs]
        floor = max([*deaths, *(r.last for r in others if r.last <= at and r.last < (seen or at))], default="")
        ceiling = min((r.first for r in others if r.first > at or r.first == replaced), default="~")
        events = [e for e in self._events(ref, floor) if e[0] < ceiling and (e[1] or e[0] not in theirs)]
        listings = {when: tags for when, tags in self._listings(ref).items() if floor < when < ceiling}
        if any(row.at > at for row in self._reach.changed.get(ref, []) if row.what in ROLE_DELETED) or any(
            birth > at for birth in births
        ):
            listings = {when: tags for when, tags in listings.items() if when <= at}
        told = _replay(events, [birth for birth in births if birth >= floor], listings, at)
        return TagsAsOf(told.tags, told.complete and not unseen)

    def _untold(self, ref: Ref) -> bool:
        """Whether nothing that was fetched says anything about tags of a node."""
        reach = self._reach
        return not any(ref in rows for rows in (reach.tagged, reach.untagged, reach.listed, reach.created))

    def _events(self, ref: Ref, after: str) -> list[tuple[str, int, str, str, str | None]]:
        """Tagging of a node later than `after`: (time, 0 for what is set, event, key, value or None where taken)."""
        tagged, untagged = self._reach.tagged.get(ref, []), self._reach.untagged.get(ref, [])
        if not tagged and not untagged:
            return []
        born = {row.event for row in self._reach.created.get(ref, [])}
        listed = {row.event for row in self._reach.listed.get(ref, [])}
        set_ = [
            (t.at, 0 if t.event in born else 1, t.event, t.key, t.value)
            for t in tagged
            if t.event not in listed and (t.at > after or t.event in born)
        ]
        return [*set_, *((t.at, 1, t.event, t.key, None) for t in untagged if t.at > after)]

    def _listings(self, ref: Ref) -> dict[str, Tags]:
        rows = self._reach.tagged.get(ref, [])
        return {
            listing.at: {t.key: t.value for t in rows if t.event == listing.event}
            for listing in self._reach.listed.get(ref, [])
        }

    def _renamed_only(self, rows: list[Named], name: str | None) -> Named:
        """A name known only by the rename to it: its ARN keeps the path, which a rename alone does not change."""
        known = max(rows, key=lambda row: row.last)
        written = next((r.name for r in self._reach.renamed if r.new == name), None)
        if written is None or name is None:
            return known
        arn = f"{known.arn.rpartition('/')[0]}/{written}" if known.arn else ""
        return Named(known.id, known.label, name, arn, written, known.first, known.last)

    def _became(self, name: str) -> set[str]:
        """Users who may bear a name only because one rename, or several in a row, say so."""
        names, grown = {name}, True
        while grown:
            olds = {rename.old for rename in self._reach.renamed if rename.new in names}
            grown = not olds <= names
            names |= olds
        return {row.id for old in names - {name} for row in self._reach.bearers.get(Ref("Name", old), [])}

    def _names_by_rename(self, user: str) -> set[str]:
        return {name for _, name in self._timeline(user) if name}

    def _last_name(self, user: str, at: str) -> str | None:
        """The name that a user bore at `at`, or had last where it was deleted by then."""
        timeline = self._timeline(user)
        before = [name for when, name in timeline if name and when <= at]
        if before:
            return before[-1]
        born = min((row.at for row in self._reach.created.get(Ref("User", user), [])), default="")
        return timeline[0][1] if timeline and not born else None

    def _timeline(self, user: str) -> list[tuple[str, str | None]]:
        """(time, name from then on; None once deleted), in order of time; ahead of all, at '', the name before."""
        if user not in self._timelines:
            self._timelines[user] = self._made_timeline(user)
        return self._timelines[user]

    def _made_timeline(self, user: str) -> list[tuple[str, str | None]]:
        rows = self._reach.named.get(user, [])
        points: list[tuple[str, int, str, str | None, str]] = []
        for row in rows:
            points.append((row.last, 0, row.name_id, None, "seen"))
            if row.first != row.last:
                points.append((row.first, 2, row.name_id, None, "seen"))
        points += [(r.at, 1, r.old, r.new, "renamed") for r in self._reach.renamed]
        for name in {row.name_id for row in rows} | {r.new for r in self._reach.renamed}:
            ends = self._reach.changed.get(Ref("Name", name), [])
            points += [(row.at, 1, name, None, "deleted") for row in ends if row.what == "DeleteUser"]
        # The name that was borne before anything was seen: that of the first sighting, unless it came by a rename.
        ordered = sorted(points, key=lambda p: (p[0], p[1], p[2], p[3] or ""))
        first = next((p for p in ordered if p[4] == "seen"), None)
        current = first[2] if first else None
        came = [r for r in self._reach.renamed if first and r.new == current and r.at <= first[0]]
        names = {row.name_id for row in rows}
        if came and (came[-1].old in names or not self._others(came[-1].old, user)):
            current = came[0].old if came[0].old in names else came[-1].old
        created = min((row.at for row in self._reach.created.get(Ref("User", user), [])), default="")
        timeline: list[tuple[str, str | None]] = [] if created else [("", current)]
        for when, _, name, new, what in ordered:
            if created and when < created:
                continue
            if what == "seen":
                current = name
            elif current == name:
                current = new
            else:
                continue
            timeline.append((when, current))
        return timeline

    def _others(self, name: str, user: str) -> bool:
        return any(row.id != user for row in self._reach.bearers.get(Ref("Name", name), []))


ROLE_DELETED = frozenset({"DeleteRole", "DeleteServiceLinkedRole"})
"""Events that end a role."""
_NOBODY = Named("", "", "", "", "", "", "")
_UNTOLD = TagsAsOf({}, complete=False)
"""Tags of a node of which nothing is told."""


def _replay(
    events: list[tuple[str, int, str, str, str | None]], births: list[str], listings: dict[str, Tags], at: str
) -> TagsAsOf:
    """Tags at `at` from tagging events, times of creation (nothing before counts), and listings of all tags."""
    born = max((birth for birth in births if birth <= at), default="")
    listed = max((when for when in listings if when <= at), default="")
    since = max(born, listed)
    tags = dict(listings[listed]) if listed and listed >= born else {}
    complete = bool(since)
    later = min((when for when in listings if when > at), default="")
    if not since and later:  # a baseline taken after: what was not touched in between was so before
        touched = {key.casefold() for when, _, _, key, _ in events if at < when <= later}
        tags = {key: value for key, value in listings[later].items() if key.casefold() not in touched}
    for when, rank, _, key, value in sorted(events, key=lambda e: (e[0], e[1], e[2], e[3], e[4] or "")):
        if when > at or when < since or (when == since and rank and listed == since):
            continue
        if value is None:
            folded = key.casefold()
            tags = {k: v for k, v in tags.items() if k.casefold() != folded}
        else:
            tags = merge(tags, {key: value})
    return TagsAsOf(tags, complete)


@lru_cache(maxsize=4096)
def account_of_name(name_id: str) -> str:
    """The account of a name's or role's identity."""
    return name_id.partition("/")[0]
