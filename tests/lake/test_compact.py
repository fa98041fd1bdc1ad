"""Small files become large ones; who asks sees each event once, before, during and after."""

import os
import threading
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.errors import UsageError
from lake.compact import compact
from lake.manifest import opened
from lake.place import place
from lake.read import ask, reader
from lake.schema import EVENTS
from lake.work import Wanted
from synth.delivery import write_json, write_trail
from synth.generate import organization
from synth.walk import Size
from tests.lake.lakes import content, exported, files, ingested, rows


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Many small files of some days, with repeats across units."""
    records = organization(7, Size(steps=120)).records
    write_trail(records, tmp_path / "trail", per_file=5)
    write_json(records[::3], tmp_path / "trail" / "again.json")
    exported(tmp_path / "trail", ingested(tmp_path / "trail", tmp_path), tmp_path / "lake")
    return tmp_path / "lake"


def seen(lake: Path) -> Counter[str]:
    """How often the view shows each event."""
    with reader(place(str(lake))) as connection:
        return Counter(
            row[0]
            for row in ask(connection, "SELECT eventid || coalesce(recipientaccountid, '') FROM events").fetchall()
        )


def test_each_event_once_before_and_after(lake: Path) -> None:
    """The same rows in fewer files, repeats gone from the files as well."""
    before, many = seen(lake), list(files(lake))
    done = compact(place(str(lake)))
    held = rows(lake)
    assert seen(lake) == before == Counter(row["eventid"] + (row["recipientaccountid"] or "") for row in held)
    assert set(before.values()) == {1}
    assert done.repeats > 0
    assert len(list(files(lake))) == done.after + len(many) - done.before < len(many)


def test_rows_are_those_that_were_there(lake: Path) -> None:
    """Every column of them, and still sorted."""
    with reader(place(str(lake))) as connection:
        before = ask(connection, "SELECT * FROM events ORDER BY eventid, recipientaccountid").fetchall()
    compact(place(str(lake)), workers=1)
    with reader(place(str(lake))) as connection:
        assert ask(connection, "SELECT * FROM events ORDER BY eventid, recipientaccountid").fetchall() == before
    for path in files(lake):
        found = pq.read_table(lake / path, schema=EVENTS, partitioning=None).to_pylist()
        order = [
            (r["lineage_session_id"] or "~", r["useridentity"]["accesskeyid"] or "", r["eventtime"]) for r in found
        ]
        assert order == sorted(order)


def test_old_files_stay_until_a_later_run(lake: Path) -> None:
    """For those who began to read them; then they are gone, and nothing else is."""
    old = set(files(lake))
    compact(place(str(lake)))
    assert all((lake / path).exists() for path in old)
    done = compact(place(str(lake)), keep=0)
    gone = {path for path in old if not (lake / path).exists()}
    assert (done.partitions, done.removed) == (0, len(gone))
    assert gone == old - set(files(lake))


def test_what_a_killed_writer_left_is_removed_a_day_later(lake: Path) -> None:
    """A part beside the rows stays as long as somebody may be at it."""
    beside = lake / min(files(lake))
    old, young = (beside.with_name(f".{beside.name}.{name}.part") for name in ("old", "young"))
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    compact(place(str(lake)))

    assert (old.exists(), young.exists()) == (False, True)


def test_old_files_go_at_once_where_that_is_asked_for(lake: Path) -> None:
    """Those that this very run replaced."""
    old = set(files(lake))
    done = compact(place(str(lake)), keep=0)
    assert done.removed == len(old - set(files(lake))) > 0
    assert set(files(lake)) == {path.relative_to(lake).as_posix() for path in lake.rglob("account=*/**/*.parquet")}


def test_again_there_is_nothing_to_do(lake: Path) -> None:
    """What was compacted stays as it is."""
    compact(place(str(lake)))
    before = content(lake)
    compact(place(str(lake)))
    assert content(lake) == before


def test_what_comes_after_is_added_and_compacted_with_the_rest(lake: Path, tmp_path: Path) -> None:
    """An export after compaction: its rows count, and the next compaction takes them in."""
    compact(place(str(lake)))
    whole = seen(lake)
    more = organization(8, 40).records
    trail = write_json(more, tmp_path / "more" / "trail.json")
    exported(trail, f"sqlite:{tmp_path / 'whodunnit.db'}", lake)
    expected = whole + Counter(record["eventID"] + record["recipientAccountId"] for record in more)
    assert seen(lake) == expected
    compact(place(str(lake)))
    assert seen(lake) == expected


def test_days_that_are_not_over_are_left_alone(lake: Path) -> None:
    """`--before` says which are."""
    before = content(lake)
    first = min(live.first for live in opened(place(str(lake))).files.values())
    done = compact(place(str(lake)), f"{first[:10]}T00:00:00Z")
    assert done.partitions == 0
    assert {k: v for k, v in content(lake).items() if "commits.json.gz" not in k} == before


def test_what_a_killed_export_left_goes_once_it_is_old(lake: Path) -> None:
    """A file that no commit names may belong to an export at work; a day later it does not."""
    import os
    import time

    somewhere = next(lake.glob("account=*/**/*.parquet"))
    young, old = somewhere.with_name("young.parquet"), somewhere.with_name("old.parquet")
    young.write_bytes(b"young")
    old.write_bytes(b"old")
    os.utime(old, (time.time() - 90_000,) * 2)
    compact(place(str(lake)))
    assert young.exists()
    assert not old.exists()


def test_who_asks_meanwhile_sees_each_event_once(lake: Path) -> None:
    """All the time that compaction runs, again and again."""
    expected = seen(lake)
    wrong: list[Counter[str]] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            if (found := seen(lake)) != expected:
                wrong.append(found)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        compact(place(str(lake)), workers=1)
    finally:
        over.set()
        looking.join()
    assert not wrong


def test_json_lines_are_not_compacted(tmp_path: Path) -> None:
    """It says so."""
    trail = write_json(organization(3, 20).records, tmp_path / "t" / "trail.json")
    exported(trail, ingested(trail, tmp_path), tmp_path / "lines", Wanted(form="jsonl"))
    with pytest.raises(UsageError, match="only Parquet"):
        compact(place(str(tmp_path / "lines")))
