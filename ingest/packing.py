"""What is wrapped around text: gzip, zip and 16-bit encodings, recognised by content and undone in pieces.

Everything here streams: whatever an object expands to, a few MiB of it are in memory at a time.
"""

import codecs
import errno
import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ingest.limits import HELD_BYTES, PIECE_BYTES, Limits
from ingest.source import passed_over_kind

GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"{\x00", "utf-16-le"),
    (b"[\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
    (b"\x00[", "utf-16-be"),
)
_FOREIGN = (
    (b"PAR1", "a Parquet file"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
)
_HEAD = 512
_TAR, _TAR_AT = b"ustar", 257
_SLICE = 4096
_MEMBER_PIECE = 65536
_GZIP_BITS = 31
_MAX_LAYERS = 3
_BOM = b"\xef\xbb\xbf"
# What zipfile raises for members that are encrypted (RuntimeError), oddly packed, cut off or corrupt.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    struct.error,
    NotImplementedError,
    RuntimeError,
)


class Unreadable(Exception):
    """The bytes end before they should, for the reason said; inside this module only: it ends as a `fault`."""


class Budget:
    """What one object has taken and what came out of it, over all layers and members."""

    def __init__(self, limits: Limits) -> None:
        """Start with nothing read."""
        self._limits = limits
        self._packed = 0
        self._expanded = 0

    def take(self, count: int) -> None:
        """Count bytes read from the object itself."""
        self._packed += count

    def give(self, count: int) -> None:
        """Count bytes that came out of a packed layer; raises Unreadable over the limits."""
        self._expanded += count
        if self._expanded > self._limits.max_object_bytes:
            raise Unreadable(f"expands over {self._limits.max_object_bytes:,} bytes")
        judged = self._expanded > self._limits.ratio_from_bytes
        if judged and self._expanded > self._packed * self._limits.max_ratio:
            raise Unreadable(f"expands over {self._limits.max_ratio} times its size")


class Pieces:
    """The bytes of one text, piece by piece; `fault` says why they ended too soon, if they did."""

    def __init__(self, source: Iterator[bytes]) -> None:
        """Take pieces from `source`, which may raise Unreadable or OSError at its end."""
        self._source = source
        self._held = b""
        self.fault = ""

    def next(self) -> bytes:
        """Give the next piece, never empty before the end."""
        if self._held:
            piece, self._held = self._held, b""
            return piece
        try:
            return next((piece for piece in self._source if piece), b"")
        except Unreadable as error:
            self.fault = str(error)
        except OSError as error:
            self.fault = f"cannot be read: {(error.strerror or str(error)).lower()}"
        self._source = iter(())
        return b""

    def peek(self, count: int) -> bytes:
        """Give up to `count` bytes from the front without taking them."""
        while len(self._held) < count:
            held, self._held = self._held, b""
            piece = self.next()
            self._held = held + piece
            if not piece:
                break
        return self._held[:count]


class Text:
    """One text in an object: its pieces, and the words that say where it stands (`member a.json, `)."""

    def __init__(self, place: str, pieces: Pieces, kind: str = "") -> None:
        """`kind` is set, and there are no pieces, for what is passed over or foreign (`not …`)."""
        self.place = place
        self.pieces = pieces
        self.kind = kind


def texts(stream: BinaryIO, head: bytes, limits: Limits) -> Iterator[Text]:
    """Give each text of an object of which `head` was read already: itself, or what it unpacks to.

    A text that cannot be unpacked is given with no pieces and `fault` set.
    """
    budget = Budget(limits)
    yield from _layer(Pieces(_read(stream, head, budget)), "", budget, 0)


def _layer(pieces: Pieces, place: str, budget: Budget, depth: int) -> Iterator[Text]:
    head = pieces.peek(_HEAD)
    packed = head.startswith((GZIP, *_ZIP))
    if packed and depth == _MAX_LAYERS:
        yield _faulty(place, f"packed more than {_MAX_LAYERS} times")
    elif head.startswith(GZIP):
        yield from _layer(Pieces(_gunzip(pieces, budget)), place, budget, depth + 1)
    elif packed:
        yield from _unzip(pieces, place, budget, depth)
    elif encoding := next((name for mark, name in _ENCODINGS if head.startswith(mark)), ""):
        yield Text(place, Pieces(_recode(pieces, encoding)))
    elif foreign := next((name for mark, name in _FOREIGN if head.startswith(mark)), ""):
        yield _faulty(place, f"{foreign}, not JSON")
    elif head.startswith(_TAR, _TAR_AT):
        yield _faulty(place, "a tar archive, not JSON: unpack it first")
    else:
        yield Text(place, Pieces(_without_bom(pieces)))


