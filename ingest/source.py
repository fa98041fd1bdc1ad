"""What every source of trails offers, and the values that reading one hands on.

A source lists **objects** (a file, later an S3 object or a queue's message) and opens them; `ingest.decode` turns an
opened object into **chunks** of records, with whatever could not be read **quarantined** and whatever is not meant to
be read **passed over**. Nothing is dropped without one of the three.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import msgspec

from ingest.quarantine import Quarantined

__all__ = ["Chunk", "Object", "PassedOver", "Quarantined", "Source", "delivered", "passed_over_kind"]

_DELIVERED = re.compile(r"_(\d{8}T\d{4}Z)_")
_KIND = "CloudTrail-(Digest|Insight|Aggregated)"
_PASSED_OVER = re.compile(
    rf"(?:^|[/\\])(?:AWSLogs[/\\](?:o-\w+[/\\])?\d{{12}}[/\\]{_KIND}[/\\]|\d{{12}}_{_KIND}_[^/\\]*$)"
)
"""What CloudTrail itself writes: whatever else somebody named so (a folder for a case) may hold records."""


class Object(msgspec.Struct, frozen=True, gc=False):
    """One thing to read."""

    name: str
    """The absolute path, or `-` for standard input."""
    size: int
    """Bytes as stored; 0 where that is not known before reading (pipes)."""
    stamp: str
    """Changes when the content does; empty where nothing can tell, so that the object is read every time."""
    delivered: str = ""
    """When CloudTrail delivered it, `YYYYMMDDTHHMMZ` as its name says; empty for other names."""


class PassedOver(msgspec.Struct, frozen=True, gc=False):
    """Something recognised that holds no records: counted, not an error.

    `kind` is `digest`, `insight`, `aggregated`, `notification` (says that a file was delivered), `control` (a test
    message of CloudWatch Logs), `metadata` (what macOS adds to archives) or `store file` (what is written to).
    """

    source: str
    position: str
    kind: str


class Chunk:
    """CloudTrail records in the order of the object, still as JSON text.

    Each record begins as a JSON object. In a native delivery file only the first is looked at for the fields of a
    record: whoever decodes them quarantines the one without. A record may share memory with the whole object: copy
    (`Raw.copy`) what is kept longer than the chunk.
    """

    __slots__ = ("_given", "first", "prefix", "source")

    def __init__(self, source: str, records: list[msgspec.Raw], prefix: str = "record ", first: int = 1) -> None:
        """Take the records of the object `source`; the first of them is number `first`."""
        self.source = source
        self.prefix = prefix
        self.first = first
        self._given = records

    @property
    def records(self) -> list[msgspec.Raw]:
        """The text of every record."""
        return self._given

    def raw(self, index: int) -> msgspec.Raw:
        """The text of the record at `index`."""
        return self._given[index]

    def position(self, index: int) -> str:
        """Where the record at `index` of this chunk stands in the object: `record 7`, `line 12, record 3`."""
        return f"{self.prefix}{self.first + index}"


class Source(Protocol):
    """A place that trails are read from."""

    def objects(self) -> Iterator[Object | Quarantined | PassedOver]:
        """What there is to read, in order of delivery time, then name; what cannot be listed is quarantined."""

    def open(self, item: Object) -> BinaryIO:
        """Open one object for reading, from any process; raises UnreadableSource (one sentence) if that fails."""


def delivered(name: str) -> str:
    """When CloudTrail delivered the object of this name (`YYYYMMDDTHHMMZ`, UTC), or an empty string.

    Names: docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    found = _DELIVERED.search(name.rpartition("/")[2])
    return found[1] if found else ""


def passed_over_kind(name: str) -> str:
    """`digest`, `insight` or `aggregated` if CloudTrail's own path or name says that it holds no records, else empty.

    All else is told by content.
    Paths: docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
    """
    found = _PASSED_OVER.search(name)
    return (found[1] or found[2]).lower() if found else ""
