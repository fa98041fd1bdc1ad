"""Units of work: the objects of one delivery hour of an account and Region; of other names, each object by itself."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from ingest.source import Object

_DELIVERED = re.compile(r"(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8}T\d{2})\d{2}Z_[^/\\]*$", re.ASCII)


class Unit(msgspec.Struct, frozen=True):
    """Objects (with the number of the source that each is from) whose rows are written together.

    `name` is made from the names of the objects and the bounds, `version` from their stamps, and so are the names of
    its files: who does the same again overwrites. `replaces` are files of other versions of these objects.
    """

    name: str
    version: str
    objects: tuple[tuple[int, Object], ...]
    replaces: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """How the names of its files begin, and what its commit is called."""
        return f"{self.name}-{self.version}"

    def next(self) -> "Unit":
        """The same under other names of files, where its own have been replaced already."""
        return msgspec.structs.replace(self, version=_hash(4, self.version))

    @property
    def bytes(self) -> int:
        """Size of its objects as stored."""
        return sum(item.size for _, item in self.objects)


def units(objects: Iterable[tuple[int, Object]], since: str = "", until: str = "") -> Iterator[Unit]:
    """Group objects that come in order of their delivery; those of no delivery come one by one.

    Names: docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    for hour, found in groupby(objects, key=lambda one: _hour(one[1])):
        groups: dict[str, list[tuple[int, Object]]] = {}
        for number, item in found:
            groups.setdefault(_group(item) if hour else item.name, []).append((number, item))
        for group in groups.values():
            yield _unit(group, since, until)


def _unit(objects: list[tuple[int, Object]], since: str, until: str) -> Unit:
    names = sorted({item.name for _, item in objects})
    stamps = sorted({item.name + item.stamp for _, item in objects})
    return Unit(_hash(16, *names, since, until), _hash(4, *stamps), tuple(objects))


def _hour(item: Object) -> str:
    return item.delivered[: len("YYYYMMDDTHH")]


def _group(item: Object) -> str:
    """Account, Region and hour of a delivery; the name itself of what only looks like one."""
    found = _DELIVERED.search(item.name)
    return "/".join(found.groups()) if found else item.name


def _hash(size: int, *texts: str) -> str:
    told = "\0".join(texts).encode(errors="surrogatepass")
    return hashlib.blake2b(told, digest_size=size).hexdigest()
