"""A folder and a bucket do the same, whole or not at all; and what goes wrong is said in a sentence."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.errors import LakeError, LakeForeign, LakeFull, LakeRefused, UsageError
from lake.folder import Folder
from lake.place import Place, place
from tests.lake.lakes import MULTIPART_BYTES, names


@pytest.fixture(params=["folder", "bucket"])
def somewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind, below a prefix."""
    if request.param == "folder":
        return place(f"{tmp_path / 'some' / 'lake'}/")
    return place(f"{request.getfixturevalue('bucket')}/some/lake/")


def test_what_was_written_is_read(somewhere: Place) -> None:
    """And listed with its size and a stamp that changes with it."""
    somewhere.write("a/b.json", b"one")
    [first] = somewhere.listed()
    somewhere.write("a/b.json", b"other")
    [second] = somewhere.listed()
    assert somewhere.read("a/b.json") == b"other"
    assert (first.path, first.size, second.size) == ("a/b.json", 3, 5)
    assert first.stamp != second.stamp
    assert abs(second.modified - first.modified) < 60


def test_files_are_listed_in_order_below_a_folder(somewhere: Place) -> None:
    """At any depth; a folder that is not there is empty."""
    for path in ("b/2", "b/1/x", "a", "bb/3", "b/.hidden.part.not"):
        somewhere.write(path, b"")
    assert names(somewhere) == sorted(["a", "b/.hidden.part.not", "b/1/x", "b/2", "bb/3"])
    assert names(somewhere, "b") == sorted(["b/.hidden.part.not", "b/1/x", "b/2"])
    assert names(somewhere, "nowhere") == []


def test_what_is_not_there_cannot_be_read(somewhere: Place) -> None:
    """But may be removed."""
    with pytest.raises(FileNotFoundError):
        somewhere.read("nothing")
    somewhere.write("something", b"x")
    somewhere.remove(["nothing", "something"])
    assert names(somewhere) == []


def test_two_writers_of_one_file_do_not_get_in_each_others_way(somewhere: Place) -> None:
    """Who ends last has it; nobody sees half of one, or half of each."""
    with somewhere.writing("x") as first:
        first.write_bytes(b"of the first")
        with somewhere.writing("x") as second:
            second.write_bytes(b"second")
        assert somewhere.read("x") == b"second"
        with first.open("ab") as more:
            more.write(b", and more")
    assert somewhere.read("x") == b"of the first, and more"
    assert (names(somewhere), list(somewhere.parts())) == (["x"], [])


def test_a_block_that_fails_leaves_nothing(somewhere: Place) -> None:
    """Neither the file, nor what was there before changed, nor a trace."""
    somewhere.write("kept", b"before")

    def fail(path: str) -> None:
        with somewhere.writing(path) as local:
            local.write_bytes(b"half")
            raise RuntimeError

    for path in ("kept", "new"):
        with pytest.raises(RuntimeError):
            fail(path)
    assert (names(somewhere), somewhere.read("kept")) == (["kept"], b"before")


def test_large_files_come_whole(somewhere: Place) -> None:
    """In several parts, where the place takes them so."""
    data = os.urandom(MULTIPART_BYTES)
    with somewhere.writing("large") as local:
        local.write_bytes(data)
    assert somewhere.read("large") == data


def test_full_names_are_those_that_readers_use(bucket: str, tmp_path: Path) -> None:
    """An absolute path, or a URL."""
    assert place(f"{bucket}/x").full("a/b") == f"{bucket}/x/a/b"
    assert place(bucket).full("a") == f"{bucket}/a"
    assert place(str(tmp_path)).full("a/b") == str(tmp_path / "a" / "b")


@pytest.mark.parametrize("url", ["", "gs://bucket/x", "s3://", "s3://No/x", "s3://a_b/x", "http://host/x"])
def test_what_is_no_place_is_said(url: str) -> None:
    """Before anything is tried."""
    with pytest.raises(UsageError):
        place(url)


