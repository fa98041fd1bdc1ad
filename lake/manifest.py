"""What counts in a lake: each unit of work commits its files when they are whole; the lake is the union of commits.

A commit is one small JSON file, written last, so that a unit's files count all at once or not at all. Commits only say
what they add and what they take away, so neither the order nor the number of times in which they are read matters.
`_whodunnit/commits.json.gz` only saves reading them one by one: a commit counts as its own file says.
"""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Literal

import msgspec

from ingest.errors import LakeForeign, LakeMissing, LakeVersion
from ingest.quarantine import Quarantined
from lake.place import Place, Stored
from lake.schema import VERSION

Form = Literal["parquet", "jsonl"]

OWN = "_whodunnit"
"""The folder for what is not rows; whoever reads a lake as a table passes over names that begin so."""

LINEAGE = f"{OWN}/lineage"
"""The folder of a lake's lineage table."""

MARKER = f"{OWN}/lake.json"
COMMITS = f"{OWN}/commits"
_CACHE = f"{OWN}/commits.json.gz"
_AT_ONCE = 16
"""Commits that are fetched at the same time."""


class Live(msgspec.Struct, frozen=True, gc=False):
    """A file of rows: how many, how many of them without their whole lineage, from when to when (instants)."""

    path: str
    rows: int
    bytes: int
    incomplete: int
    first: str
    last: str


