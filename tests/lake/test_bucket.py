"""What goes wrong on the way to a bucket is waited out, or said in a sentence; nothing is half visible."""

import os
from collections.abc import Callable, Iterator

import boto3
import pytest

from ingest.errors import LakeAway, LakeMissing, LakeRefused, UsageError
from lake import bucket as s3
from lake.place import Place, place
from tests.lake.lakes import MULTIPART_BYTES, names
from tests.s3_server import Fault, Server, bad_line


def test_a_bucket_that_is_not_there_is_said(bucket: str) -> None:
    """Whatever is asked of it."""
    missing = place(f"{bucket}-missing/x")
    with pytest.raises(LakeMissing, match="no bucket"):
        names(missing)
    with pytest.raises(LakeMissing, match="no bucket"):
        missing.write("a", b"")
    with pytest.raises(LakeMissing, match="no bucket"):
        missing.read("a")


@pytest.mark.parametrize(
    "variables", [{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, {"AWS_SECRET_ACCESS_KEY": "not the secret"}], ids=str
)
def test_keys_that_may_not_are_told(bucket: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    """Refused, not lost: nothing is tried again."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    s3.forget()
    with pytest.raises(LakeRefused):
        place(f"{bucket}/x").write("a", b"")


def test_no_keys_at_all_are_told(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With where they were looked for."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    s3.forget()
    with pytest.raises(LakeRefused, match="no AWS credentials"):
        place(f"{bucket}/x").write("a", b"")


def test_half_a_key_is_told(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a matter of keys, not of a server that is away."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    s3.forget()
    with pytest.raises(LakeRefused, match="AWS_SECRET_ACCESS_KEY"):
        place(f"{bucket}/x").write("a", b"")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "localhost:9000"),
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "ten"),
        ("AWS_PROFILE", "nowhere"),
    ],
)
def test_settings_that_make_no_sense_are_told(
    bucket: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """With what is wrong, before anything is tried."""
    monkeypatch.setenv(name, value)
    s3.forget()
    with pytest.raises(UsageError, match=value.replace("ten", "'ten'")):
        place(f"{bucket}/x").write("a", b"")


@pytest.mark.parametrize(
    ("variables", "mode", "tries"),
    [
        ({}, "standard", 10),
        ({"AWS_RETRY_MODE": "adaptive"}, "adaptive", 10),
        ({"AWS_MAX_ATTEMPTS": "2"}, "standard", 2),
        ({"AWS_MAX_ATTEMPTS": "2", "AWS_RETRY_MODE": "adaptive"}, "adaptive", 2),
    ],
    ids=str,
)
def test_patience_is_set_as_for_all_of_aws(
    bucket: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], mode: str, tries: int
) -> None:
    """Each of the two variables by itself, and more patience than is usual where none is set."""
    for name in ("AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    s3.forget()
    where = s3.Bucket(bucket)
    assert vars(where._client.meta.config)["retries"] == {"mode": mode, "total_max_attempts": tries}  # noqa: SLF001


def test_nobody_at_the_address_is_told(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the tries that AWS_MAX_ATTEMPTS allows."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3.forget()
    with pytest.raises(LakeAway):
        place(f"{bucket}/x").write("a", b"")


@pytest.fixture
def through(
    s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[str, str], Fault | None]], Place]]:
    """A place at the end of a bad line."""
    opened = []

    def lead(befalls: Callable[[str, str], Fault | None]) -> Place:
        line = bad_line(s3_server, befalls)
        monkeypatch.setenv("AWS_ENDPOINT_URL", line.__enter__())
        opened.append(line)
        s3.forget()
        return place(f"{bucket}/lake")

    yield lead
    for line in opened:
        line.__exit__(None, None, None)


def test_told_to_slow_down_it_waits_and_goes_on(through: Callable[..., Place]) -> None:
    """Whatever was asked of it, twice in a row."""
    asked: list[str] = []

    def befalls(method: str, path: str) -> Fault | None:
        if "/lake" not in path and "list-type" not in path:
            return None
        asked.append(method)
        return "slow" if len(asked) % 3 else None

    where = through(befalls)
    where.write("a", b"x")
    assert where.read("a") == b"x"
    assert names(where) == ["a"]
    assert len(asked) == 9


def test_a_server_that_stays_busy_is_told(through: Callable[..., Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the tries that AWS_MAX_ATTEMPTS allows, whatever was asked."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    where = through(lambda *_: "slow")
    for ask in (
        lambda: where.write("a", b""),
        lambda: where.read("a"),
        lambda: names(where),
        lambda: where.remove(["a"]),
    ):
        with pytest.raises(LakeAway, match="SlowDown"):
            ask()


def test_many_are_removed_a_thousand_a_request(through: Callable[..., Place]) -> None:
    """S3 takes no more at once."""
    asked: list[str] = []

    def befalls(method: str, path: str) -> Fault | None:
        if method == "POST" and "delete" in path:
            asked.append(path)
        return None

    where = through(befalls)
    for path in ("0000", "1000", "kept"):
        where.write(path, b"")
    where.remove(f"{number:04}" for number in range(1001))
    assert (names(where), len(asked)) == (["kept"], 2)


def test_a_file_that_may_not_be_removed_is_told(through: Callable[..., Place]) -> None:
    """By its name; S3 says it in an answer that is otherwise well."""
    where = through(lambda method, path: "kept" if method == "POST" and "delete" in path else None)
    where.write("a", b"")
    with pytest.raises(LakeRefused, match="a could not be deleted: No"):
        where.remove(["a"])


def test_a_connection_lost_in_reading_is_told(through: Callable[..., Place]) -> None:
    """Half a file is none."""
    where = through(lambda method, _: "torn" if method == "GET" else None)
    where.write("a", b"x" * 100_000)
    with pytest.raises(LakeAway):
        where.read("a")


def test_a_connection_lost_in_an_upload_leaves_nothing_half(
    through: Callable[..., Place], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that never comes through: what was there stays, whole, and a sentence says so."""
    cut = False

    def befalls(method: str, path: str) -> Fault | None:
        return "cut" if cut and method == "PUT" and "partNumber=2" in path else None

    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    where = through(befalls)
    before = os.urandom(MULTIPART_BYTES)
    with where.writing("large") as local:
        local.write_bytes(before)
    cut = True

    def write(path: str) -> None:
        with where.writing(path) as local:
            local.write_bytes(os.urandom(MULTIPART_BYTES))

    for path in ("large", "new"):
        with pytest.raises(LakeAway) as caught:
            write(path)
        assert len(str(caught.value).splitlines()) == 1
    assert names(where) == ["large"]
    assert where.read("large") == before
    assert "Uploads" not in boto3.Session().client("s3").list_multipart_uploads(Bucket=bucket.removeprefix("s3://"))


def test_a_connection_lost_once_is_no_loss(through: Callable[..., Place]) -> None:
    """The part is sent again."""
    cuts: list[str] = []

    def befalls(method: str, path: str) -> Fault | None:
        if method == "PUT" and "partNumber=1" in path and not cuts:
            cuts.append(path)
            return "cut"
        return None

    where = through(befalls)
    data = os.urandom(MULTIPART_BYTES)
    with where.writing("large") as local:
        local.write_bytes(data)
    assert (where.read("large") == data, len(cuts)) == (True, 1)
