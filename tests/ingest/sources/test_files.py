import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.decode import read_from
from ingest.errors import MissingSource
from ingest.limits import Limits
from ingest.source import Chunk, Object, PassedOver, Quarantined
from ingest.sources.files import Files

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be somebody who is not root for a while: root may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def names(source: Files) -> list[str]:
    """The names of the files that are listed, in order."""
    return [Path(item.name).name for item in source.objects() if isinstance(item, Object)]


def test_missing_path_raises_before_anything_is_read(tmp_path: Path) -> None:
    """One sentence names the path that is not there, even if others are."""
    with pytest.raises(MissingSource, match=r"There is no file or folder '.*nowhere'"):
        Files([tmp_path, tmp_path / "nowhere"])


def test_no_name_is_not_the_current_folder() -> None:
    """`whodunnit ingest "$UNSET"` says so, and reads nothing."""
    with pytest.raises(MissingSource, match=r"There is no file or folder ''"):
        Files([""])


def test_files_come_in_order_of_delivery_across_accounts(tmp_path: Path) -> None:
    """Delivery time as in the name decides, then the path; other names come first; each file comes once."""
    for folder, name in [
        ("1/eu", "1_CloudTrail_eu-west-1_20230710T1215Z_b.json.gz"),
        ("1/us", "1_CloudTrail_us-east-1_20230710T1205Z_z.json.gz"),
        ("2/us/deep/er", "2_CloudTrail_us-east-1_20230710T1210Z_a.json.gz"),
        ("2", "other.json"),
    ]:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_bytes(b"{}")

    found = list(Files([tmp_path, tmp_path / "2"]).objects())

    assert [item.delivered for item in found if isinstance(item, Object)] == [
        "",
        "20230710T1205Z",
        "20230710T1210Z",
        "20230710T1215Z",
    ]


def test_stamp_changes_with_the_content(tmp_path: Path) -> None:
    """A file that was changed has another stamp; one that was not keeps it."""
    path = tmp_path / "a.json"
    path.write_bytes(b"{}")
    stamps = [item.stamp for _ in range(2) for item in Files([path]).objects() if isinstance(item, Object)]
    path.write_bytes(b"[{}]")
    stamps += [item.stamp for item in Files([path]).objects() if isinstance(item, Object)]

    assert stamps[0] == stamps[1] != stamps[2]


def test_loops_of_links_end(tmp_path: Path) -> None:
    """A link to a folder above does not make the listing endless."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.json").write_bytes(b"")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)

    assert names(Files([tmp_path])) == ["x.json"]


def test_link_to_itself_costs_nothing_else(tmp_path: Path) -> None:
    """It is quarantined under its own name, and every file beside it is listed."""
    (tmp_path / "me").symlink_to(tmp_path / "me")
    for number in range(20):
        (tmp_path / f"{number:02}.json").write_bytes(b"")
    source = Files([tmp_path])
    refused = [item for item in source.objects() if isinstance(item, Quarantined)]

    assert [Path(one.source).name for one in refused] == ["me"]
    assert len(names(source)) == 20


def test_broken_link_and_pipe_are_quarantined(tmp_path: Path) -> None:
    """What is no file is never opened (a pipe would wait for ever) and never dropped in silence."""
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")

    found = [item for item in Files([tmp_path]).objects() if isinstance(item, Quarantined)]

    assert {(Path(item.source).name, item.reason) for item in found} == {
        ("gone", "cannot be read: no such file or directory"),
        ("pipe", "not a regular file"),
    }


@pytest.mark.parametrize("kind", ["Digest", "Insight", "Aggregated"])
def test_digests_and_the_like_are_passed_over(tmp_path: Path, kind: str) -> None:
    """CloudTrail's own folder, or the file's name, tells that no records are there; they are counted, not read."""
    folder = tmp_path / "AWSLogs" / "111122223333" / f"CloudTrail-{kind}" / "us-east-1"
    folder.mkdir(parents=True)
    (folder / "1.json.gz").write_bytes(b"whatever")
    copied = tmp_path / f"111122223333_CloudTrail-{kind}_us-east-1_20260302T0800Z_x.json.gz"
    copied.write_bytes(b"whatever")

    found = list(Files([tmp_path]).objects())

    assert found == [PassedOver(str(path), "", kind.lower()) for path in (folder / "1.json.gz", copied)]


@pytest.mark.parametrize("name", ["CloudTrail-Insight", "case_CloudTrail-Digest_1", "111122223333_CloudTrail-Digest_x"])
def test_folders_that_are_only_named_so_are_read(tmp_path: Path, name: str) -> None:
    """Somebody's own folder may be called like that, and hold the trail all the same."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "trail.json").write_bytes(b"{}")

    found = list(Files([tmp_path]).objects())

    assert [item.name for item in found if isinstance(item, Object)] == [str(tmp_path / name / "trail.json")]