class Commit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one unit of work did: `objects` (name, stamp) that were read whole, `files` written, `removes` replaced.

    `since` and `until` are the bounds within which records were taken, `counts` as in the summary of `export`,
    `quarantined` some of the pieces that could not be read; `at` is when files were replaced, where they are kept on.
    """

    objects: list[tuple[str, str]] = []
    files: list[Live] = []
    removes: list[str] = []
    since: str = ""
    until: str = ""
    at: str = ""
    counts: dict[str, int] = {}
    quarantined: list[Quarantined] = []


class _Marker(msgspec.Struct):
    whodunnit: Literal["lake", "lineage"]
    version: int
    format: Form = "parquet"


class _Cached(msgspec.Struct):
    stamp: str
    commit: Commit


_decode_commit = msgspec.json.Decoder(Commit).decode
_decode_cache = msgspec.json.Decoder(dict[str, _Cached]).decode


class Manifest:
    """A lake's commits, as they were when it was opened."""

    def __init__(self, place: Place, form: Form, commits: dict[str, Commit]) -> None:
        """Keep the commits by their ids; `opened` reads them."""
        self.place, self.form, self.commits = place, form, commits

    @property
    def files(self) -> dict[str, Live]:
        """The files that count, by path."""
        gone = self.replaced
        return {
            live.path: live
            for _, commit in sorted(self.commits.items())
            for live in commit.files
            if live.path not in gone
        }

    @property
    def replaced(self) -> dict[str, str]:
        """Paths of files that others stand for, and since when (an instant; '' where they are not kept on)."""
        return {path: commit.at for commit in self.commits.values() for path in commit.removes}

    def reads(self) -> Iterator[bytes]:
        """A digest (`read_digest`) of every object that was read whole, with its bounds."""
        for commit in self.commits.values():
            for name, stamp in commit.objects:
                yield read_digest(name, stamp, commit.since, commit.until)

    def take(self, name: str, commit: Commit) -> None:
        """Take up a commit that was written, and remove files that count no more by it."""
        before = self.commits.get(name, Commit())
        self.commits[name] = commit
        gone = {live.path for live in before.files} - {live.path for live in commit.files}
        self.place.remove(gone.union(commit.removes))

    def files_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Paths of the files that these commits added, if they are there."""
        commits = (self.commits[name] for name in sorted(names) if name in self.commits)
        return tuple(live.path for commit in commits for live in commit.files)


def write_commit(place: Place, name: str, commit: Commit) -> None:
    """Write a commit, which makes its files count, over the one of the same name."""
    place.write(f"{COMMITS}/{name}.json", msgspec.json.encode(commit))


def opened(place: Place, *, create: bool = False, form: Form | None = None) -> Manifest:
    """Read the manifest of the lake at `place`; with `create`, an empty place becomes a lake of this `form`.

    Raises LakeMissing where there is nothing, LakeForeign where there is something else, or a lake of another form
    than asked for, LakeVersion where another version of whodunnit wrote it with another layout.
    """
    marker = _marker(place)
    if marker is None:
        if not create:
            raise LakeMissing(f"there is no lake at {place.url}: `whodunnit export` makes one")
        marker = _mark(place, _Marker("lake", VERSION, form or "parquet"))
    if marker.whodunnit != "lake":
        raise LakeForeign(f"{place.url} holds a lineage table and no events: name another place")
    if form and marker.format != form:
        raise LakeForeign(f"the lake at {place.url} is of {marker.format}, not of {form}: name another place")
    return Manifest(place, marker.format, _commits(place))


def lineage_folder(place: Place) -> str:
    """Where the lineage table of a place goes, '' or with `/` at its end: into a lake, or all of a place of its own.

    An empty place is marked as ours. Raises LakeForeign, LakeVersion as `opened` does.
    """
    marker = _marker(place) or _mark(place, _Marker("lineage", VERSION))
    return f"{LINEAGE}/" if marker.whodunnit == "lake" else ""


def remember(manifest: Manifest) -> None:
    """Write the cache anew, so that who opens the lake next reads one file instead of every commit."""
    stored = {_name(one): one.stamp for one in manifest.place.listed(COMMITS)}
    kept = {name: _Cached(stored[name], commit) for name, commit in manifest.commits.items() if name in stored}
    packed = gzip.compress(msgspec.json.encode(kept, order="deterministic"), mtime=0)
    manifest.place.write(_CACHE, packed)


def read_digest(name: str, stamp: str, since: str, until: str) -> bytes:
    """What stands for an object that was read within bounds: 16 bytes, since there may be millions."""
    told = f"{name}\0{stamp}\0{since}\0{until}".encode()
    return hashlib.blake2b(told, digest_size=16).digest()


def _marker(place: Place) -> _Marker | None:
    """What the place is of ours; None where there is nothing at all."""
    try:
        marker = msgspec.json.decode(place.read(MARKER), type=_Marker)
    except FileNotFoundError:
        if next(iter(place.listed()), None) is None:
            return None
        with suppress(FileNotFoundError):  # another process made it while we looked
            place.read(MARKER)
            return _marker(place)
        raise LakeForeign(f"{place.url} holds other things and nothing of ours: name another place") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise LakeForeign(f"{place.url} is not ours: its {MARKER} says something else") from None
    if marker.version != VERSION:
        raise LakeVersion(
            f"{place.url} is of version {marker.version}, this whodunnit reads and writes {VERSION}: name another place"
        )
    return marker


def _mark(place: Place, marker: _Marker) -> _Marker:
    place.write(MARKER, msgspec.json.encode(marker))
    return marker


def _commits(place: Place) -> dict[str, Commit]:
    stored = list(place.listed(COMMITS))
    known = _cached(place) if len(stored) > 1 else {}
    found = {_name(one): known[_name(one)].commit for one in stored if _fits(known.get(_name(one)), one)}
    missing = [one for one in stored if _name(one) not in found]
    return found | dict(_fetched(place, missing))


def _fits(cached: _Cached | None, stored: Stored) -> bool:
    return cached is not None and cached.stamp == stored.stamp


def _cached(place: Place) -> dict[str, _Cached]:
    """What the cache holds; nothing where there is none or it is damaged: the commits themselves are there."""
    try:
        return _decode_cache(gzip.decompress(place.read(_CACHE)))
    except (FileNotFoundError, OSError, EOFError, msgspec.DecodeError):
        return {}


def _fetched(place: Place, stored: Iterable[Stored]) -> Iterator[tuple[str, Commit]]:
    def fetch(one: Stored) -> tuple[str, Commit] | None:
        try:
            return _name(one), _decode_commit(place.read(one.path))
        except FileNotFoundError:  # removed by hand since the list was made
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LakeForeign(f"{place.url}: {one.path} is no commit of ours ({error})") from error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from filter(None, pool.map(fetch, stored))


def _name(stored: Stored) -> str:
    return stored.path.removeprefix(f"{COMMITS}/").removesuffix(".json")
