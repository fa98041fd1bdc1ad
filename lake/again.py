"""Lineage filled in later: rows that were written before their issuance was known are looked up again."""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graph.store import open_store
from ingest.errors import UsageError
from lake.columns import records, row_of
from lake.crew import cores, each
from lake.jsonl import Lines, lines, parted
from lake.lineage import Enricher, Lineage, columns
from lake.manifest import Live, Manifest, opened, write_commit
from lake.place import Place
from lake.rows import enriched, sort
from lake.schema import CLOUDTRAIL, EVENTS, LINEAGE
from lake.table import SETTINGS

_UNSEEN = frozenset({"issuance-not-seen", "other-account"})
"""Why a chain ends where the store has not seen what is behind."""


class Filled(msgspec.Struct):
    """What was done: files `looked` at and `written` anew, rows `filled` in and `left` without their whole lineage.

    `missed` files were replaced by others meanwhile, so that what was done to them does not count.
    """

    looked: int = 0
    written: int = 0
    filled: int = 0
    left: int = 0
    missed: int = 0


def again(store: tuple[str, str], place: Place, start: str, end: str, workers: int = 0) -> Filled:
    """Look up again what was not known of rows from `start` until before `end` (instants, '' for no bound).

    Only files that hold such rows are read, and only those are written, over the old, for which the store now says
    something else. Raises StoreError, LakeError.
    """
    if start and end and start >= end:
        raise UsageError(f"there is no time from {start} to {end}")
    open_store(store[0], database=store[1]).close()  # says at once what is wrong with it
    manifest = opened(place)
    concerned = [
        live
        for live in manifest.files.values()
        if live.incomplete and live.last >= start and (not end or live.first < end)
    ]
    done = Filled(looked=len(concerned))
    changed: dict[str, Live] = {}
    for before, after, written in each(cores(workers, len(concerned)), concerned, _filler, store, place):
        done.written += written
        done.filled += before.incomplete - after.incomplete
        done.left += after.incomplete
        if after != before:
            changed[before.path] = after
    _commit(manifest, changed)
    done.missed = len({live.path for live in concerned} - opened(place).files.keys())
    return done


def _commit(manifest: Manifest, changed: dict[str, Live]) -> None:
    """Say in the commits what their files now hold."""
    concerned: dict[str, list[Live]] = defaultdict(list)
    for name, commit in manifest.commits.items():
        if any(live.path in changed for live in commit.files):
            concerned[name] = [changed.get(live.path, live) for live in commit.files]
    for name, files in concerned.items():
        write_commit(manifest.place, name, msgspec.structs.replace(manifest.commits[name], files=files))


def _filler(store: tuple[str, str], place: Place) -> Callable[[Live], tuple[Live, Live, bool]]:
    enricher = Enricher(open_store(store[0], database=store[1]))

    def fill(live: Live) -> tuple[Live, Live, bool]:
        try:
            found = _lines(live, place, enricher) if live.path.endswith(".gz") else _table(live, place, enricher)
        except FileNotFoundError:  # compacted meanwhile: it is counted as missed
            return live, live, False
        return live, *found

    return fill


def _table(live: Live, place: Place, enricher: Enricher) -> tuple[Live, bool]:
    """What a Parquet file now holds, and whether it was written anew: only its columns of lineage differ."""
    source = pq.ParquetFile(BytesIO(place.read(live.path)))
    groups = list(_groups(source, enricher))
    incomplete = sum(not one.complete for _, lineages in groups for one in lineages)
    if not any(differs for differs, _ in groups):
        return msgspec.structs.replace(live, incomplete=incomplete), False
    with place.writing(live.path) as local:
        with pq.ParquetWriter(local, EVENTS, **SETTINGS) as file:
            for group, (_, lineages) in enumerate(groups):
                kept = source.read_row_group(group, columns=CLOUDTRAIL.names).combine_chunks()
                arrays = [*(kept.column(name).combine_chunks() for name in CLOUDTRAIL.names), *columns(lineages)]
                file.write_batch(pa.RecordBatch.from_arrays(arrays, schema=EVENTS))
        size = local.stat().st_size
    return msgspec.structs.replace(live, incomplete=incomplete, bytes=size), True


def _groups(source: Any, enricher: Enricher) -> Iterator[tuple[bool, list[Lineage]]]:  # noqa: ANN401 (pyarrow is untyped)
    """Of each row group the lineages as they now should be, and whether its columns say something else."""
    for group in range(source.num_row_groups):
        table = source.read_row_group(group)
        rows = [row_of(record) for record in records(table)]
        before = [table.column(name).to_pylist() for name in LINEAGE.names]
        told = zip(_lineages(before), enriched(rows, enricher), strict=True)
        lineages = [_kept(old, new.lineage) for old, new in told]
        yield before != [array.to_pylist() for array in columns(lineages)], lineages


def _lineages(table: list[list[Any]]) -> Iterator[Lineage]:
    """The lineages in the columns of a row group."""
    names = [name.removeprefix("lineage_") for name in LINEAGE.names]
    for row in zip(*table, strict=True):
        found = dict(zip(names, row, strict=True))
        yield Lineage(**found | {"tags": dict(found["tags"]), "principal_tags": dict(found["principal_tags"])})


def _kept(before: Lineage, after: Lineage) -> Lineage:
    """What a row says from now on: a store that has not seen what another had takes nothing from what was known.

    It may be another's, or made anew of fewer months.
    """
    more = len(before.chain) > len(after.chain) or (before.origin_kind and not after.origin_kind)
    return before if after.stop in _UNSEEN and (more or before.stop not in _UNSEEN) else after


def _lines(live: Live, place: Place, enricher: Enricher) -> tuple[Live, bool]:
    """What a file of JSON lines now holds, and whether it was written anew."""
    before = gzip.decompress(place.read(live.path)).splitlines(keepends=True)
    texts, told = zip(*map(parted, before), strict=True)
    rows = enriched(list(map(row_of, texts)), enricher)
    for one, old in zip(rows, told, strict=True):
        one.lineage = _kept(old, one.lineage)
    incomplete = sum(not one.lineage.complete for one in rows)
    sort(rows)
    if list(lines(rows)) == before:
        return msgspec.structs.replace(live, incomplete=incomplete), False
    with place.writing(live.path) as local:
        Lines().write(str(local), rows)
        size = local.stat().st_size
    return msgspec.structs.replace(live, incomplete=incomplete, bytes=size), True
