"""Files and folders on disk, of any depth: a delivery tree as S3 has it, or all in one folder."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ingest.errors import MissingSource, UnreadableSource
from ingest.source import Object, PassedOver, Quarantined, delivered, passed_over_kind

_LIKE_A_BYTE = re.compile(r"\\(?=x(?:[89a-f][0-9a-f]|5c))")


class Files:
    """The files that are named, and all those below the folders that are named.

    Raises MissingSource at once if any of the paths is not there, before anything is read.
    """

    def __init__(self, paths: Sequence[str | Path], own: Sequence[str | Path] = ()) -> None:
        """Take the paths as they were given; relative ones are made absolute now.

        Files of our `own` that lie there (the store that is written) are no trail, and passed over as `store file`.
        """
        self._paths = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - resolve() would lose the names of links
        self._own = {os.path.abspath(path) for path in own}  # noqa: PTH100 - as above
        self._spelled: dict[str, str] = {}
        for given, path in zip(paths, self._paths, strict=True):
            _must_be_there(str(given), path)

    def objects(self) -> Iterator[Object | Quarantined | PassedOver]:
        """Each file once, sorted by delivery time, then path; what may not be listed is quarantined where it stands."""
        found: list[tuple[str, str, bool]] = []
        refused: list[Quarantined] = []
        for path in self._paths:
            if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir() raises where one may not look
                found.extend((delivered(name), name, False) for name in _below(path, refused))
            else:
                found.append((delivered(path.name), str(path), True))
        yield from refused
        last = ""
        for when, name, named in sorted(found):
            if name != last:
                if (text := _text(name)) != name:
                    self._spelled[text] = name
                own = name in self._own
                yield PassedOver(text, "", "store file") if own else _item(name, when, named=named)
            last = name

    def open(self, item: Object) -> BinaryIO:
        """Open one file; raises UnreadableSource if that is refused. Reads are large, so there is no buffer."""
        try:
            return open(self._spelled.get(item.name, item.name), "rb", buffering=0)  # noqa: PTH123 - Path costs as much again as opening, a file
        except OSError as error:
            raise UnreadableSource(f"cannot be opened: {_reason(error)}") from error


def _must_be_there(given: str, path: Path) -> None:
    missing = MissingSource(f"There is no file or folder {given!r}.")
    if not given:  # a variable that was not set: it must not mean the current folder
        raise missing
    try:
        path.stat()
    except PermissionError:
        return  # listed as quarantined later: the other sources can still be read
    except (OSError, ValueError) as error:
        raise missing from error


def _below(root: Path, refused: list[Quarantined]) -> Iterator[str]:
    """Every path below `root` that is not a folder; each folder is entered once, so loops of links end."""
    entered: set[tuple[int, int]] = set()
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - os.scandir and plain text: half the memory of Path objects
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if _is_folder(entry):
                        waiting.append(entry.path)
                    else:
                        yield entry.path
        except OSError as error:
            refused.append(Quarantined(_text(folder), "", f"folder cannot be listed: {_reason(error)}"))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether to look inside; a link that leads nowhere, or back to itself, is no folder and says so when read."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _text(path: str) -> str:
    r"""The path as text that a store can hold: bytes in it that are not UTF-8 as `\xNN`, no two paths alike.

    So a backslash that could be taken for the beginning of such a byte is written as one.
    """
    if path.isascii() and "\\" not in path:
        return path
    return os.fsencode(_LIKE_A_BYTE.sub(r"\\x5c", path)).decode(errors="backslashreplace")


def _item(path: str, when: str, *, named: bool) -> Object | Quarantined | PassedOver:
    name = _text(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - as above
    except OSError as error:
        return Quarantined(name, "", f"cannot be read: {_reason(error)}")
    if kind := passed_over_kind(name):
        return PassedOver(name, "", kind)
    if stat.S_ISREG(status.st_mode):
        stamp = f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"
        return Object(name, status.st_size, stamp, when)
    if named:
        return Object(name, 0, "", when)
    # Opening a pipe that nobody writes to would wait for ever.
    return Quarantined(name, "", "not a regular file")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