def test_name_that_is_not_utf8_is_read_and_can_be_told(tmp_path: Path) -> None:
    """Its odd bytes are spelled out, for a store and a terminal hold text; the file is opened all the same."""
    odd = os.fsdecode(os.fsencode(tmp_path / "caf") + b"\xe9.json")
    Path(odd).write_bytes(b"{}")
    source = Files([tmp_path])
    (item,) = (one for one in source.objects() if isinstance(one, Object))

    assert item.name == str(tmp_path / "caf\\xe9.json")
    with source.open(item) as opened:
        assert opened.read() == b"{}"


def test_names_that_look_alike_once_spelled_out(tmp_path: Path) -> None:
    """A byte that is not UTF-8 and a backslash with the same letters are two files, and both are read."""
    folder = os.fsencode(tmp_path)
    names = [b"a\\xff.json", b"a\xff.json", b"a\\x5cxff.json", b"a\\x41.json"]
    for name in names:
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(name)
    source, read = Files([tmp_path]), []
    for item in source.objects():
        assert isinstance(item, Object)
        with source.open(item) as opened:
            read.append((item.name, opened.read()))

    assert {content for _, content in read} == set(names)
    assert len({name for name, _ in read}) == len(names)


def test_file_in_a_folder_without_permission_stops_nothing(open_folder: Path) -> None:
    """Named by itself it is quarantined, and what is named beside it is read."""
    (open_folder / "closed").mkdir()
    (open_folder / "closed" / "in.json").write_bytes(b"{}")
    (open_folder / "free.json").write_bytes(b"{}")
    (open_folder / "closed").chmod(0)
    with unprivileged():
        found = list(Files([open_folder / "closed" / "in.json", open_folder / "free.json"]).objects())
    (open_folder / "closed").chmod(0o755)

    assert [Path(one.name).name for one in found if isinstance(one, Object)] == ["free.json"]
    assert [one.reason for one in found if isinstance(one, Quarantined)] == ["cannot be read: permission denied"]


def test_without_permission(open_folder: Path) -> None:
    """A folder or file that may not be read is quarantined; the others are read."""
    (open_folder / "closed").mkdir()
    (open_folder / "closed" / "in.json").write_bytes(b"{}")
    (open_folder / "secret.json").write_bytes(b"{}")
    (open_folder / "good.json").write_bytes(b'{"eventName":"A","eventID":"1"}')
    (open_folder / "closed").chmod(0)
    (open_folder / "secret.json").chmod(0)

    source = Files([open_folder])
    found: list[object] = []
    with unprivileged():
        for item in source.objects():
            found.extend(read_from(source, item, Limits()) if isinstance(item, Object) else [item])
    (open_folder / "closed").chmod(0o700)

    assert [Path(item.source).name for item in found if isinstance(item, Chunk)] == ["good.json"]
    assert {(Path(item.source).name, item.reason) for item in found if isinstance(item, Quarantined)} == {
        ("closed", "folder cannot be listed: permission denied"),
        ("secret.json", "cannot be opened: permission denied"),
    }
