"""`export`: trails into a lake, unit by unit, by several processes; what the lake has is passed over."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import msgspec

from graph.store import open_store
from ingest.quarantine import Quarantined
from ingest.source import Object, PassedOver, Source
from lake.crew import cores, each
from lake.jsonl import lines
from lake.lineage import Enricher
from lake.manifest import Manifest, opened, read_digest, remember
from lake.place import S3, Place
from lake.rows import enriched
from lake.unit import Unit, units
from lake.work import Done, Reader, Wanted, parts, work

_SHOWN = 100
"""Quarantined pieces that a Progress holds; every unit's commit holds its own."""

_REMEMBER_FROM = 64
"""So many commits written make it worth to write the cache of all of them anew."""


class Progress(msgspec.Struct):
    """How far an export is; the last one is its summary.

    `counts`: `files`, `records` read, `rows` written, `incomplete` (rows without their whole lineage), `repeats`,
    `outside` (of the bounds), `quarantined`, `skipped` (files that the lake had), `passed over: …`. `written` are
    the lake's files and `stored` their bytes; `bytes` those of the input.
    """

    files: int = 0
    total_files: int = 0
    bytes: int = 0
    total_bytes: int = 0
    written: int = 0
    stored: int = 0
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    quarantined: list[Quarantined] = msgspec.field(default_factory=list)

    def note(self, found: Quarantined | PassedOver) -> None:
        """Count what listing the sources told."""
        if isinstance(found, PassedOver):
            self.counts[f"passed over: {found.kind}"] += 1
            return
        self.counts["quarantined"] += 1
        self.quarantined += [found][: _SHOWN - len(self.quarantined)]

    def add(self, done: Done) -> None:
        """Count a unit."""
        commit = done.commit
        self.counts.update(commit.counts)
        self.files, self.bytes = self.counts["files"], self.bytes + done.unit.bytes
        self.written += len(commit.files)
        self.stored += sum(live.bytes for live in commit.files)
        self.quarantined += commit.quarantined[: _SHOWN - len(self.quarantined)]


def export(
    sources: Sequence[Source], store: tuple[str, str], place: Place, wanted: Wanted, workers: int = 0
) -> Iterator[Progress]:
    """Write what the lake does not have yet; gives the same Progress again after each unit.

    `store` is a URL and a database's name ('' for the default). Stopped at any moment, it goes on where it was when run
    again. Raises StoreError, LakeError.
    """
    progress = Progress()
    open_store(store[0], database=store[1]).close()  # says at once what is wrong with it
    manifest = opened(place, create=True, form=wanted.form)
    todo = fresh(sources, manifest, wanted, progress)
    yield progress
    written = 0
    for done in each(cores(workers, len(todo)), todo, _exporter, list(sources), store, place, wanted):
        manifest.take(done.unit.stem, done.commit)
        progress.add(done)
        written += 1
        yield progress
    if written >= _REMEMBER_FROM:
        remember(manifest)


def fresh(sources: Sequence[Source], manifest: Manifest, wanted: Wanted, progress: Progress) -> list[Unit]:
    """The units of work that the lake does not have, in order of delivery; `progress` is told how much that is."""
    objects = list(_new(sources, manifest, wanted, progress))
    progress.total_files = len(objects)
    progress.total_bytes = sum(item.size for _, item in objects)
    return _units(objects, manifest, wanted)


def _new(
    sources: Sequence[Source], manifest: Manifest, wanted: Wanted, progress: Progress
) -> Iterator[tuple[int, Object]]:
    """The objects that the lake does not have, in order of delivery; the lake's own files are no trail."""
    have, own = set(manifest.reads()), _own(manifest.place)
    for number, item in listed(sources, progress):
        if own(item.name):
            progress.note(PassedOver(item.name, "", "lake file"))
        elif not item.stamp:
            progress.note(Quarantined(item.name, "", "cannot be read twice: pipe it to standard input (-)"))
        elif _had(item, have, wanted):
            progress.counts["skipped"] += 1
        else:
            yield number, item


def _own(place: Place) -> Callable[[str], bool]:
    """Tells the lake's own files, by whatever links they are reached."""
    root = place.full("")
    if root.startswith(S3):
        return lambda name: name.startswith(root)
    real = os.path.join(os.path.realpath(root), "")  # noqa: PTH118 (as below, it keeps its last separator)

    @cache
    def within(folder: str) -> bool:
        return os.path.join(os.path.realpath(folder), "").startswith(real)  # noqa: PTH118 (likewise)

    return lambda name: within(os.path.dirname(name))  # noqa: PTH120 (many names)


def listed(sources: Sequence[Source], progress: Progress) -> list[tuple[int, Object]]:
    """What the sources have, with the number of the source, in order of delivery."""
    items: list[tuple[int, Object]] = []
    for number, source in enumerate(sources):
        for found in source.objects():
            if isinstance(found, Object):
                items.append((number, found))
            else:
                progress.note(found)
    return sorted(items, key=lambda one: (one[1].delivered, one[1].name))


def _units(objects: Iterable[tuple[int, Object]], manifest: Manifest, wanted: Wanted) -> list[Unit]:
    """The units of work; each knows the files that it stands for where its objects have changed since."""
    before: dict[str, list[str]] = {}
    for stem in manifest.commits:
        before.setdefault(stem.partition("-")[0], []).append(stem)
    replaced = manifest.replaced
    found = []
    for unit in units(objects, wanted.since, wanted.until):
        counting = unit
        # What was read in part and compacted since: files of the same names would not count.
        while not replaced.keys().isdisjoint(manifest.files_of([counting.stem])):
            counting = counting.next()
        olds = set(before.get(unit.name, ())) - {counting.stem}
        found.append(msgspec.structs.replace(counting, replaces=manifest.files_of(olds)))
    return found


def _had(item: Object, have: set[bytes], wanted: Wanted) -> bool:
    """Whether the lake has all that is asked of an object: it was read within the same bounds, or without any."""
    bounds = {(wanted.since, wanted.until), ("", "")}
    return any(read_digest(item.name, item.stamp, *bound) in have for bound in bounds)


def _exporter(
    sources: Sequence[Source], store: tuple[str, str], place: Place, wanted: Wanted
) -> Callable[[Unit], Done]:
    """What a process does with each unit; one store and one memory of look-ups for all of them."""
    enricher = Enricher(open_store(store[0], database=store[1]))
    return lambda unit: work(unit, sources, place, wanted, enricher)


def stream(sources: Sequence[Source], store: tuple[str, str], wanted: Wanted, progress: Progress) -> Iterator[bytes]:
    """All that there is to read as JSON lines, in order of delivery; `progress` has the summary once they end."""
    enricher = Enricher(open_store(store[0], database=store[1]))
    reader = Reader(wanted)
    objects = listed(sources, progress)
    for part in parts(objects, sources, reader):
        rows = enriched(part, enricher)
        progress.counts["incomplete"] += sum(not one.lineage.complete for one in rows)
        yield from lines(rows)
    progress.bytes = sum(item.size for _, item in objects)
    progress.counts.update(reader.counts)
    progress.quarantined += reader.quarantined
