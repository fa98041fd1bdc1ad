import base64
import errno
import gzip
import io
import json
import random
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import read, read_from
from ingest.envelopes import Item
from ingest.limits import HELD_BYTES, MIB, Limits
from ingest.source import Chunk, Object, PassedOver, Quarantined
from ingest.sources.files import Files


def record(number: int, **more: object) -> dict[str, object]:
    """One record, told by its event id."""
    return {"eventVersion": "1.08", "eventName": "AssumeRole", "eventID": f"e-{number}", "eventTime": "now", **more}


def decode(content: bytes, limits: Limits | None = None, name: str = "f") -> list[Item]:
    """All that an object of this content gives."""
    return list(read(Object(name, len(content), ""), io.BytesIO(content), limits or Limits()))


def ids(items: list[Item]) -> list[str]:
    """The event ids of all records, in order."""
    chunks = [item for item in items if isinstance(item, Chunk)]
    return [msgspec.json.decode(raw)["eventID"] for chunk in chunks for raw in chunk.records]


def positions(items: list[Item]) -> list[str]:
    """Where each record says it stands."""
    chunks = [item for item in items if isinstance(item, Chunk)]
    return [chunk.position(index) for chunk in chunks for index in range(len(chunk.records))]


def bad(items: list[Item]) -> list[tuple[str, str]]:
    """Place and reason of all that is quarantined."""
    return [(item.position, item.reason) for item in items if isinstance(item, Quarantined)]


def native(count: int, **more: object) -> bytes:
    """A delivery file."""
    return json.dumps({"Records": [record(number, **more) for number in range(count)]}).encode()


def zipped(**members: bytes) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


LINES = b"".join(json.dumps(record(number)).encode() + b"\n" for number in range(3))
THREE = ["e-0", "e-1", "e-2"]


@pytest.mark.parametrize(
    "content",
    [
        native(3),
        gzip.compress(native(3), mtime=0),
        gzip.compress(gzip.compress(native(3), mtime=0), mtime=0),
        zipped(a=native(2), b=json.dumps(record(2)).encode()),
        zipped(a=gzip.compress(native(3), mtime=0)),
        gzip.compress(zipped(a=native(3)), mtime=0),
        b"\xef\xbb\xbf" + native(3),
        native(3).decode().encode("utf-16"),
        native(3).decode().encode("utf-16-le"),
        native(3).decode().encode("utf-16-be"),
        gzip.compress(native(3).decode().encode("utf-16"), mtime=0),
        LINES,
        LINES.rstrip(),
        LINES.replace(b"\n", b"\r\n\r\n"),
        LINES.replace(b"\n", b",\n"),
        LINES.replace(b"\n", b""),
        LINES.replace(b"\n", b"\x1e"),
        gzip.compress(LINES[:150], mtime=0) + gzip.compress(LINES[150:], mtime=0) + b"\0" * 40,
        json.dumps([record(number) for number in range(3)]).encode(),
        json.dumps([record(number) for number in range(3)], indent=4).encode(),
        b"\n".join(json.dumps(record(number), indent=2).encode() for number in range(3)),
        native(2) + b"\n" + json.dumps(record(2)).encode(),
    ],
)
def test_packing_and_layout_are_told_by_content(content: bytes) -> None:
    """Plain, gzip, zip, UTF-16, lists, lines and values in a row all give the same three records, and no complaint."""
    items = decode(content)

    assert ids(items) == THREE
    assert bad(items) == []


def test_positions_say_record_or_line() -> None:
    """Records of a delivery file are counted; values on lines have the line they begin on."""
    pretty = b"\n\n" + json.dumps(record(0), indent=1).encode() + b"\n" + json.dumps(record(1)).encode()

    assert positions(decode(native(2))) == ["record 1", "record 2"]
    assert positions(decode(LINES)) == ["line 1", "line 2", "line 3"]
    assert positions(decode(pretty)) == ["line 3", "line 9"]
    assert positions(decode(zipped(a=LINES))) == ["member a, line 1", "member a, line 2", "member a, line 3"]


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"", mtime=0), zipped()])
def test_an_empty_object_is_quarantined(content: bytes) -> None:
    """CloudTrail delivers no empty objects: something was lost on the way, and that is said."""
    (found,) = decode(content)

    assert isinstance(found, Quarantined)
    assert found.reason == "empty: nothing is in it"


