"""Rows as JSON lines: the CloudTrail record as it was written, session tokens cut, with a `lineage` object behind."""

import gzip
from collections.abc import Iterable, Iterator

import msgspec

from lake.columns import one_line
from lake.lineage import Lineage
from lake.rows import Enriched

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Lineage).decode
_LINEAGE = b',"lineage":{'
"""An object, which nothing that is called so within a lineage is: the tags in it are texts."""


class Lines:
    """Gzip, one record a line; equal rows give equal bytes."""

    suffix = ".jsonl.gz"

    def write(self, path: str, rows: list[Enriched]) -> None:
        """Write the rows to a local file."""
        with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:  # noqa: PTH123 (as gzip takes it)
            packed.writelines(lines(rows))


def lines(rows: Iterable[Enriched]) -> Iterator[bytes]:
    """Each row as a line; `lineage` has the columns of `lake.schema.LINEAGE` without what they all begin with."""
    known: dict[Lineage, bytes] = {}
    for one in rows:
        told = known.get(one.lineage)
        if told is None:
            told = known[one.lineage] = _LINEAGE + _encode(one.lineage)[1:] + b"}\n"
        yield one_line(one.row.raw)[:-1] + told


def parted(line: bytes) -> tuple[bytes, Lineage]:
    """The record in a line, as it was before its lineage was put behind it (it may have one of its own), and that."""
    at = line.rindex(_LINEAGE)
    return line[:at] + b"}", _decode(line[at + len(_LINEAGE) - 1 :].rstrip()[:-1])