def test_a_full_disk_is_said_and_leaves_nothing_half(tmp_path: Path) -> None:
    """A file that the system cuts off (here by its limit of size) is not put in place."""
    program = f"""
import resource
from lake.folder import Folder
from ingest.errors import LakeFull
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder = Folder({str(tmp_path / "lake")!r})
folder.write("fits", b"x" * 900)
try:
    folder.write("fits", b"y" * 2000)
except LakeFull as error:
    print(error)
print([stored.path for stored in folder.listed()], folder.read("fits") == b"x" * 900)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    told, rest = ran.stdout.splitlines()
    assert "file too large" in told
    assert rest == "['fits'] True"
    assert not list((tmp_path / "lake").glob(".*"))


def test_no_room_for_temporary_files_is_said(tmp_path: Path) -> None:
    """Where they are, since that is not where the lake is; nothing of them stays."""
    program = """
import resource
from ingest.errors import LakeFull
from lake.bucket import Bucket
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with Bucket("s3://some-bucket/lake").writing("a") as local:
        local.write_bytes(b"y" * 2000)
except LakeFull as error:
    print(error)
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.startswith(f"s3://some-bucket/lake: no room in {tmp_path} for a file on its way there")
    assert not list(tmp_path.iterdir())


@pytest.mark.may_skip(reason="small file systems are mounted by root alone, on Linux")
@pytest.mark.parametrize("url", ["{}/lake", "s3://some-bucket/lake"])
def test_a_disk_that_is_really_full_is_said(tmp_path: Path, url: str) -> None:
    """A file system of 64 KiB of its own, to which Parquet is written; what was whole there stays so."""
    private = ["unshare", "--mount"]
    mount = f"mount -t tmpfs -o size=64k none {tmp_path}"
    if not shutil.which("unshare") or subprocess.run([*private, "sh", "-c", mount], check=False, timeout=60).returncode:
        pytest.skip("no small file system can be mounted here")
    program = f"""
import os
import pyarrow as pa, pyarrow.parquet as pq
from ingest.errors import LakeFull
from lake.place import place
where = place({url.format(tmp_path)!r})
try:
    with where.writing("a/large") as local:
        pq.write_table(pa.table({{"x": [os.urandom(1000) for _ in range(1000)]}}), local)
except LakeFull as error:
    print(error)
print([names for _, _, names in os.walk({str(tmp_path)!r}) if names])
"""
    ran = subprocess.run(
        [*private, "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", program],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told, left = ran.stdout.splitlines()
    assert told.startswith(f"{url.format(tmp_path)}: no ")
    assert left == "[]"


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    """To one who is not root, whom nothing stops; a test that root runs becomes another for it."""
    program = f"""
import os
from ingest.errors import LakeRefused
from lake.folder import Folder
folder = Folder({str(tmp_path)!r})
if os.getuid() == 0:
    os.setuid(65534)
try:
    folder.write("a", b"")
except LakeRefused as error:
    print(error)
"""
    tmp_path.chmod(0o555)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    tmp_path.chmod(0o755)
    assert ran.stdout.startswith(str(tmp_path))
    assert "permission denied" in ran.stdout


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, LakeFull),
        (errno.EDQUOT, LakeFull),
        (errno.EACCES, LakeRefused),
        (errno.EROFS, LakeRefused),
        (errno.EIO, LakeError),
    ],
)
def test_what_the_system_says_is_said_in_a_sentence(tmp_path: Path, number: int, kind: type[LakeError]) -> None:
    """Of a full disk, a folder that may not be written, and all else."""

    def write() -> None:
        with Folder(str(tmp_path)).writing("a"):
            raise OSError(number, os.strerror(number))

    with pytest.raises(kind, match=os.strerror(number).lower()):
        write()


def test_a_place_goes_to_other_processes(somewhere: Place) -> None:
    """As exports send it to their workers."""
    import pickle

    somewhere.write("a", b"x")
    assert pickle.loads(pickle.dumps(somewhere)).read("a") == b"x"  # noqa: S301 (our own)


@pytest.mark.parametrize("path", ["../victim", "a/../../victim", "/etc/hostname"])
def test_what_lies_outside_is_not_touched(tmp_path: Path, path: str) -> None:
    """Whatever a commit says that somebody else wrote."""
    (tmp_path / "victim").write_bytes(b"x")
    lake = place(str(tmp_path / "lake"))
    for touch in (
        lambda: lake.read(path),
        lambda: lake.write(path, b""),
        lambda: lake.remove([path]),
        lambda: lake.full(path),
    ):
        with pytest.raises(LakeForeign):
            touch()
    assert (tmp_path / "victim").read_bytes() == b"x"
