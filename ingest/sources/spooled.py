"""Standard input kept in a file for a while: what it holds is its name, so that the same again is the same object."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ingest.errors import UnreadableSource
from ingest.limits import PIECE_BYTES
from ingest.source import Object


class Spooled:
    """A stream as one object that can be opened again, from any process: `stdin:` and a hash of what came."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        """Read the stream to its end into a new file, which whoever made this removes; raises UnreadableSource."""
        digest = hashlib.sha256()
        size = 0
        try:
            with path.open("xb") as file:
                while piece := stream.read(PIECE_BYTES):
                    digest.update(piece)
                    file.write(piece)
                    size += len(piece)
        except OSError as error:
            raise UnreadableSource(
                f"standard input cannot be kept: {(error.strerror or str(error)).lower()}"
            ) from error
        self._path = path
        self._object = Object(f"stdin:{digest.hexdigest()}", size, digest.hexdigest())

    def objects(self) -> Iterator[Object]:
        """The one object."""
        yield self._object

    def open(self, item: Object) -> BinaryIO:
        """Open what was kept."""
        del item
        return self._path.open("rb", buffering=0)
