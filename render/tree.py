"""An answer to `who` for a terminal: warnings, then the chain as a tree, leaf first, then what is known besides."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from queries.answer import Answer, Candidate, Hop, Place
from render import words
from render.safe import safe, safe_json
from render.screen import Screen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text
    from rich.tree import Tree

_DEEPEST = 8
"""Hops that are drawn one inside the other; further ones stay at that depth, so that they keep room."""

_STYLES = {"exact": "green", "session": "green", "near": "yellow", "principal": "yellow", "inferred": "yellow"}
_RULE = "─"
_NARROW = 80


def format_answers(answers: Sequence[Answer], screen: Screen) -> str:
    """All answers as text, a rule between two of them."""
    rule = f"\n\n{_RULE * (screen.width or _NARROW)}\n\n"
    return rule.join(format_answer(answer, screen) for answer in answers)


def format_answer(answer: Answer, screen: Screen) -> str:
    """One answer as text."""
    from rich.console import Group

    return screen.text(Group(*_parts(answer)))


def format_json(answers: Sequence[Answer], *, alone: bool) -> str:
    """JSON of the contract, indented: an object if `alone` and there is one, else an array."""
    told = answers[0] if alone and len(answers) == 1 else list(answers)
    return safe_json(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())


def _parts(answer: Answer) -> "Iterator[RenderableType]":
    for warned in answer.warnings:
        yield _line(("! " + words.warning(warned, answer), "bold red"))
    if answer.warnings:
        yield ""
    yield _line((words.headline(answer), "bold"))
    yield ""
    yield _tree(answer)
    yield ""
    yield _table(_facts(answer))


def _line(*parts: tuple[str, str]) -> "Text":
    """Text in which no markup counts and nothing works on the terminal."""
    from rich.text import Text

    return Text.assemble(*((safe(text), style) for text, style in parts), overflow="fold")


def _tree(answer: Answer) -> "Tree":
    """The chain: neighbours that are the same principal are one node, with a line for each of its credentials."""
    from rich.console import Group
    from rich.tree import Tree

    root = node = None
    hops = [list(same) for _, same in groupby(answer.hops, key=lambda hop: hop.principal)]
    for depth, same in enumerate(hops):
        lead = "" if root is None else "issued by "
        lines = [_line((lead, "dim"), (same[0].principal, "bold cyan"))]
        lines += [line for hop in same for line in _credential(hop, answer, leaf=hop is answer.hops[0])]
        if node is None:
            root = node = Tree(Group(*lines), guide_style="dim")
        else:
            below = node.add(Group(*lines))
            node = below if depth < _DEEPEST else node
    return root if root is not None else Tree(_line((answer.principal, "bold cyan")))


def _credential(hop: Hop, answer: Answer, *, leaf: bool) -> "Iterator[Text]":
    """What is known of one credential: whose and which, when, and how that is known."""
    which = [
        f"account {number}" if (number := words.account(hop.principal)) else "",
        f"key {hop.access_key_id}" if hop.access_key_id else "",
        words.session(hop.session) if hop.session else "",
        f"source identity {hop.source_identity}" if hop.source_identity else "",
    ]
    if any(which):
        yield _line((_joined(which), ""))
    when = [_time(hop, answer, leaf=leaf), f"event {hop.event_id}" if hop.event_id else ""]
    if any(when):
        yield _line((_joined(when), "dim"))
    if hop.evidence:
        reason = words.EVIDENCE[hop.evidence]
        if hop.evidence == "exact" and not hop.event_id:
            reason = "the record that created it was seen"
        yield _line((hop.evidence, _STYLES.get(hop.evidence, "red")), (f": {reason}", "dim"))


def _time(hop: Hop, answer: Answer, *, leaf: bool) -> str:
    if not leaf:
        return f"issued {hop.at}" if hop.at else ""
    start = answer.start or hop.at
    if start and answer.end:
        return f"{start} – {answer.end}"
    return f"since {start}" if start else ""


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


_Fact = tuple[str, "str | Text"]


def _facts(answer: Answer) -> Iterator[_Fact]:
    """What is known besides, as names and values; what is not there is left out, what is incomplete is said."""
    yield "origin", words.origin(answer.origin)
    yield "ends here", f"{answer.stop}: {words.STOPS[answer.stop]}"
    for candidate in answer.candidates:
        yield "candidate", _candidate(candidate)
    if answer.evidence:
        style = _STYLES.get(answer.evidence, "red")
        yield "evidence", _line((answer.evidence, style), (", that of its weakest link", ""))
    if answer.source_identity:
        yield "source identity", answer.source_identity
    if minted := answer.minted_by:
        yield "created by", _joined((minted.principal or "somebody unknown", minted.access_key_id or "", minted.at))
        yield "", f"behind that: {words.origin(minted.origin)}"
    yield from _tags(answer)
    yield from _seen(answer)
    if answer.issued is not msgspec.UNSET:
        yield "issued", ", ".join(answer.issued) or "no key"


def _candidate(candidate: Candidate) -> str:
    told = [candidate.principal or "somebody unknown", candidate.access_key_id or "", candidate.session or ""]
    return _joined(told)


def _tags(answer: Answer) -> Iterator[_Fact]:
    if answer.tags:
        yield "tags", _pairs(answer.tags)
    if answer.transitive_tags:
        yield "transitive", ", ".join(answer.transitive_tags)
    lacking = "" if answer.principal_tags_complete else "what was set before the trail is unknown (see ingest --iam)"
    if answer.principal_tags or lacking:
        yield "principal tags", "; ".join(part for part in (_pairs(answer.principal_tags), lacking) if part)


def _pairs(tags: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def _seen(answer: Answer) -> Iterator[_Fact]:
    seen = answer.seen
    if seen.first is None:
        if words.credential(answer):
            yield "seen", "never in use, in what was ingested"
        elif answer.origin.kind in {"IAMUser", "Root"}:
            yield (
                "seen",
                f"by its keys and sessions: see `whodunnit history` and `sessions --principal` {answer.principal}",
            )
        return
    yield "seen", seen.first if seen.first == seen.last else f"{seen.first} – {seen.last}"
    for place in sorted(seen.places, key=lambda place: (place.first, place.last)):
        yield "  from", _place(place)


def _place(place: Place) -> str:
    when = place.first if place.first == place.last else f"{place.first} – {place.last}"
    return _joined((place.address or "no address", place.region or "", when, place.agent or ""))


def _table(facts: Iterable[_Fact]) -> "RenderableType":
    """Names to the left, values to the right; a name that comes again is said once."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    last = ""
    for name, value in facts:
        grid.add_row("" if name == last else name, _line((value, "")) if isinstance(value, str) else value)
        last = name
    return grid
