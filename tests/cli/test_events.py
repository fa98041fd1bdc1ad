import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]
LAKE = {"WHODUNNIT_LAKE": "lake"}


@pytest.fixture
def lake(whodunnit: Whodunnit, trail: Path, tmp_path: Path) -> Path:
    """The lake of the demo's trail, in the test's folder."""
    assert whodunnit("ingest", str(trail)).returncode == 0
    assert whodunnit("export", str(trail), "--to", "lake").returncode == 0
    return tmp_path / "lake"


def test_what_everybody_did_in_every_form(whodunnit: Whodunnit, lake: Path) -> None:
    """Rolled up, the counts add up to all events; --lines gives them one by one."""
    del lake
    rolled = json.loads(whodunnit("events", "--format", "json", variables=LAKE).stdout)
    assert sum(one["Count"] for one in rolled) == 289
    lines = whodunnit("events", "--lines", "--format", "jsonl", variables=LAKE).stdout.splitlines()
    rows = list(csv.DictReader(io.StringIO(whodunnit("events", "--lines", "--format", "csv", variables=LAKE).stdout)))
    assert [json.loads(line)["EventID"] for line in lines] == [row["EventID"] for row in rows]
    assert len(lines) == 289
    text = whodunnit("events", "--lines", variables=LAKE).stdout
    assert len(text.splitlines()) == 290


def test_records_go_back_to_where_they_came_from(whodunnit: Whodunnit, lake: Path) -> None:
    """What `events --records` prints can be ingested: the graph is the same."""
    del lake
    records = whodunnit("events", "--records", variables=LAKE).stdout
    assert len(records.splitlines()) == 289
    ran = whodunnit("ingest", "-", "--store", "sqlite:back.db", given=records)
    assert ran.returncode == 0
    for key in {json.loads(line)["userIdentity"].get("accessKeyId") for line in records.splitlines()} - {None}:
        there, back = (
            whodunnit("who", key, "--format", "json", "--store", url)
            for url in ("sqlite:whodunnit.db", "sqlite:back.db")
        )
        assert json.loads(there.stdout) == json.loads(back.stdout)


@pytest.mark.parametrize(("form", "none"), [("text", ""), ("json", "[]\n"), ("jsonl", "")])
@pytest.mark.parametrize("how", [(), ("--lines",)])
def test_nothing_found_is_exit_1(whodunnit: Whodunnit, lake: Path, form: str, none: str, how: tuple[str, ...]) -> None:
    """With what the lake covers; JSON is an array all the same."""
    del lake
    ran = whodunnit("events", "AKIAIOSFODNN7EXAMPLE", "--format", form, *how, variables=LAKE)
    assert (ran.returncode, ran.stdout) == (1, none)
    assert "the lake holds 289 events of 3 accounts" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("events",), 2),
        (("events", ",", "--lake", "lake"), 2),
        (("sql", "SELECT 1"), 2),
        (("compact",), 2),
        (("events", "--lake", "nowhere"), 4),
        (("sql", "SELECT 1", "--lake", "nowhere"), 4),
        (("compact", "--lake", "nowhere"), 4),
        (("sql", "SELEC", "--lake", "lake"), 2),
        (("sql", "--lake", "lake"), 2),
        (("sql", "--hunt", "nothing", "--lake", "lake"), 2),
        (("sql", "SELECT 1", "--athena"), 2),
        (("events", "--lines", "--records", "--lake", "lake"), 2),
        (("events", "--records", "--format", "csv", "--lake", "lake"), 2),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    whodunnit: Whodunnit, lake: Path, arguments: tuple[str, ...], code: int
) -> None:
    """Nothing on stdout."""
    del lake
    ran = whodunnit(*arguments)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert ran.stderr.startswith("whodunnit: ")
    assert len(ran.stderr.splitlines()) == 1


def test_sql_in_every_form(whodunnit: Whodunnit, lake: Path) -> None:
    """Columns under their names, those of equal name told apart; nested values as JSON."""
    del lake
    question = "SELECT 1 AS a, 2 AS a, {'x': [1, NULL]} AS s, DATE '2026-03-04' AS d"
    [row] = json.loads(whodunnit("sql", question, "--format", "json", variables=LAKE).stdout)
    assert row == {"a": 1, "a_2": 2, "s": {"x": [1, None]}, "d": "2026-03-04"}
    assert whodunnit("sql", "SELECT count(*) AS n FROM events", variables=LAKE).stdout == "n\n289\n"
    ran = whodunnit("sql", "-", "--format", "jsonl", variables=LAKE, given="SELECT count(*) AS n FROM lineage")
    assert json.loads(ran.stdout)["n"] > 10
    many = whodunnit("sql", "SELECT range AS n FROM range(10000)", "--format", "csv", variables=LAKE).stdout
    assert many.splitlines() == ["n", *map(str, range(10000))]


def test_a_table_opens_safely_in_a_spreadsheet(whodunnit: Whodunnit, lake: Path) -> None:
    """What an attacker called `=cmd()` is no formula in CSV."""
    del lake
    ran = whodunnit("sql", "SELECT '=1+1' AS \"@name\", '-2' AS other", "--format", "csv", variables=LAKE)
    assert ran.stdout.splitlines() == ["'@name,other", "'=1+1,'-2"]


def test_hunts_are_listed_asked_and_shown_for_athena(whodunnit: Whodunnit, lake: Path) -> None:
    """Without a lake as well, where none is needed."""
    del lake
    names = [line.split()[0] for line in whodunnit("sql", "--hunts").stdout.splitlines()[1:]]
    assert len(names) >= 12
    for name in names:
        assert whodunnit("sql", "--hunt", name, variables=LAKE).returncode == 0
    assert "CARDINALITY(lineage_chain)" in whodunnit("sql", "--hunt", "long-chains", "--athena").stdout


def test_compaction_changes_no_answer(whodunnit: Whodunnit, lake: Path) -> None:
    """Fewer files, the same events."""
    before = whodunnit("events", "--format", "csv", variables=LAKE).stdout
    many = len(list(lake.glob("account=*/**/*.parquet")))
    ran = whodunnit("compact", variables=LAKE)
    assert ran.returncode == 0
    assert "together into" in ran.stderr
    whodunnit("compact", "--keep", "0", variables=LAKE)
    assert len(list(lake.glob("account=*/**/*.parquet"))) < many
    assert whodunnit("events", "--format", "csv", variables=LAKE).stdout == before