@pytest.mark.parametrize("content", [b'{"Records":[]}', b"[]", gzip.compress(b'{"Records":[]}', mtime=0)])
def test_nothing_is_not_an_error(content: bytes) -> None:
    """An empty file, however packed, holds no records and is nothing to complain of."""
    assert decode(content) == []


def test_cut_off_gzip_gives_its_whole_records() -> None:
    """What comes before the cut is read record by record; the cut is said once."""
    noise = random.Random(1)
    whole = json.dumps({"Records": [record(n, noise=noise.randbytes(300).hex()) for n in range(50)]}).encode()
    packed = gzip.compress(whole)

    items = decode(packed[: len(packed) // 2])

    assert ids(items) == [f"e-{number}" for number in range(len(ids(items)))]
    assert 20 < len(ids(items)) < 30
    assert [reason for _, reason in bad(items)] == ["gzip data is cut off"]


def test_corrupt_gzip_gives_what_comes_before() -> None:
    """A flipped byte in the middle, or a wrong checksum at the end, loses only what cannot be known."""
    noise = random.Random(2)
    whole = json.dumps({"Records": [record(n, noise=noise.randbytes(300).hex()) for n in range(50)]}).encode()
    packed = gzip.compress(whole)
    wrong_sum = packed[:-8] + b"\0\0\0\0" + packed[-4:]
    middle = packed[: len(packed) // 2] + b"\xff" * 64 + packed[len(packed) // 2 + 64 :]

    assert len(ids(decode(wrong_sum))) == 50
    assert [reason for _, reason in bad(decode(wrong_sum))] == ["gzip checksum is wrong"]
    assert 10 < len(ids(decode(middle))) < 50
    assert bad(decode(middle))


def test_garbage_behind_gzip_is_said() -> None:
    """Bytes that follow a gzip member and are no gzip are quarantined; the records stay."""
    items = decode(gzip.compress(native(3)) + b"garbage")

    assert ids(items) == THREE
    assert [reason for _, reason in bad(items)] == ["bytes that are not gzip follow the gzip data"]


def peak(content: bytes, limits: Limits | None = None) -> tuple[list[Item], int]:
    """What an object gives, and the most memory that reading it took."""
    tracemalloc.start()
    try:
        return decode(content, limits), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(a=content)])
def test_bomb_is_quarantined_in_little_memory(pack: object) -> None:
    """What expands a thousandfold is found out while it expands, in a few MiB."""
    bomb = pack(b"\0" * (300 * MIB)) if callable(pack) else b""

    items, memory = peak(bomb)

    assert "expands over 200 times its size" in [reason for _, reason in bad(items)]
    assert memory < 100 * MIB


def test_limits_are_adjustable() -> None:
    """Size and ratio can be set lower and higher; what came out before the limit is kept."""
    packed = gzip.compress(LINES * 40_000)
    small = decode(packed, Limits(max_object_bytes=MIB, max_ratio=10_000))

    assert [reason for _, reason in bad(small)] == ["expands over 1,048,576 bytes"]
    assert len(ids(small)) > 1000
    assert len(ids(decode(packed, Limits(max_ratio=10_000)))) == 120_000


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"Records":[', b'{"detail":'])
def test_json_nested_100_000_deep(opening: bytes) -> None:
    """Deep nesting is quarantined, alone among good records too, and no recursion escapes."""
    deep = opening * 100_000
    line = deep + b"1" + b"".join(b"}" if b"{" in opening else b"]" for _ in range(100_000))
    among = b'{"Records":[' + LINES[:-1].replace(b"\n", b"," + line.replace(b'"Records"', b'"x"') + b",") + b"]}"

    assert bad(decode(deep))
    assert ids(decode(line + b"\n" + LINES)) == THREE
    assert bad(decode(line + b"\n" + LINES))
    if opening != b'{"Records":[':
        assert ids(decode(among)) == THREE
        assert {reason for _, reason in bad(decode(among))} == {"JSON nested too deep"}


class Endless(io.RawIOBase):
    """Good lines around one line of `size` bytes, made while it is read."""

    def __init__(self, begin: bytes, size: int, end: bytes) -> None:
        self.parts = iter([begin, *[b"x" * MIB] * (size // MIB), end])

    def read(self, count: int = -1) -> bytes:
        """Give the next part, however much is asked for."""
        del count
        return next(self.parts, b"")


def stream(begin: bytes, size: int, end: bytes) -> BinaryIO:
    """A stream with one endless line."""
    return Endless(begin, size, end)  # type: ignore[return-value]  # all of a stream that is used


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (LINES + b'{"eventName":"', b'"}\n' + LINES),
        (LINES, b"\n" + LINES),
        (LINES + b'{"Records":[{"a":"', b'"}]}\n' + LINES),
        (b'{"Records":[' + LINES.replace(b"\n", b",") + b'{"a":"', b'"},' + LINES.replace(b"\n", b",") + b"]}"),
    ],
)
def test_line_of_a_gigabyte(begin: bytes, end: bytes) -> None:
    """It is quarantined without being held, wherever it stands; what is around it is read."""
    tracemalloc.start()
    items = list(read(Object("f", 0, ""), stream(begin, 1024 * MIB, end), Limits()))
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert ids(items) == THREE + THREE
    assert len(bad(items)) == 1
    assert memory < 100 * MIB


@pytest.mark.parametrize("begin", [b"", b'{"Records":[', b"["])
def test_long_file_is_read_in_flat_memory(begin: bytes) -> None:
    """Lines, and one list far longer than what is held, come in pieces."""
    line = json.dumps(record(0, text="y" * 900)).encode() + (b"," if begin else b"\n")
    count = 4 * HELD_BYTES // len(line)
    end = {b"": b"", b"[": b"]"}.get(begin, b"]}")
    parts = iter([begin + line * 1000, *([line * 1000] * (count // 1000 - 1)), line[:-1] + end])
    found = 0

    class Long(io.RawIOBase):
        def read(self, count: int = -1) -> bytes:
            out = b""
            while len(out) < count and (part := next(parts, b"")):
                out += part
            return out

    tracemalloc.start()
    for item in read(Object("f", 0, ""), Long(), Limits(max_line_bytes=MIB)):  # type: ignore[arg-type]  # all of a source that is used
        assert isinstance(item, Chunk)
        found += len(item.records)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found == count // 1000 * 1000 + 1
    assert memory < 5 * HELD_BYTES


@pytest.mark.parametrize(
    "broken",
    [
        b'{"eventName": nope}',
        b'{"eventName" "x"}',
        b'{"a":1,}',
        b'{"a":"\x00"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\q"}',
        b'{"a":{"b":1}',
        b'{"a":"open',
        b"{",
        b"garbage",
        b"\x00\x00\x00",
        b'{"a":"raw\ttab"}',
    ],
)
def test_one_broken_value_among_good_ones(broken: bytes) -> None:
    """On a line or in a list, one broken value is quarantined by itself with its place; the others are read."""
    first, second, third = LINES.splitlines()
    lines = decode(b"\n".join([first, broken, second, third]))
    listed = decode(b'{"Records":[' + b",".join([first, broken, second, third]) + b"]}")

    assert ids(lines) == THREE
    assert [place.split(",")[0] for place, _ in bad(lines)] == ["line 2"]
    assert ids(listed) in (THREE, ["e-0", "e-2"])  # an open string swallows up to the next quote
    assert bad(listed)[0][0].startswith("line 1, record 2")


ALONE = [json.dumps(record(number)).encode() for number in range(4)]
"""Good records, to stand around bad ones."""

SURROGATE = b'{"eventVersion": "1.08", "eventName": "A", "eventID": "bad", "userAgent": "\\ud800"}'


def sns(*values: bytes) -> bytes:
    """A notice whose message holds these values."""
    return json.dumps({"Type": "Notification", "Message": b"\n".join(values).decode()}).encode()


def logs(*values: bytes) -> bytes:
    """What CloudWatch Logs hands to a subscription: base64 of gzip of an envelope of texts."""
    envelope = {"logEvents": [{"id": "1", "message": value.decode()} for value in values]}
    return json.dumps(
        {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(envelope).encode())).decode()}}
    ).encode()


def utf16(*values: bytes) -> bytes:
    """Lines in UTF-16, where half of a pair stands by itself."""
    return b"\n".join(values).decode().replace("\\ud800", "\ud800").encode("utf-16", "surrogatepass")


@pytest.mark.parametrize(
    "content",
    [
        b" ".join([ALONE[0], SURROGATE, *ALONE[1:]]),
        b"\n  ".join([ALONE[0], SURROGATE]) + b"\n\t" + b"\n".join(ALONE[1:]),
        b"\n".join(b"\xef\xbb\xbf" + value for value in [ALONE[0], SURROGATE, *ALONE[1:]]),
        b"\n".join([SURROGATE, b'{"Records": [' + b", ".join(ALONE) + b"]}"]),
        SURROGATE[:-1] + b', "x": {"Records": []}}\n{"events": [' + b",".join(ALONE) + b"]}",
        sns(ALONE[0], SURROGATE, *ALONE[1:]),
        sns(b'{"Records": [' + b", ".join([ALONE[0], SURROGATE, *ALONE[1:]]) + b"]}"),
        logs(ALONE[0], SURROGATE, *ALONE[1:]),
        utf16(ALONE[0], SURROGATE, *ALONE[1:]),
        b'{"x": "\\ud800", "Records": [' + b",".join(ALONE) + b"]}",
    ],
)
def test_a_record_that_is_broken_inside_costs_no_other(content: bytes) -> None:
    """Half of a surrogate pair makes one value unreadable, wherever it stands; all around it is read."""
    items = decode(content)

    assert ids(items) == ["e-0", "e-1", "e-2", "e-3"]
    assert len(bad(items)) == 1


@pytest.mark.parametrize("stray", [b"}", b"]", b'"', b'{"eventVersion":"1.08","eventName":"Assu', b'{"a":{"b":[1,'])
@pytest.mark.parametrize("opening", [b"[", b'{"Records":['])
def test_something_stray_in_a_list_costs_no_record(opening: bytes, stray: bytes) -> None:
    """A bracket or a quote too many, or a record cut off, in a list on one line."""
    items = decode(opening + b",".join([*ALONE[:2], stray, *ALONE[2:]]) + (b"]}" if b"{" in opening else b"]"))

    assert ids(items) == ["e-0", "e-1", "e-2", "e-3"]
    assert bad(items)[0][0].startswith("line 1")


def test_spaces_around_a_record_are_no_part_of_it() -> None:
    """The same record is the same text, by which it is told again where it has no id, however it is laid out."""
    spaced = [
        ALONE[0] + b"  " + ALONE[1] + b" \r\n",
        b'{"Records": [ ' + ALONE[0] + b" ,\n" + ALONE[1] + b"\n ] }",
        b"[" + ALONE[0] + b" , nope, " + ALONE[1] + b"  ]",
        b'{"Records":[' + json.dumps(record(0), separators=(",", ":")).encode() + b" ]}",
    ]
    texts = {bytes(raw) for content in spaced[:3] for raw in whole(decode(content))}

    assert texts == set(ALONE[:2])
    assert whole(decode(spaced[3])) == [json.dumps(record(0), separators=(",", ":")).encode()]


def whole(items: list[Item]) -> list[bytes]:
    """The text of each record, as whoever keeps one asks for it."""
    return [bytes(item.raw(index)) for item in items if isinstance(item, Chunk) for index in range(len(item.records))]


def test_archive_that_cannot_be_unpacked_for_now_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk says nothing of the archive: what is said of it is passing, so that it does not count as read."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "writelines", full)
    (piece,) = decode(zipped(a=LINES))

    assert isinstance(piece, Quarantined)
    assert piece.passing
    assert "No space left on device" in piece.reason


def test_what_is_no_object_is_quarantined_alone() -> None:
    """Numbers, null and texts among the records of a delivery file do not stop the others."""
    items = decode(b'{"Records":[' + LINES.replace(b"\n", b',5,null,"x",{"a":1},')[:-1] + b"]}")

    assert ids(items) == THREE
    assert len(bad(items)) == 12
    assert bad(items)[0] == ("record 2", "not a CloudTrail record")


@pytest.mark.parametrize("missing", [1, 2, 5, 100, 120, 200, 280])
def test_cut_off_json_gives_its_whole_records(missing: int) -> None:
    """A delivery file that breaks off gives what is whole, and says so."""
    content = native(3)[:-missing]
    items = decode(content)

    assert ids(items) == THREE[: content.count(b"}")]
    assert bad(items)


@pytest.mark.parametrize("garbage", [b"}", b"]]]", b"garbage", b"\x00\x00", b'{"a":'])
def test_trailing_garbage(garbage: bytes) -> None:
    """What follows the last record is quarantined; the records stay."""
    items = decode(native(3) + b"\n" + garbage)

    assert ids(items) == THREE
    assert len(bad(items)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x7fELF\x02\x01", "a program, not JSON"),
        (b"PAR1\x15\x04", "a Parquet file, not JSON"),
        (b"AWSLogs/".ljust(257, b"\0") + b"ustar\x0000", "a tar archive, not JSON: unpack it first"),
        (bytes(range(1, 32)) * 100, "binary data, not JSON"),
        (b"\x00" * 5000, "binary data, not JSON"),
        (b"Date,User\n1,2\n", "malformed JSON: invalid character"),
        (b"PK\x03\x04broken", "zip archive is broken: File is not a zip file"),
        (b'{"Statement":[]}', "not a CloudTrail record"),
        (b"\xff\xfe{\x00\x00", "looks like UTF-16, but is not"),
    ],
)
def test_what_is_no_trail_is_quarantined_once(content: bytes, reason: str) -> None:
    """A file of another kind is one entry, with a reason a person understands."""
    assert [said for _, said in bad(decode(content))] == [reason]


def test_encrypted_and_metadata_members() -> None:
    """An encrypted member is quarantined, the others are read; digests and what macOS adds are passed over."""
    locked = bytearray(zipped(a=b"{}", b=LINES))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("__MACOSX/._a", b"\x00\x05")
        archive.writestr("AWSLogs/111122223333/CloudTrail-Digest/x.json", b"{}")
        archive.mkdir("folder")

    items = decode(bytes(locked))
    passed = [item.kind for item in decode(out.getvalue()) if isinstance(item, PassedOver)]

    assert ids(items) == THREE
    assert [reason.split(":")[0] for _, reason in bad(items)] == ["zip member is broken"]
    assert passed == ["metadata", "digest"]


def test_samples_show_no_session_token() -> None:
    """What is shown of a broken value has its session tokens cut."""
    (item,) = decode(b'{"sessionToken":"IQoJb3JpZ2luX2VjEJv//////////wEaCXVzLWVhc3QtMSJ')

    assert isinstance(item, Quarantined)
    assert item.sample == '{"sessionToken":"IQoJb3JpZ2l....'


def test_object_that_fails_while_it_is_read() -> None:
    """An input error in the middle is quarantined, not raised."""

    class Failing(io.RawIOBase):
        def read(self, count: int = -1) -> bytes:
            del count
            raise OSError(5, "Input/output error")

    items = list(read(Object("f", 0, ""), Failing(), Limits()))  # type: ignore[arg-type]  # all of a source that is used

    assert bad(items) == [("", "cannot be read: input/output error")]


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_only_quarantine(content: bytes) -> None:
    """No bytes raise, packed or not; what is not empty is never passed over in silence."""
    for packed in (content, gzip.compress(content), b"\x1f\x8b" + content, b"PK\x03\x04" + content):
        decode(packed)
    if content.strip(b" \t\r\n,\x1e\xef\xbb\xbf\xff\xfe[]\0") and not content.startswith(b"\x1f\x8b"):
        assert decode(content)


@given(st.data())
def test_damaged_trails_only_quarantine(data: st.DataObject) -> None:
    """Any damage to a trail loses at most some records, says so, and never raises."""
    content = bytearray(data.draw(st.sampled_from([native(5), LINES, json.dumps([record(1)] * 3, indent=1).encode()])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    for packed in (bytes(content), zipped(a=bytes(content))):
        decode(packed)
    damaged = bytearray(gzip.compress(bytes(content)))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    decode(bytes(damaged))


@pytest.mark.parametrize(
    ("folder", "records", "chunks"), [("invictus", 2900, 55), ("stratus", 310, 35), ("cross-account", 3, 3)]
)
def test_real_trails(shared_data: Path, folder: str, records: int, chunks: int) -> None:
    """Each record of the real trails is read; one file ends in a stray brace, which is said."""
    source = Files([shared_data / folder])
    items = [got for item in source.objects() if isinstance(item, Object) for got in read_from(source, item, Limits())]

    assert len(ids(items)) == records
    assert sum(isinstance(item, Chunk) for item in items) == chunks
    assert [reason for _, reason in bad(items)] == ["malformed JSON: invalid character"] * (folder == "cross-account")
