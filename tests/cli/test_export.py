import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def known(whodunnit: Whodunnit, trail: Path) -> Path:
    """The trail, ingested into the test's store."""
    assert whodunnit("ingest", str(trail)).returncode == 0
    return trail


def test_a_lake_and_a_summary(whodunnit: Whodunnit, known: Path, tmp_path: Path) -> None:
    """Words go to stderr, --summary json to stdout; again, and nothing is left to do."""
    ran = whodunnit("export", str(known), "--to", "lake", "--summary", "json")
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["rows"], told["quarantined"]) == (0, 289, 0)
    assert ran.stderr.startswith("Read 289 records in ")
    assert len(list((tmp_path / "lake").glob("account=*/region=*/date=*/*.parquet"))) == told["written"]
    again = whodunnit("export", str(known), "--to", "lake")
    assert "had been exported before" in again.stderr


def test_json_lines_on_standard_output(whodunnit: Whodunnit, known: Path) -> None:
    """Plain text for a pipe, one record a line."""
    ran = whodunnit("export", str(known), "--format", "jsonl", "--to", "-")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (ran.returncode, len(lines)) == (0, 289)
    assert all({"eventID", "userIdentity", "lineage"} <= line.keys() for line in lines)


def test_standard_input_twice_is_one_lake(whodunnit: Whodunnit, known: Path, tmp_path: Path) -> None:
    """What is piped is known by its content: the same again is passed over, something else is added."""
    del known
    record = {"eventTime": "2026-03-04T05:06:07Z", "eventName": "X", "eventSource": "s", "userIdentity": {}}
    one, other = (json.dumps(record | {"eventID": name}) for name in ("one", "other"))
    for given in (one, one, other):
        assert whodunnit("export", "-", "--to", "lake", given=given).returncode == 0
    assert len(list((tmp_path / "lake").glob("account=*/**/*.parquet"))) == 2


def test_what_cannot_be_read_is_exit_3(whodunnit: Whodunnit, known: Path, tmp_path: Path) -> None:
    """Named with its reason; all else is in the lake."""
    (tmp_path / "bad.json").write_text("no JSON")
    ran = whodunnit("export", str(known), "bad.json", "--to", "lake", "--summary", "json")
    assert (ran.returncode, json.loads(ran.stdout)["rows"]) == (3, 289)
    assert "bad.json" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "lake"),
        ("trail", "--to", "-"),
        ("trail", "--to", "lake", "--lineage"),
        ("trail", "--to", "lake", "--again", "2026-03-01..2026-03-02"),
        ("--to", "lake", "--again", "..", "--lineage"),
        ("--to", "lake", "--again", "2026-03-01"),
        ("--to", "lake", "--lineage", "--format", "jsonl"),
        ("--to", "lake", "--again", "2026-03-02..2026-03-01"),
        ("trail", "--to", "gs://bucket/lake"),
        ("trail", "--to", "s3://No_Bucket/lake"),
        ("trail", "--to", ""),
    ],
)
def test_what_makes_no_sense_is_exit_2(
    whodunnit: Whodunnit, known: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """One sentence, and nothing is written."""
    ran = whodunnit("export", *(str(known) if word == "trail" else word for word in arguments))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("whodunnit: ")
    assert not (tmp_path / "lake").exists()


def test_the_lineage_table_says_of_each_key_what_who_says(whodunnit: Whodunnit, known: Path, tmp_path: Path) -> None:
    """In a folder of its own; and again over it."""
    import pyarrow.parquet as pq

    del known
    for _ in range(2):
        ran = whodunnit("export", "--lineage", "--to", "table")
        assert ran.returncode == 0, ran.stderr
    [path] = (tmp_path / "table").glob("*.parquet")
    rows = pq.read_table(path).to_pylist()
    keys = [row["access_key_id"] for row in rows if row["access_key_id"]]
    assert len(keys) == len(set(keys)) > 10
    for row in rows:
        if not row["access_key_id"]:
            assert row["session_id"]
            continue
        [answer] = [
            json.loads(line) for line in whodunnit("who", row["access_key_id"], "--format", "jsonl").stdout.splitlines()
        ]
        assert row["lineage_chain"] == answer["PrincipalChain"]
        assert dict(row["lineage_tags"]) == answer["Tags"]
        assert (row["started"], row["expires"]) == (answer["Start"], answer["End"])
        assert row["first_seen"] == answer["Seen"]["First"]


def test_no_store_is_said_in_a_sentence(whodunnit: Whodunnit, trail: Path, tmp_path: Path) -> None:
    """Exit 4: ingest first; no lake is begun."""
    ran = whodunnit("export", str(trail), "--to", "lake")
    assert ran.returncode == 4
    assert len(ran.stderr.splitlines()) == 1
    assert not (tmp_path / "lake").exists()
