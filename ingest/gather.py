"""From records to a batch: who was seen folded per identity, what handlers say, what could not be read, and counts.

This is the hot path, so what most records share is looked up and not computed: times, identities and places repeat.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import TypeVar

import msgspec

from ingest.decode import read_from
from ingest.delivery import Delivery
from ingest.envelopes import sample
from ingest.events import HANDLERS
from ingest.facts import Amended, Covered, Fact, Kept, Place, Seen
from ingest.identity import Actor, actor, forwarded
from ingest.limits import Limits
from ingest.quarantine import Quarantined
from ingest.record import Call, Head, Record, event_id, naming
from ingest.sink import BATCH_RECORDS, Batch, Digest, Done
from ingest.source import Chunk, Object, PassedOver, Source
from ingest.times import instant
from ingest.tokens import cut_session_tokens

_RECORDS_A_FACT = 5
"""A batch is full, too, where it holds a fact for so many of its records: credential events are many there."""

BATCH_QUARANTINED = 10_000
"""Pieces in a batch that could not be read, where little can."""

_FIRST_BATCH = 5_000

_MEMO = 8192
_HEAD = 4096
_DAY, _MINUTE = len("YYYY-MM-DD"), len("YYYY-MM-DDTHH:MM:")
_SECONDS = frozenset(f"{second:02}Z" for second in range(60))
_CONSOLE, _FORWARDED, _DIRECT = b" console", b" forwarded", b" direct"
_NAMES = {name for _, name in HANDLERS.handlers}

_K = TypeVar("_K")
_Key = tuple[bytes, str | None, str | None, str | None, str | None, str]
"""What records are folded by: identity, address, agent, Region, account that received them, day."""


class Reading(msgspec.Struct, frozen=True):
    """How records are read: the store's `digest`, the bounds of time (instants, '' for none), the limits.

    A batch is given after at most `batch` records and the rest of a chunk. `mark` gives the number that stands for an
    id; Python's own hash is quickest, but differs from process to process unless one was forked from the other.
    """

    digest: Digest
    since: str = ""
    until: str = ""
    limits: Limits = Limits()
    batch: int = BATCH_RECORDS
    mark: Callable[[str], int] = hash


class _Span(msgspec.Struct, gc=False):
    """First and last time, widened in place; many of them, and none for the garbage collector to look at."""

    first: str
    last: str


class _Met(_Span, gc=False):
    """Who was met at an address, as the record writes it, and when: a span that is recognised without a look-up."""

    identity: msgspec.Raw
    console: str | bool | None
    agent: str | None
    region: str | None
    account: str | None
    day: str


class _Addendum(msgspec.Struct, gc=False):
    originalEventID: str | None = None


_decode_head = msgspec.json.Decoder(Head).decode
_decode = msgspec.json.Decoder(Record).decode
_decode_addendum = msgspec.json.Decoder(_Addendum | None).decode


class Gather:
    """Reads objects and holds what they say until it is taken as a batch."""

    def __init__(self, reading: Reading) -> None:
        """Start with nothing; records outside of the time asked for are counted and left out."""
        self._digest, self._mark = reading.digest, reading.mark
        self._since, self._until = reading.since, reading.until
        self._limits, self._most = reading.limits, reading.batch
        self._most_facts = max(1, reading.batch // _RECORDS_A_FACT)
        # The first batches are small, so that whoever watches soon sees something done.
        self._now = min(_FIRST_BATCH, reading.batch)
        self._actors: dict[bytes, Actor] = {}
        self._times: dict[str | int, tuple[str, str]] = {}
        self._minutes: dict[str, str] = {}
        self._plain: set[str] = set()
        self._empty()

    def _empty(self) -> None:
        self._spans: dict[_Key, _Met] = {}
        self._last: dict[str | None, _Met] = {}
        self._apart: dict[bytes, Actor] = {}
        self._facts: list[Fact] = []
        self._marks = array("q")
        self._batch = Batch(rows=None)

    @property
    def full(self) -> bool:
        """Whether it is time to take the batch."""
        read, unread = len(self._marks), len(self._batch.quarantined)
        return read >= self._now or len(self._facts) >= self._most_facts or unread >= BATCH_QUARANTINED

    def read(self, source: Source, item: Object) -> Iterator[Batch]:
        """Read one object to its end, and give the batches that got full on the way; the rest stays to be taken."""
        done = True
        if item.stamp:
            self._batch.begun.append(item.name)
        for found in read_from(source, item, self._limits):
            if self.full:
                yield self.take()
            if isinstance(found, Chunk):
                self.chunk(found)
            else:
                self.note(found)
                done = done and not (isinstance(found, Quarantined) and found.passing)
        self._batch.counts["files"] += 1
        self._batch.counts["bytes"] += item.size
        if item.stamp and done:
            self._batch.done.append(Done(item.name, item.stamp, self._since, self._until))
        if self.full:
            yield self.take()

    def note(self, found: Quarantined | PassedOver) -> None:
        """Keep what could not be read, count what was passed over."""
        if isinstance(found, Quarantined):
            self._batch.quarantined.append(found)
            self._batch.counts["quarantined"] += 1
        else:
            self._batch.counts[f"passed over: {found.kind}"] += 1

    def take(self) -> Batch:
        """Everything gathered since the last time, digested to rows."""
        batch = self._batch
        batch.marks = self._marks
        # A folder that could not be listed before can be, if something in it is read.
        batch.begun += sorted({str(folder) for name in batch.begun for folder in PurePath(name).parents if folder.name})
        batch.counts["records"] += len(self._marks)
        batch.counts["facts"] += len(self._facts)
        seen, covered = self._folded()
        self._now = min(2 * self._now, self._most)
        batch.rows = self._digest(seen, covered, self._facts)
        self._empty()
        if len(self._actors) > _MEMO:
            self._actors.clear()
        if len(self._times) > _MEMO:
            self._times.clear()
            self._minutes.clear()
        return batch

    def _folded(self) -> tuple[list[Seen], list[Covered]]:
        """Spans by identity and place, and by account, Region and day."""
        actors: dict[bytes, Actor] = {}
        places: dict[bytes, dict[Place, _Span]] = {}
        covered: dict[Place, _Span] = {}
        for (text, address, agent, region, account, day), span in self._spans.items():
            if text not in actors:
                actors[text], places[text] = self._apart.get(text) or self._actors[text], {}
            _widen(covered, (account or actors[text].account, region or "", day), _Span(span.first, span.last))
            _widen(places[text], (address or "", agent or "", region or ""), span)
        return (
            [
                Seen(who, {place: (s.first, s.last) for place, s in places[text].items()})
                for text, who in actors.items()
            ],
            [Covered(account, region, span.first, span.last) for (account, region, _), span in covered.items()],
        )

    def chunk(self, chunk: Chunk) -> None:
        """Take the records of a chunk in; one that cannot be read is quarantined with its place and reason.

        All of a record that can fail comes before it is folded in, so that it counts whole or not at all. Who calls
        from an address is mostly who called from there last: comparing the two costs less than looking an identity up.
        """
        last, times, plain = self._last, self._times, self._plain
        mark, count = self._mark, self._marks.append
        bounded = bool(self._since or self._until)
        given: Sequence[Head | msgspec.Raw] = chunk.heads if isinstance(chunk, Delivery) else chunk.records
        for index, found in enumerate(given):
            try:
                head = found if isinstance(found, Head) else _decode_head(found)
                at, day = times.get(head.eventTime) or self._time(head.eventTime)
                if bounded and self._outside(at):
                    continue
                event = head.eventID or event_id(head, bytes(chunk.raw(index)))
                if head.eventName not in plain or head.addendum:
                    self._facts += self._handle(chunk, index, head, at)
                met = last.get(head.sourceIPAddress)
                if met is None or not (
                    met.identity == head.userIdentity
                    and met.day == day
                    and met.agent == head.userAgent
                    and met.region == head.awsRegion
                    and met.account == head.recipientAccountId
                    and met.console == head.sessionCredentialFromConsole
                ):
                    met = self._meet(head, at, day)
                    if met:
                        last[head.sourceIPAddress] = met
                elif at < met.first:
                    met.first = at
                elif at > met.last:
                    met.last = at
                count(mark(event))
            except Exception as error:  # noqa: BLE001 (whatever a record holds, the rest goes on)
                start = bytes(chunk.raw(index))[:_HEAD]
                self.note(Quarantined(chunk.source, chunk.position(index), reason(error), sample(start)))

    def _outside(self, at: str) -> bool:
        """Whether a record is outside of the time asked for; counted."""
        outside = at < self._since or bool(self._until and at >= self._until)
        self._batch.counts["outside"] += outside
        return outside

    def _meet(self, head: Head, at: str, day: str) -> _Met | None:
        """Look up by whom and from where a record is, and widen the span there.

        None for who may be a forward access session: those are told apart by the second, so each is looked at.
        """
        text = _identity(head)
        who = self._actor(text, head)
        address, agent, region, account = head.sourceIPAddress, head.userAgent, head.awsRegion, head.recipientAccountId
        if who.may_be_forwarded:
            session = forwarded(who, at)
            text += _DIRECT if session is None else _FORWARDED
            self._apart[text] = session or who
        key = (text, address, agent, region, account, day)
        met = self._spans.get(key)
        if met is None:
            identity, console = head.userIdentity.copy(), head.sessionCredentialFromConsole
            met = self._spans[key] = _Met(at, at, identity, console, agent, region, account, day)
        met.first, met.last = min(met.first, at), max(met.last, at)
        return None if who.may_be_forwarded else met

    def _actor(self, text: bytes, head: Head) -> Actor:
        found = self._actors.get(text)
        if found is None:
            with naming("userIdentity"):
                found = self._actors[text] = actor(head.userIdentity, console=text.endswith(_CONSOLE))
        return found

    def _time(self, written: str | int) -> tuple[str, str]:
        """The instant and its day. Seconds of a minute that was met before need no second look."""
        day = self._minutes.get(written[:_MINUTE]) if isinstance(written, str) else None
        if day and isinstance(written, str) and written[_MINUTE:] in _SECONDS:
            moment = (written, day)
        else:
            at = instant(written)
            moment = (at, at[:_DAY])
            self._minutes[at[:_MINUTE]] = moment[1]
        self._times[written] = moment
        return moment

    def _handle(self, chunk: Chunk, index: int, head: Head, at: str) -> list[Fact]:
        """What the event's handler says, with the record behind it; nothing for most records."""
        handler = HANDLERS.find(head.eventSource, head.eventName)
        if handler is None and not head.addendum:
            if head.eventName not in _NAMES and not head.eventName[-1:].isdigit() and len(self._plain) < _MEMO:
                self._plain.add(head.eventName)
            return []
        raw, who = chunk.raw(index), self._actor(_identity(head), head)
        record, whole = _decode(raw), bytes(raw)
        event, account = event_id(record, whole), record.recipientAccountId or who.account
        facts: list[Fact] = list(_amended(record, event, at))
        if handler is not None:
            call = Call(record, forwarded(who, at) or who, event, at, account)
            if handler.denied or not call.error:
                facts += handler.handle(call)
        if facts:
            kept = Kept(
                at=at,
                event=event,
                name=record.eventName,
                source=record.eventSource,
                region=record.awsRegion or "",
                account=account,
                record=cut_session_tokens(_as_utf8(whole)),
            )
            facts.append(kept)
        return facts


