"""From a batch to the statements that write it, with their rows, in the transactions in which they are written."""

from collections.abc import Iterator, Sequence

import msgspec

from graph.cypher import statements
from graph.cypher.values import Row, Texts, cut
from graph.schema import PLACE
from graph.tables import TABLES
from ingest.sink import Batch

AT_ONCE = 5_000
"""Rows that travel in one statement."""

_IN_ONE_TRANSACTION = 30_000
"""Rows, at some 5 kB of the server's memory each; of a heap of 512 MB transactions may take 358."""


class Write(msgspec.Struct, frozen=True):
    """A statement with its rows, and what is to follow for the ids that it gives."""

    statement: str
    rows: list[Row]
    tidying: tuple[str, ...] = ()


def transactions(batch: Batch) -> Iterator[list[Write]]:
    """The writes of a batch, by transaction: one, but where it has more rows than a small server has memory for.

    Then the first rows go ahead, and the checkpoint comes with the last: all of it, or nothing.
    """
    texts: Texts = {}
    work, checkpoint = [*_writes(batch, texts)], [*_checkpoint(batch, texts)]
    work[:0] = _pieces(statements.WRITE_TEXTS, list(texts.items()))
    *ahead, last = _shares(work)
    yield from ahead
    yield last + checkpoint


def _writes(batch: Batch, texts: Texts) -> Iterator[Write]:
    """Statements with their rows, nodes before edges; long texts are cut and put into `texts`."""
    tables = {name: [cut(row, texts) for row in batch.rows[name]] for name in TABLES if batch.rows.get(name)}
    for name in statements.NODE_TABLES:
        tidying = tuple(map(statements.keep_single, statements.singles_of(name)))
        yield from _pieces(statements.write_nodes(name), tables.get(name, ()), tidying)
    about: dict[str, dict[Row, None]] = {}
    for name in statements.OF_TABLE:
        for (start, end), rows in _by_labels(name, tables.get(name, ())).items():
            tidying = (statements.keep_places(start),) if name == PLACE.table else ()
            yield from _pieces(statements.write_edges(name, start, end), rows, tidying)
            if "event" in TABLES[name].identity and start in statements.ABOUT.ends:
                of, at = map(TABLES[name].columns.index, ("event", "from_id"))
                about.setdefault(start, {}).update(dict.fromkeys((row[of], row[at]) for row in rows))
    for start, pairs in about.items():
        yield from _pieces(statements.write_about(start), list(pairs))
    unseen = {row[0] for row in tables.get("place", ())} - {row[2] for row in tables.get(PLACE.table, ())}
    yield from _pieces(statements.FORGET_PLACES, [(mark,) for mark in sorted(unseen)])
    users = dict.fromkeys((row[1],) for row in tables.get("named", ()) if row[0] == "User")
    yield from _pieces(statements.NAME_USERS, list(users))


def _checkpoint(batch: Batch, texts: Texts) -> Iterator[Write]:
    """What was begun, done, quarantined and counted: with the last of the rows, all of it or nothing."""
    ledger: dict[str, list[Row]] = {
        "begun": [(name,) for name in batch.begun],
        "quarantined": [(q.source, q.position, q.reason, q.sample) for q in batch.quarantined],
        "done": [(d.name, d.stamp, d.since, d.until) for d in batch.done],
        "counts": list(batch.counts.items()),
    }
    for what, rows in ledger.items():
        yield from _pieces(statements.WRITE_LEDGER[what], [cut(row, texts) for row in rows])


def _by_labels(table: str, rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows of edges by the labels of their two ends."""
    edge, columns = statements.OF_TABLE[table], TABLES[table].columns
    start = columns.index("from_label") if "from_label" in columns else None
    end = columns.index("to_label") if "to_label" in columns else None
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        labels = (edge.starts[0] if start is None else row[start], edge.ends[0] if end is None else row[end])
        grouped.setdefault(labels, []).append(row)
    return grouped


def _shares(work: list[Write]) -> Iterator[list[Write]]:
    """The same statements in their order, by transactions; one at least."""
    share: list[Write] = []
    rows = 0
    for one in work:
        if rows + len(one.rows) > _IN_ONE_TRANSACTION:
            yield share
            share, rows = [], 0
        share.append(one)
        rows += len(one.rows)
    yield share


def _pieces(statement: str, rows: Sequence[Row], tidying: tuple[str, ...] = ()) -> Iterator[Write]:
    for at in range(0, len(rows), AT_ONCE):
        yield Write(statement, list(rows[at : at + AT_ONCE]), tidying)