def _faulty(place: str, fault: str) -> Text:
    pieces = Pieces(iter(()))
    pieces.fault = fault
    return Text(place, pieces)


def _read(stream: BinaryIO, head: bytes, budget: Budget) -> Iterator[bytes]:
    piece = head
    while piece:
        budget.take(len(piece))
        yield piece
        piece = stream.read(PIECE_BYTES)


def _all(pieces: Pieces) -> Iterator[bytes]:
    while piece := pieces.next():
        yield piece
    if pieces.fault:
        raise Unreadable(pieces.fault)


def _without_bom(pieces: Pieces) -> Iterator[bytes]:
    marked = pieces.peek(len(_BOM)) == _BOM
    for piece in _all(pieces):
        yield piece[len(_BOM) :] if marked else piece
        marked = False


def _recode(pieces: Pieces, encoding: str) -> Iterator[bytes]:
    """As UTF-8; half of a surrogate pair as JSON's escape of it, so that only the value that it stands in is broken."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for piece in _all(pieces):
            yield decoder.decode(piece).encode(errors="backslashreplace")
        yield decoder.decode(b"", final=True).encode(errors="backslashreplace")
    except UnicodeError as error:
        raise Unreadable(f"looks like {encoding.upper()}, but is not") from error


def _gunzip(pieces: Pieces, budget: Budget) -> Iterator[bytes]:
    """Every member's bytes; where the data is broken or cut off, all that comes before that place."""
    inflate = zlib.decompressobj(wbits=_GZIP_BITS)
    for piece in _all(pieces):
        rest = piece
        while rest:
            if inflate.eof:
                rest = _next_member(rest)
                inflate = zlib.decompressobj(wbits=_GZIP_BITS) if rest else inflate
                continue
            part, rest = rest[:_SLICE], rest[_SLICE:]
            for out in _inflate(inflate, part):
                budget.give(len(out))
                yield out
            rest = inflate.unused_data + rest
    if not inflate.eof:
        raise Unreadable("gzip data is cut off")


def _inflate(inflate: "zlib._Decompress", part: bytes) -> Iterator[bytes]:
    """What `part` adds; at an error, whatever comes out before the very byte that is wrong, then Unreadable."""
    before = inflate.copy()
    try:
        out = inflate.decompress(part)
    except zlib.error:
        for place in range(len(part)):
            try:
                yield before.decompress(part[place : place + 1])
            except zlib.error as error:
                wrong_sum = "check" in str(error) and "header" not in str(error)
                raise Unreadable("gzip checksum is wrong" if wrong_sum else "gzip data is corrupt") from error
    else:
        yield out


def _next_member(rest: bytes) -> bytes:
    """Give `rest` from where another member begins; zeros are padding, anything else is an error."""
    content = rest.lstrip(b"\0")
    if content and not GZIP.startswith(content[:2]):
        raise Unreadable("bytes that are not gzip follow the gzip data")
    return content


def _unzip(pieces: Pieces, place: str, budget: Budget, depth: int) -> Iterator[Text]:
    """Each member's texts; zip keeps its table at the end, so the archive is spooled first, to disk if it is large."""
    with tempfile.SpooledTemporaryFile(max_size=HELD_BYTES) as spool:
        try:
            spool.writelines(_all(pieces))
        except Unreadable as error:
            yield _faulty(place, str(error))
            return
        except OSError as error:
            yield _faulty(place, f"cannot be unpacked, for want of a place to put it: {_first_line(error)}")
            return
        try:
            archive = zipfile.ZipFile(spool)
        except _ZIP_ERRORS as error:
            yield _faulty(place, f"zip archive is broken: {_first_line(error)}")
            return
        with archive:
            for member in archive.infolist():
                inside = f"{place}member {member.filename}, "
                if kind := _skipped(member.filename):
                    yield Text(inside, Pieces(iter(())), kind)
                elif not member.is_dir():
                    yield from _layer(Pieces(_member(archive, member, budget)), inside, budget, depth + 1)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    try:
        with archive.open(member) as opened:
            while piece := opened.read(_MEMBER_PIECE):
                budget.give(len(piece))
                yield piece
    except _ZIP_ERRORS as error:
        # A place in the archive that cannot be (EINVAL) is its own fault; all else is that of our disk.
        ours = isinstance(error, OSError) and error.errno != errno.EINVAL
        what = "cannot be read back" if ours else "zip member is broken"
        raise Unreadable(f"{what}: {_first_line(error)}") from error


def _skipped(name: str) -> str:
    return "metadata" if name.startswith("__MACOSX/") else passed_over_kind(name)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
