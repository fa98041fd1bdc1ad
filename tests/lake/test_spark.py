"""What Spark makes is the lake that `export` makes, whatever the days between a session and who is behind it."""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.sources.files import Files
from lake.place import place
from lake.spark import Job
from lake.trails import sources_of
from lake.work import Wanted
from synth.delivery import write_trail
from synth.generate import organization
from synth.walk import Size
from tests.lake.lakes import content, exported, ingested, rows
from tests.s3_server import Server

if TYPE_CHECKING:
    from pyspark import SparkContext

Record = dict[str, Any]

# PySpark leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.xdist_group("spark"),
]

ACCOUNT = "111111111111"
BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkContext"]:
    """Spark with two cores of this machine."""
    if shutil.which("java") is None:
        pytest.skip("no Spark: there is no java")
    from pyspark import SparkConf, SparkContext

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    folder = str(tmp_path_factory.mktemp("spark"))
    quiet = {"spark.ui.enabled": "false", "spark.local.dir": folder, "spark.driver.host": "127.0.0.1"}
    quiet |= {"spark.ui.showConsoleProgress": "false", "spark.python.worker.reuse": "true"}
    context = SparkContext(conf=SparkConf().setMaster("local[2]").setAppName("tests").setAll(list(quiet.items())))
    context.setLogLevel("ERROR")
    yield context
    context.stop()


def at(hours: float) -> str:
    """An instant so many hours after the beginning."""
    return f"{BEGINNING + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def made(hours: float, event: str, identity: Record, **more: Any) -> Record:  # noqa: ANN401 (a record's fields)
    """A record; its id is told by its time and name."""
    return {
        "eventVersion": "1.11",
        "eventTime": at(hours),
        "eventName": event,
        "eventSource": "sts.amazonaws.com" if event == "AssumeRole" else "s3.amazonaws.com",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "eventID": f"{event}-{identity['accessKeyId']}-{at(hours)}",
        "recipientAccountId": ACCOUNT,
        "userIdentity": identity,
        **more,
    }


ALICE = {
    "type": "IAMUser",
    "principalId": "AIDAALICE",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "accountId": ACCOUNT,
    "accessKeyId": "AKIAALICE",
    "userName": "alice",
}


def link(number: int, start: float) -> Record:
    """The identity of the chain's link of this number, a session that began then."""
    role = f"role-{number % 3}"
    issuer = {"type": "Role", "principalId": f"AROA{number % 3}", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{number % 3}:link-{number}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/link-{number}",
        "accountId": ACCOUNT,
        "accessKeyId": f"ASIALINK{number:03}",
        "sessionContext": {
            "sessionIssuer": issuer | {"accountId": ACCOUNT, "userName": role},
            "attributes": {"creationDate": at(start), "mfaAuthenticated": "false"},
        },
    }


def assume(hours: float, by: Record, number: int, **request: Any) -> Record:  # noqa: ANN401 (a request's parameters)
    """The call that opens a link."""
    session = link(number, hours)
    return made(
        hours,
        "AssumeRole",
        by,
        requestParameters={
            "roleArn": session["sessionContext"]["sessionIssuer"]["arn"],
            "roleSessionName": f"link-{number}",
        }
        | request,
        responseElements={
            "credentials": {"accessKeyId": session["accessKeyId"], "expiration": at(hours + 1)},
            "assumedRoleUser": {"assumedRoleId": session["principalId"], "arn": session["arn"]},
        },
    )


def five_days() -> list[Record]:
    """Alice opens a session with a transitive tag, each session opens the next, for five days, and all make calls."""
    step, last = 0.9, int(5 * 24 / 0.9)
    tags = {"tags": [{"key": "case", "value": "7"}], "transitiveTagKeys": ["case"]}
    records = [assume(0, ALICE, 0, **tags)]
    for number in range(1, last):
        records.append(assume(number * step, link(number - 1, (number - 1) * step), number))
        records.append(made(number * step + 0.5, "GetObject", link(number, number * step)))
    return records


def as_spark_makes_it(spark: "SparkContext", trail: Path, to: str | Path) -> None:
    """The lake by Spark."""
    Job(spark, [Files([trail])], place(str(to)), Wanted()).run()


def rowwise(lake: Path) -> dict[str, bytes]:
    """The files of rows, byte by byte."""
    return {path: data for path, data in content(lake).items() if path.startswith("account=")}


