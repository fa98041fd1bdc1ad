"""Where a lake lies, a folder or a bucket, and the few things that are done there; files appear whole or not at all."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from ingest.errors import UsageError

S3 = "s3://"


class Stored(msgspec.Struct, frozen=True, gc=False):
    """A file: path below the place, with `/`; bytes; a stamp that changes with the content; seconds since 1970."""

    path: str
    size: int
    stamp: str
    modified: float


class Place(Protocol):
    """A place that can be handed to other processes. Whatever fails is a LakeError, in one sentence."""

    url: str
    """As it was given, without `/` at its end."""

    def listed(self, under: str = "") -> Iterator[Stored]:
        """All files below the folder `under`, at any depth, in order of their paths; none where it is not there."""

    def parts(self) -> Iterator[Stored]:
        """What is half written, by who is at it or was killed, where the place shows such things at all."""

    def read(self, path: str) -> bytes:
        """What a file holds; raises FileNotFoundError where there is none."""

    def write(self, path: str, data: bytes) -> None:
        """Write a small file, over the one that is there."""

    def writing(self, path: str) -> AbstractContextManager[Path]:
        """A local file to write to; it takes its place, over the one that is there, once the block ends well."""

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files; those that are not there are passed over."""

    def full(self, path: str) -> str:
        """What DuckDB, pyarrow and Spark call a file, or with '' the place itself."""


def place(url: str) -> Place:
    """The place that a person names: a folder, or `s3://BUCKET/PREFIX`. Raises UsageError for what is neither."""
    if url.startswith(S3):
        from lake.bucket import Bucket

        return Bucket(url)
    if "://" in url or not url:
        raise UsageError(f"{url!r} is no place for a lake: give a folder, or s3://BUCKET/PREFIX")
    from lake.folder import Folder

    return Folder(url)
