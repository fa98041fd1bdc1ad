"""An export that takes its time over every file, so that a test can kill it anywhere: TRAIL STORE LAKE SECONDS."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lake.folder import Folder
from tests.lake.lakes import exported

_writing = Folder.writing


@contextmanager
def _slowly(folder: Folder, path: str) -> Iterator[Path]:
    seconds = float(sys.argv[4]) / 2
    with _writing(folder, path) as local:
        yield local
        time.sleep(seconds)
    time.sleep(seconds)


if __name__ == "__main__":
    Folder.writing = _slowly  # type: ignore[assignment, method-assign]
    exported(Path(sys.argv[1]), sys.argv[2], sys.argv[3], workers=2)
