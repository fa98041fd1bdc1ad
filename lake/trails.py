"""Where trails are read from by a job of many machines: folders that all of them see, and buckets."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import BinaryIO

from ingest.errors import LakeError, UnreadableSource
from ingest.source import Object, PassedOver, Source, delivered, passed_over_kind
from ingest.sources.files import Files
from lake.place import S3, place


class Trails:
    """Trails in a bucket, where EMR and Glue find them: each object fetched whole when it is opened."""

    def __init__(self, url: str) -> None:
        """Name `s3://BUCKET/PREFIX`; raises UsageError where that is no such place."""
        self._where = place(url)

    def objects(self) -> Iterator[Object | PassedOver]:
        """All below the prefix, in order of delivery time, then name."""
        found = [(delivered(stored.path), self._where.full(stored.path), stored) for stored in self._where.listed()]
        for when, name, stored in sorted(found, key=lambda one: one[:2]):
            kind = passed_over_kind(name)
            yield PassedOver(name, "", kind) if kind else Object(name, stored.size, stored.stamp, when)

    def open(self, item: Object) -> BinaryIO:
        """Fetch one object; raises UnreadableSource if that fails."""
        try:
            return BytesIO(self._where.read(item.name.removeprefix(self._where.full(""))))
        except (LakeError, FileNotFoundError) as error:
            raise UnreadableSource(f"cannot be opened: {error}") from error


def sources_of(paths: Sequence[str]) -> list[Source]:
    """What is named: `s3://` places each by itself, files and folders together. Raises MissingSource, UsageError."""
    remote: list[Source] = [Trails(path) for path in paths if path.startswith(S3)]
    local = [path for path in paths if not path.startswith(S3)]
    return [Files(local), *remote] if local else remote
