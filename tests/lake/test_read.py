"""Questions to a lake are answered from each event once, and by nothing but reading it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import LakeMissing, UsageError
from lake.compact import compact
from lake.manifest import Commit, opened, write_commit
from lake.place import place
from lake.read import Connection, ask, reader
from lake.schema import CREDENTIALS, EVENTS
from synth.delivery import write_json
from synth.generate import organization
from tests.lake.lakes import exported, ingested, rows


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of two trails with half of their records in both, exported as two units."""
    folder = tmp_path_factory.mktemp("lake")
    records = organization(11, 120).records
    half = len(records) // 2
    write_json(records[: half + 20], folder / "trails" / "one.json")
    write_json(records[half - 20 :], folder / "trails" / "two.json")
    exported(folder / "trails", ingested(folder / "trails", folder), folder / "lake")
    return folder / "lake"


@pytest.fixture
def found(lake: Path) -> Iterator[Connection]:
    """The views over that lake."""
    with reader(place(str(lake))) as connection:
        yield connection


def one(connection: Connection, question: str) -> Any:  # noqa: ANN401 (whatever was asked)
    """The one value of an answer."""
    [(value,)] = ask(connection, question).fetchall()
    return value


def test_an_event_that_came_by_two_trails_is_one_row(lake: Path, found: Connection) -> None:
    """The files hold it twice, the view once, and all of its columns are there."""
    held = rows(lake)
    ids = {(row["eventid"], row["recipientaccountid"]) for row in held}
    assert len(held) == len(ids) + 40
    assert one(found, "SELECT count(*) FROM events") == len(ids)
    columns = [row[0] for row in ask(found, "DESCRIBE events").fetchall()]
    assert columns == ["account", "region", "date", *EVENTS.names]


@pytest.mark.parametrize("above", ["account=9/region=x/date=2001-01-01", "date=zzz", "filename=2/eventname=Foo"])
def test_folders_above_a_lake_say_nothing_of_its_rows(tmp_path: Path, above: str) -> None:
    """Whatever they are called: DuckDB would take `name=value` for a column, and compacting would write it down."""
    trail = write_json(organization(11, 60).records, tmp_path / "trail.json")
    place_ = tmp_path / above / "lake"
    exported(trail, ingested(trail, tmp_path), place_)
    question = "SELECT account, region, date, eventname FROM events WHERE date > '2026-01-01' ORDER BY eventid"
    held = sorted((row["eventid"], row["awsregion"], row["eventname"]) for row in rows(place_))
    for _ in range(2):
        with reader(place(str(place_))) as connection:
            told = ask(connection, question).fetchall()
        assert [(region, name) for _, region, _, name in told] == [(region, name) for _, region, name in held]
        compact(place(str(place_)), keep=0)


def test_of_two_copies_the_one_that_knows_more_is_shown(tmp_path: Path) -> None:
    """One was exported before the graph knew who was behind, the other after."""
    records = organization(11, 60).records
    early, late = (write_json(records, tmp_path / name / "trail.json") for name in ("early", "late"))
    (tmp_path / "stores").mkdir()
    little = ingested(write_json(records[-1:], tmp_path / "little.json"), tmp_path / "stores")
    exported(early, little, tmp_path / "lake")
    exported(late, ingested(late, tmp_path), tmp_path / "lake")
    exported(late, f"sqlite:{tmp_path / 'whodunnit.db'}", tmp_path / "known")
    whole = sum(row["lineage_complete"] for row in rows(tmp_path / "known"))
    with reader(place(str(tmp_path / "lake"))) as connection:
        assert one(connection, "SELECT count(*) FILTER (WHERE lineage_complete) FROM events") == whole
        assert one(connection, "SELECT count(*) FROM events") == len(records)


def test_bounds_of_time_are_those_of_the_events(lake: Path) -> None:
    """From is included, to is not."""
    times = sorted({row["eventtime"] for row in rows(lake)})
    since, until = times[len(times) // 3], times[2 * len(times) // 3]
    with reader(place(str(lake)), since, until) as connection:
        assert one(connection, "SELECT min(eventtime) FROM events") == since
        assert one(connection, "SELECT max(eventtime) FROM events") < until


def test_sessions_add_up_to_the_events_that_have_one(found: Connection) -> None:
    """No call is counted twice or lost."""
    used = "SELECT count(*) FROM events WHERE lineage_session_id IS NOT NULL OR useridentity.accesskeyid IS NOT NULL"
    assert one(found, "SELECT sum(events) FROM sessions") == one(found, used)
    assert one(found, "SELECT count(*) FROM sessions") == one(found, "SELECT count(*) FROM lineage")


def test_the_view_of_lineage_has_the_columns_of_the_table(found: Connection) -> None:
    """Whether it was written or is told from the events."""
    assert [row[0] for row in ask(found, "DESCRIBE lineage").fetchall()] == CREDENTIALS.names


def test_an_empty_lake_has_all_columns_and_no_rows(tmp_path: Path) -> None:
    """And says so instead of failing."""
    opened(place(str(tmp_path / "lake")), create=True)
    with reader(place(str(tmp_path / "lake"))) as connection:
        assert [row[0] for row in ask(connection, "DESCRIBE events").fetchall()] == [
            "account",
            "region",
            "date",
            *EVENTS.names,
        ]
        assert ask(connection, "SELECT * FROM sessions").fetchall() == []


def test_files_that_no_commit_names_do_not_count(lake: Path) -> None:
    """What a killed export left is not read."""
    somewhere = next(lake.glob("account=*/**/*.parquet"))
    orphan = somewhere.with_name("orphan.parquet")
    orphan.write_bytes(b"half a file")
    try:
        with reader(place(str(lake))) as connection:
            assert one(connection, "SELECT count(*) FROM events") > 0
    finally:
        orphan.unlink()


@pytest.mark.parametrize(
    "question",
    [
        "COPY (SELECT 1) TO '{lake}/evil.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{lake}/evil.csv'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        "ATTACH '{lake}/evil.db'",
        "CREATE TABLE evil AS SELECT 1",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
        "SELEC 1",
        "SELECT * FROM nowhere",
    ],
)
def test_a_question_reads_the_lake_and_nothing_else(lake: Path, question: str) -> None:
    """Everything else is refused in a sentence, and nothing is written."""
    with pytest.raises(UsageError), reader(place(str(lake))) as connection:
        ask(connection, question.replace("{lake}", str(lake))).fetchall()
    assert not list(lake.glob("evil*"))


def test_where_there_is_no_lake_a_sentence_says_so(tmp_path: Path) -> None:
    """And nothing is made there."""
    with pytest.raises(LakeMissing, match="no lake"), reader(place(str(tmp_path / "none"))):
        pass
    assert not (tmp_path / "none").exists()


def test_commits_are_a_set(lake: Path) -> None:
    """One that takes away a file counts however often it is read, and whether the file is there or not."""
    before = opened(place(str(lake))).files
    gone = next(iter(before))
    write_commit(place(str(lake)), "test-removes", Commit(removes=[gone, "never/was"]))
    try:
        assert opened(place(str(lake))).files.keys() == before.keys() - {gone}
    finally:
        (lake / "_whodunnit" / "commits" / "test-removes.json").unlink()