def test_a_chain_of_five_days_leads_back_to_its_first_day(spark: "SparkContext", tmp_path: Path) -> None:
    """Longer than any window: the last session's rows lead to alice, with the tag that she passed, as in export."""
    write_trail(five_days(), tmp_path / "trail", per_file=50)
    exported(tmp_path / "trail", ingested(tmp_path / "trail", tmp_path), tmp_path / "lake", workers=2)
    as_spark_makes_it(spark, tmp_path / "trail", tmp_path / "spark")
    assert rowwise(tmp_path / "spark") == rowwise(tmp_path / "lake")
    last = max(rows(tmp_path / "spark"), key=lambda row: row["eventtime"])
    assert len(last["lineage_chain"]) == int(5 * 24 / 0.9) + 1
    assert (last["lineage_origin_name"], last["lineage_complete"]) == ("alice", True)
    assert dict(last["lineage_tags"]) == {"case": "7"}


def test_one_session_with_most_of_the_events_is_no_one_task_s_burden(spark: "SparkContext", tmp_path: Path) -> None:
    """A CI role makes most calls: the lake is the same, and its events lie in as many units as others'."""
    busy = link(1, 0.5)
    records = [assume(0.5, ALICE, 1)]
    records += [made(0.6 + n / 4000, "PutObject", busy, eventID=f"busy-{n}") for n in range(2000)]
    records += organization(3, 60).records
    write_trail(records, tmp_path / "trail", per_file=100)
    exported(tmp_path / "trail", ingested(tmp_path / "trail", tmp_path), tmp_path / "lake", workers=2)
    as_spark_makes_it(spark, tmp_path / "trail", tmp_path / "spark")
    assert rowwise(tmp_path / "spark") == rowwise(tmp_path / "lake")
    held = Counter(row["useridentity"]["accesskeyid"] for row in rows(tmp_path / "spark") if row["useridentity"])
    assert held[busy["accessKeyId"]] == 2000


@pytest.mark.parametrize("seed", [7, 12])
def test_made_up_organizations_come_out_as_by_export(spark: "SparkContext", tmp_path: Path, seed: int) -> None:
    """Every nasty thing that the generator knows."""
    records = organization(seed, Size(steps=150)).records
    write_trail(records, tmp_path / "trail", per_file=20)
    exported(tmp_path / "trail", ingested(tmp_path / "trail", tmp_path), tmp_path / "lake", workers=2)
    as_spark_makes_it(spark, tmp_path / "trail", tmp_path / "spark")
    assert rowwise(tmp_path / "spark") == rowwise(tmp_path / "lake")


def test_a_real_trail_comes_out_as_by_export(spark: "SparkContext", shared_data: Path, tmp_path: Path) -> None:
    """2,900 records of a lab account; and a second run has nothing to do."""
    exported(shared_data / "invictus", ingested(shared_data / "invictus", tmp_path), tmp_path / "lake")
    as_spark_makes_it(spark, shared_data / "invictus", tmp_path / "spark")
    assert rowwise(tmp_path / "spark") == rowwise(tmp_path / "lake")
    before = content(tmp_path / "spark")
    as_spark_makes_it(spark, shared_data / "invictus", tmp_path / "spark")
    assert content(tmp_path / "spark") == before
    assert not list((tmp_path / "spark" / "_whodunnit").glob("spark/*"))


def test_it_goes_from_s3_to_s3_and_spark_reads_what_is_there(
    spark: "SparkContext", s3_server: Server, bucket: str, tmp_path: Path
) -> None:
    """Workers sign in by the environment; Spark itself reads the files as a table."""
    from pyspark.sql import SparkSession

    records = organization(5, 60).records
    trails, where = place(f"{bucket}/trails"), place(f"{bucket}/lake")
    for path in write_trail(records, tmp_path / "trail"):
        trails.write(path.relative_to(tmp_path / "trail").as_posix(), path.read_bytes())
    for name, value in s3_server.environment.items():
        spark.environment[name] = value
    Job(spark, sources_of([trails.url]), where, Wanted()).run()
    for stored in where.listed():
        path = tmp_path / "copy" / stored.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(where.read(stored.path))
    table = SparkSession(spark).read.parquet(str(tmp_path / "copy"))
    assert table.count() == len({(r["eventID"], r["recipientAccountId"]) for r in records})
    assert {"account", "region", "date", "lineage_principal"} <= set(table.columns)
    found = table.select("useridentity.accesskeyid", "lineage_chain", "lineage_tags").collect()
    assert any(row["lineage_tags"] for row in found)
    told = {json.dumps(row["lineage_chain"]) for row in found}
    assert len(told) > 3
