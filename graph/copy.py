"""One store's whole content into another: rows, and what the ledger says, by the same door as ingest's."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

import msgspec

from graph.store import Store
from graph.tables import TABLES
from ingest.sink import Batch

_AT_ONCE = 20_000
_ALL = 2**31 - 1
_ORDER = ("event", *sorted(TABLES.keys() - {"event", "place"}), "place")
"""Events first, for edges are tied to those that are there; places last, for one that nobody is seen from is none."""


class Copied(msgspec.Struct, frozen=True):
    """How far a copy is: rows of the graph, objects that were read, pieces in quarantine."""

    rows: int
    sources: int = 0
    quarantined: int = 0


def copy(start: Store, end: Store, at_once: int = _AT_ONCE) -> Iterator[Copied]:
    """Write all that `start` holds into `end`, merged with what is there, by batches; gives how far it is after each.

    Stopped at any moment, it may be run again. Counts of what was read add up, unless every object that `start` read
    is known to `end` already, as it is when the same is copied twice.
    """
    # What was read is asked for first: of what is read meanwhile the rows may come along, but never the mark alone.
    ledger, sources = start.ledger(_ALL), list(start.sources())
    rows = 0
    for batch in _graph(start, at_once):
        end.apply(batch)
        rows += sum(map(len, batch.rows.values()))
        yield Copied(rows)
    new = False
    held = Batch(rows={}, quarantined=list(ledger.pieces))
    for at in range(0, len(sources), at_once):
        some = sources[at : at + at_once]
        new = new or bool(end.unread(some))
        end.apply(held)  # one behind, so that the last objects are written with the counts, or neither
        held = Batch(rows={}, done=some)
    if new or not sources:
        held.counts = Counter(ledger.counts)
    end.apply(held)
    yield Copied(rows, len(sources), len(ledger.pieces))


def _graph(start: Store, at_once: int) -> Iterator[Batch]:
    dump = start.dump(*_ORDER)
    while some := list(islice(dump, at_once)):
        yield Batch(rows={name: [row for _, row in of_table] for name, of_table in groupby(some, itemgetter(0))})
