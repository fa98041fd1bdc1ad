"""Standard input: one object, read once."""

import sys
from collections.abc import Iterator
from typing import BinaryIO

from ingest.source import Object

NAME = "-"


class Stdin:
    """Whatever is piped in; the name of its one object is `-`."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        """Read from `stream`, or from the process's standard input where none is given."""
        self._stream = stream

    def objects(self) -> Iterator[Object]:
        """One object, of unknown size and without a stamp: it is always read."""
        yield Object(NAME, 0, "")

    def open(self, item: Object) -> BinaryIO:
        """Give the stream itself, in this process alone; it can be read once."""
        del item
        return sys.stdin.buffer if self._stream is None else self._stream
