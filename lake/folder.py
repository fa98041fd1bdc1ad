"""A lake in a folder: files are written beside their place under a hidden name, and renamed when they are whole."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest.errors import LakeError, LakeForeign, LakeFull, LakeRefused
from lake.place import Stored

_PART = ".part"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of the errors of a full disk."""

_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Folder:
    """A place on disk. Each writer has a part of its own: two that write the same file would spoil each other's."""

    def __init__(self, url: str) -> None:
        """Name the folder; it is made when something is written."""
        self.url = url.rstrip("/") or "/"
        self._root = Path(os.path.abspath(url))  # noqa: PTH100 - resolve() would lose the names of links

    def listed(self, under: str = "") -> Iterator[Stored]:
        """All files below a folder, in order of their paths."""
        with self._told():
            found = sorted(one for one in self._below(self._root / under) if not _is_part(one))
        yield from found

    def parts(self) -> Iterator[Stored]:
        """Files that are being written, or were when their writer was killed, in order of their paths."""
        with self._told():
            found = sorted(filter(_is_part, self._below(self._root)))
        yield from found

    def _below(self, folder: Path) -> "Iterator[_Sorted]":
        for here, _, names in os.walk(folder, onerror=_unless_missing):
            for name in names:
                path = Path(here) / name
                with suppress(FileNotFoundError):  # replaced while we look
                    status = path.stat()
                    stamp = f"{status.st_mtime_ns}-{status.st_size}"
                    yield _Sorted(path.relative_to(self._root).as_posix(), status.st_size, stamp, status.st_mtime)

    def read(self, path: str) -> bytes:
        """What a file holds."""
        with self._told():
            return self._at(path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Write a small file."""
        with self.writing(path) as local:
            local.write_bytes(data)

    @contextmanager
    def writing(self, path: str) -> Iterator[Path]:
        """A hidden file beside the place, renamed when the block ends well."""
        target = self._at(path)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_PART}")
        with self._told():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                yield part
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files, and what folders that leaves empty."""
        with self._told():
            for path in paths:
                target = self._at(path)
                target.unlink(missing_ok=True)
                with suppress(OSError):  # not empty, or gone
                    target.parent.rmdir()

    def full(self, path: str) -> str:
        """The absolute path."""
        return str(self._at(path)) if path else f"{self._root}{os.sep}"

    def _at(self, path: str) -> Path:
        """Where a file lies; a commit that somebody else wrote may name any, but has us touch none but the lake's."""
        if path.startswith("/") or ".." in path.split("/"):
            raise LakeForeign(f"{self.url} is not ours as it is: a commit names {path!r}, outside of it")
        return self._root / path

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in a sentence what the system refuses."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            why = (os.strerror(error.errno) if error.errno else str(error)).lower()  # libraries add words of their own
            if error.errno in FULL:
                raise LakeFull(
                    f"{self.url}: {why}; what was written whole is kept, run again once there is room"
                ) from error
            if error.errno in _REFUSED:
                raise LakeRefused(f"{error.filename or self.url}: {why}") from error
            raise LakeError(f"{error.filename or self.url}: {why}") from error


class _Sorted(Stored, frozen=True, order=True, gc=False):
    """Sorts by path first."""


def _is_part(one: Stored) -> bool:
    return one.path.endswith(_PART) and one.path.rpartition("/")[2].startswith(".")


def _unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