def _widen(spans: dict[_K, _Span], key: _K, by: _Span) -> None:
    """Make the span at `key` reach over another, which becomes the one that is there if none was."""
    span = spans.get(key)
    if span is None:
        spans[key] = by
    else:
        span.first, span.last = min(span.first, by.first), max(span.last, by.last)


def _as_utf8(raw: bytes) -> bytes:
    """The text with a sign for each byte that is no UTF-8, in a field that nobody read: what is kept can be shown."""
    return raw if raw.isascii() else raw.decode(errors="replace").encode()


def _amended(record: Record, event: str, at: str) -> Iterator[Amended]:
    """An addendum of another event; one that bears the same id again only adds to it.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    addendum = _decode_addendum(record.addendum) if record.addendum else None
    if addendum and addendum.originalEventID and addendum.originalEventID != event:
        yield Amended(at=at, event=event, original=addendum.originalEventID)


def _identity(head: Head) -> bytes:
    """What tells callers apart: the identity as written, and whether it is of a console session."""
    text, console = bytes(head.userIdentity), head.sessionCredentialFromConsole
    return text if console is None or not _true(console) else text + _CONSOLE


def _true(said: str | bool) -> bool:  # noqa: FBT001 (as CloudTrail writes it)
    return said is True or str(said).lower() == "true"


def reason(error: Exception) -> str:
    """Why a record was not understood, for whoever looks at the quarantine."""
    if isinstance(error, msgspec.ValidationError):
        return f"not a CloudTrail record: {error}"
    if isinstance(error, RecursionError):
        return "JSON nested too deep"
    return str(error) if isinstance(error, ValueError | msgspec.DecodeError) else f"not understood: {error!r}"
