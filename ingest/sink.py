"""What ingest asks of a store: apply a batch with its checkpoint, and say which objects are known."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from ingest.facts import Covered, Fact, Seen
from ingest.quarantine import Quarantined

BATCH_RECORDS = 100_000
"""Records in a batch where the store does not mind: enough that identities fold, few enough that it is some ten MiB."""

Digest = Callable[[Iterable[Seen], Iterable[Covered], Iterable[Fact]], Any]
"""Turns facts into what a store writes. Runs in the worker, so it must be a module's function and give plain values."""


class Done(msgspec.Struct, frozen=True):
    """An object read to its end: skipped from now on while its `stamp` is the same.

    `since` and `until` are the times asked for ('' for no bound): what was read within bounds is read again for wider.
    """

    name: str
    stamp: str
    since: str = ""
    until: str = ""


class Batch(msgspec.Struct):
    """What is written in one transaction: rows, the objects begun and finished with it, what was quarantined, counts.

    `marks` has a number for each record read, the same for the same id, so that repeats can be counted. Counts:
    `files`, `records`, `facts`, `repeats`, `quarantined`, `outside` (of the time asked for), `bytes`, and
    `passed over: <kind>` for digests and the like.
    """

    rows: Any
    begun: list[str] = msgspec.field(default_factory=list)
    done: list[Done] = msgspec.field(default_factory=list)
    quarantined: list[Quarantined] = msgspec.field(default_factory=list)
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    marks: Sequence[int] = ()


class Sink(Protocol):
    """Where facts go."""

    @property
    def digest(self) -> Digest:
        """What makes rows of facts."""
        ...

    @property
    def batch_records(self) -> int:
        """How many records a batch should hold at most, so that its transaction is of a size that suits the store."""
        ...

    def apply(self, batch: Batch) -> None:
        """Write the batch and its checkpoint, both or neither. Repeats change nothing. Raises StoreError.

        What was quarantined of an object that is begun again is forgotten first.
        """
        ...

    def unread(self, candidates: Iterable[Done]) -> set[str]:
        """Names of those that were not yet read to their end with this stamp and within at least these bounds."""
        ...
