"""A lake in a real S3 is the lake that it would be in a folder, and everybody reads it as it is."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.dataset as ds
import pytest
from pyarrow import fs

from ingest.errors import LakeMissing
from lake.again import again
from lake.compact import compact
from lake.credentials import write
from lake.events import Wanted as Asked
from lake.events import rolled_up
from lake.place import place
from lake.read import ask, reader
from lake.schema import CREDENTIALS, EVENTS
from synth.delivery import write_trail
from synth.generate import organization
from synth.walk import Size
from tests.lake.lakes import content, exported, ingested
from tests.s3_server import Server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """A trail, the store that knows it, and its lake in a folder."""
    folder = tmp_path_factory.mktemp("made")
    write_trail(organization(7, Size(steps=120)).records, folder / "trail", per_file=5)
    store = ingested(folder / "trail", folder)
    exported(folder / "trail", store, folder / "lake")
    return folder / "trail", store, folder / "lake"


def held(url: str) -> dict[str, bytes]:
    """What every object of a lake holds, by path."""
    where = place(url)
    return {stored.path: where.read(stored.path) for stored in where.listed()}


def test_the_lake_is_that_of_a_folder_byte_for_byte(made: tuple[Path, str, Path], bucket: str) -> None:
    """By one process, and by several."""
    trail, store, lake = made
    exported(trail, store, f"{bucket}/one")
    exported(trail, store, f"{bucket}/two", workers=2)
    assert held(f"{bucket}/one") == held(f"{bucket}/two") == content(lake)


def test_others_read_it_as_it_is(made: tuple[Path, str, Path], bucket: str, s3_server: Server) -> None:
    """DuckDB by a pattern of names, pyarrow as a dataset: all rows, all columns, and what the paths tell."""
    trail, store, _ = made
    progress = exported(trail, store, f"{bucket}/lake")
    server = fs.S3FileSystem(
        access_key=s3_server.key, secret_key=s3_server.secret, endpoint_override=s3_server.url.removeprefix("http://"),
        scheme="http", region="us-east-1",
    )  # fmt: skip
    dataset = ds.dataset(
        f"{bucket.removeprefix('s3://')}/lake", filesystem=server, partitioning="hive", format="parquet"
    )
    table = dataset.to_table()
    assert table.num_rows == progress.counts["rows"]
    assert set(EVENTS.names) | {"account", "region", "date"} == set(table.column_names)
    with reader(place(f"{bucket}/lake")) as connection:
        ours = ask(connection, "SELECT count(*), min(account), min(region), min(date) FROM events").fetchall()
    with _plain_duckdb(s3_server) as plain:
        pattern = f"{bucket}/lake/account=*/region=*/date=*/*.parquet"
        theirs = plain.execute(
            f"SELECT count(*), min(account)::VARCHAR, min(region), min(date) FROM read_parquet('{pattern}')"  # noqa: S608
        ).fetchall()
    assert ours == theirs
    assert ours[0][0] == table.num_rows


def test_it_is_asked_compacted_and_looked_up_again_as_in_a_folder(made: tuple[Path, str, Path], bucket: str) -> None:
    """Every command, over HTTP."""
    trail, store, lake = made
    where = place(f"{bucket}/lake")
    exported(trail, store, f"{bucket}/lake")
    expected = rolled_up(place(str(lake)), Asked())
    assert rolled_up(where, Asked()) == expected
    assert compact(where).after > 0
    assert compact(where, keep=0).removed > 0
    assert rolled_up(where, Asked()) == expected
    assert again((store, ""), where, "", "").written == 0
    assert write((store, ""), where) > 0
    with reader(where) as connection:
        assert [row[0] for row in ask(connection, "DESCRIBE lineage").fetchall()] == CREDENTIALS.names


def test_a_question_reaches_nothing_but_the_lake(made: tuple[Path, str, Path], bucket: str) -> None:
    """Not even what lies beside it in the bucket."""
    trail, store, _ = made
    exported(trail, store, f"{bucket}/lake")
    place(f"{bucket}/beside").write("secret.csv", b"a\n1\n")
    with reader(place(f"{bucket}/lake")) as connection, pytest.raises(duckdb.PermissionException):
        ask(connection, f"FROM '{bucket}/beside/secret.csv'")


def test_a_killed_export_goes_on_to_the_same_lake(made: tuple[Path, str, Path], bucket: str) -> None:
    """Kill -9 at random moments: nothing half is seen, and another run makes it whole."""
    trail, store, lake = made
    chance = random.Random(4)
    command = [sys.executable, "-m", "tests.lake.slow_export", str(trail), store, f"{bucket}/lake", "0.06"]
    killed = 0
    for _ in range(5):
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(chance.uniform(0.8, 1.6))
        killed += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        whole = content(lake)
        assert held(f"{bucket}/lake").items() <= whole.items()
    assert killed > 0
    exported(trail, store, f"{bucket}/lake")
    assert held(f"{bucket}/lake") == content(lake)


def _plain_duckdb(server: Server) -> duckdb.DuckDBPyConnection:
    """DuckDB as anybody would set it up."""
    import duckdb_extensions

    plain = duckdb.connect()
    duckdb_extensions.import_extension("httpfs", con=plain)
    plain.execute("LOAD httpfs")
    endpoint = server.url.removeprefix("http://")
    plain.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{server.key}', SECRET '{server.secret}', REGION 'us-east-1', "
        f"ENDPOINT '{endpoint}', URL_STYLE 'path', USE_SSL false)"
    )
    return plain


def test_a_question_shows_no_credentials_and_reaches_no_other_server(
    made: tuple[Path, str, Path], bucket: str, s3_server: Server
) -> None:
    """Those by which the lake is reached are nobody's to see, or to be sent away."""
    trail, store, _ = made
    exported(trail, store, f"{bucket}/asked")
    away = "s3_endpoint=127.0.0.1:9&s3_use_ssl=false&s3_url_style=path"
    with reader(place(f"{bucket}/asked")) as connection:
        told = str(ask(connection, "SELECT * FROM duckdb_settings()").fetchall())
        told += str(ask(connection, "SELECT * FROM duckdb_secrets()").fetchall())
        told += str(ask(connection, "SELECT current_setting('s3_secret_access_key')").fetchall())
        assert s3_server.secret not in told
    # Of our own server, which has no file of such a name.
    with pytest.raises(LakeMissing, match="404"), reader(place(f"{bucket}/asked")) as connection:
        ask(connection, f"SELECT * FROM read_text('{bucket}/asked/x?{away}')").fetchall()  # noqa: S608 (tries just that)


def test_a_place_may_be_called_what_a_pattern_is(made: tuple[Path, str, Path], bucket: str) -> None:
    """Its name is a name."""
    trail, store, _ = made
    progress = exported(trail, store, f"{bucket}/odd[1]?*")
    with reader(place(f"{bucket}/odd[1]?*")) as connection:
        assert ask(connection, "SELECT count(*) FROM events").fetchall() == [(progress.counts["rows"],)]
