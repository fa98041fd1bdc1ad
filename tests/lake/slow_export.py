"""An export that takes its time over every file, so that a test can kill it anywhere: TRAIL STORE LAKE SECONDS."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lake.bucket import Bucket
from lake.folder import Folder
from tests.lake.lakes import exported


def _slowly(kind: type[Folder] | type[Bucket], seconds: float) -> None:
    """Have this kind of place wait before each file takes its place, and after."""
    writing = kind.writing

    @contextmanager
    def slow(where: Folder | Bucket, path: str) -> Iterator[Path]:
        with writing(where, path) as local:  # type: ignore[arg-type]  # of its own kind
            yield local
            time.sleep(seconds)
        time.sleep(seconds)

    kind.writing = slow  # type: ignore[assignment, method-assign]  # slowed down to be killed in the middle


if __name__ == "__main__":
    for kind in (Folder, Bucket):
        _slowly(kind, float(sys.argv[4]) / 2)
    exported(Path(sys.argv[1]), sys.argv[2], sys.argv[3], workers=2)
