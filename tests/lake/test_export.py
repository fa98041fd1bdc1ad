"""Trails become a lake: every record once, each with who is behind it, whatever happens on the way."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from graph.store import Store, open_store
from ingest.errors import LakeForeign, LakeVersion, NotFound, StoreMissing
from ingest.limits import Limits
from ingest.source import Object
from ingest.sources.files import Files
from ingest.tokens import cut_session_tokens
from lake.columns import record_of
from lake.compact import compact
from lake.lineage import Lineage, lineage_of
from lake.manifest import MARKER
from lake.place import place
from lake.read import ask, reader
from lake.schema import EVENTS
from lake.work import Wanted
from queries.several import Several
from queries.who import who
from synth.delivery import write_json, write_trail
from synth.generate import organization
from synth.incident import incident
from synth.walk import Size
from tests.lake.lakes import content, exported, files, ingested, rows, said

Row = dict[str, Any]


@pytest.fixture(scope="module")
def invictus(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The lake of a real trail, and the store that it was made with."""
    folder = tmp_path_factory.mktemp("invictus")
    store = ingested(shared_data / "invictus", folder)
    exported(shared_data / "invictus", store, folder / "lake")
    return folder / "lake", store


def columns_of(lineage: Lineage) -> dict[str, Any]:
    """A lineage as `said` gives it."""
    told: dict[str, Any] = msgspec.to_builtins(lineage)
    return {f"lineage_{name}": value for name, value in told.items()}


def answered(store: Store, row: Row) -> dict[str, Any] | None:
    """What `who --at` the row's time says of its caller; None for callers that are no credential."""
    identity = row["useridentity"] or {}
    asked = identity["accesskeyid"] or row["lineage_session_id"]
    if not asked:
        return None
    [answer] = who(store, asked, row["eventtime"])
    return columns_of(lineage_of(answer))


def test_a_real_trail_comes_out_as_it_went_in(invictus: tuple[Path, str], shared_data: Path) -> None:
    """2,900 records in, the same 2,900 out, field by field; only session tokens are cut."""
    given: list[dict[str, Any]] = []
    for path in sorted((shared_data / "invictus").rglob("*.json")):
        given += json.loads(cut_session_tokens(path.read_bytes()))["Records"]
    assert len(given) == 2900
    found = [json.loads(record_of(row)) for row in rows(invictus[0])]
    assert found == sorted(given, key=lambda record: record["eventID"])


def test_every_caller_of_a_real_trail_leads_to_a_credential(invictus: tuple[Path, str]) -> None:
    """To a session, a long-lived key, or a service; of a call that bears none (a sign-in) to the user who made it."""
    without = []
    for row in rows(invictus[0]):
        identity = row["useridentity"]
        key = identity["accesskeyid"] or ""
        if not (row["lineage_session_id"] or key.startswith("AKIA") or row["lineage_stop"] == "service"):
            without.append((row["eventname"], row["lineage_origin_id"] == identity["principalid"]))
        assert row["lineage_principal"], identity
    assert sorted(without) == [("CheckMfa", True), ("ConsoleLogin", True), ("ConsoleLogin", True)]


def test_a_real_trail_says_what_who_says(invictus: tuple[Path, str]) -> None:
    """Each row's lineage is the answer of `who --at` its time, in every column."""
    lake, url = invictus
    store = open_store(url)
    compared = 0
    for row in rows(lake):
        expected = answered(store, row)
        assert expected is None or said(row) == expected, (row["eventid"], row["useridentity"])
        compared += expected is not None
    assert compared > 2700


@pytest.mark.parametrize("seed", range(8))
def test_rows_say_who_made_the_call_in_truth(tmp_path: Path, seed: int) -> None:
    """The generator knows of each key who is behind it; principals and tags as of the row's time are `who`'s."""
    org = organization(seed, Size(steps=80))
    trail = tmp_path / "trail"
    write_trail(org.records, trail)
    url = ingested(trail, tmp_path)
    exported(trail, url, tmp_path / "lake")
    store, truths = open_store(url), org.truth()
    told = 0
    for row in rows(tmp_path / "lake"):
        truth = truths.get((row["useridentity"] or {}).get("accesskeyid") or "")
        if truth is None or truth.ambiguous or truth.asked_by:
            continue
        found = (
            row["lineage_origin_kind"],
            row["lineage_origin_id"] or "",
            row["lineage_complete"],
            row["lineage_stop"],
        )
        assert found == (truth.origin_kind, truth.origin_id, truth.complete, truth.stop), truth.key
        assert row["lineage_source_identity"] == truth.source_identity
        assert said(row) == answered(store, row)
        told += 1
    assert told > 20


def test_names_and_tags_of_long_lived_keys_are_those_of_the_moment(tmp_path: Path) -> None:
    """A user is tagged and renamed between calls with one key: each row says what was so then."""

    def call(minute: int, event: str, name: str, **more: object) -> Row:
        identity = {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111111111111", "userName": name}
        return {
            "eventTime": f"2026-03-04T05:{minute:02}:00Z",
            "eventName": event,
            "eventSource": "iam.amazonaws.com",
            "awsRegion": "us-east-1",
            "eventID": f"00000000-0000-4000-8000-0000000000{minute:02}",
            "recipientAccountId": "111111111111",
            "userIdentity": identity | {"arn": f"arn:aws:iam::111111111111:user/{name}", "accessKeyId": "AKIAEXAMPLE"},
            **more,
        }

    tags = {"userName": "alice", "tags": [{"key": "team", "value": "red"}]}
    rename = {"userName": "alice", "newUserName": "bob"}
    records = [
        call(0, "ListUsers", "alice"),
        call(1, "ListUsers", "alice"),
        call(2, "TagUser", "alice", requestParameters=tags),
        call(3, "ListUsers", "alice"),
        call(4, "UpdateUser", "alice", requestParameters=rename),
        call(5, "ListUsers", "bob"),
    ]
    trail = write_json(records, tmp_path / "t" / "trail.json")
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    by_minute = {int(row["eventtime"][14:16]): said(row) for row in rows(tmp_path / "lake")}
    assert [by_minute[m]["lineage_principal"].rpartition("/")[2] for m in (1, 3, 5)] == ["alice", "alice", "bob"]
    assert [by_minute[m]["lineage_tags"] for m in (1, 3, 5)] == [{}, {"team": "red"}, {"team": "red"}]


def test_both_copies_of_a_call_across_accounts_lead_to_one_credential(tmp_path: Path) -> None:
    """The account that owns the role knows its caller by principal id alone; that is said, and is enough."""
    trail = tmp_path / "trail"
    write_trail(incident().records, trail)
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    copies: dict[str, list[Row]] = {}
    for row in rows(tmp_path / "lake"):
        if row["sharedeventid"] and row["eventname"] == "AssumeRole" and row["useridentity"]["principalid"]:
            copies.setdefault(row["sharedeventid"], []).append(row)
    pairs = [found for found in copies.values() if len(found) == 2]
    assert len(pairs) == 3
    for pair in pairs:
        theirs, ours = sorted(pair, key=lambda row: row["useridentity"]["accesskeyid"] or "")
        assert theirs["useridentity"]["type"] == "AWSAccount"
        assert theirs["lineage_evidence"] == "principal"
        for name in ("lineage_chain", "lineage_session_id", "lineage_origin_id", "lineage_complete", "lineage_tags"):
            assert theirs[name] == ours[name]


def test_what_was_read_in_part_is_read_again_after_its_day_was_compacted(tmp_path: Path) -> None:
    """A limit, or a lost connection, ended the first reading; the rows of the second count all the same."""
    trail = tmp_path / "trail" / "trail.json.gz"
    trail.parent.mkdir()
    records = organization(7, Size(steps=60)).records
    trail.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    store = ingested(trail, tmp_path)
    half = Wanted(limits=Limits(max_object_bytes=len(json.dumps(records)) // 2))
    first = exported(trail, store, tmp_path / "lake", half)
    compact(place(str(tmp_path / "lake")), keep=0)
    second = exported(trail, store, tmp_path / "lake")
    with reader(place(str(tmp_path / "lake"))) as connection:
        told = {event for (event,) in ask(connection, "SELECT eventid FROM events").fetchall()}
    assert 0 < first.counts["rows"] < second.counts["rows"] == len(records)
    assert told == {record["eventID"] for record in records}
    assert exported(trail, store, tmp_path / "lake").counts["skipped"] == 1


@pytest.mark.parametrize("linked", ["lake", "source"])
def test_a_lake_among_the_trails_is_no_trail_however_it_is_reached(trail: Path, tmp_path: Path, linked: str) -> None:
    """By a link to it, or to the folder that it lies in: its own lines are not read again."""
    store, link = ingested(trail, tmp_path), tmp_path / "link"
    exported(trail, store, trail / "lake", Wanted(form="jsonl"))
    link.symlink_to(trail / "lake" if linked == "lake" else trail)
    source, lake = (trail, link) if linked == "lake" else (link, trail / "lake")
    before = len(list(files(lake)))
    again = exported(source, store, lake, Wanted(form="jsonl"))
    assert again.counts["passed over: lake file"] >= before
    assert again.counts["quarantined"] == 0


def test_a_caller_known_by_its_principal_alone_is_who_that_principal_is(tmp_path: Path) -> None:
    """Also where its session has several keys, of which what is behind one of them is less than behind all."""
    write_trail(organization(203, Size(steps=500)).records, tmp_path / "trail", per_file=6)
    url = ingested(tmp_path / "trail", tmp_path)
    exported(tmp_path / "trail", url, tmp_path / "lake")
    store, compared = open_store(url), 0
    for row in rows(tmp_path / "lake"):
        caller = row["useridentity"] or {}
        if caller.get("accesskeyid") or caller.get("type") != "AWSAccount":
            continue
        with suppress(NotFound, Several):
            [answer] = who(store, caller["principalid"], row["eventtime"])
            known = columns_of(lineage_of(answer)) | {"lineage_evidence": "principal"}
            assert said(row) == known
            compared += 1
    assert compared > 10


def test_the_same_again_changes_nothing(trail: Path, tmp_path: Path) -> None:
    """What the lake has is passed over, and every file stays as it is."""
    store = ingested(trail, tmp_path)
    first = exported(trail, store, tmp_path / "lake")
    before = content(tmp_path / "lake")
    again = exported(trail, store, tmp_path / "lake")
    assert (again.counts["files"], again.counts["skipped"]) == (0, first.counts["files"])
    assert content(tmp_path / "lake") == before


def test_several_processes_write_the_same_lake(trail: Path, tmp_path: Path) -> None:
    """Byte for byte."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "one", workers=1)
    exported(trail, store, tmp_path / "three", workers=3)
    assert content(tmp_path / "one") == content(tmp_path / "three")


@pytest.mark.parametrize("kept", [0, 3])
def test_a_small_memory_writes_the_same_lake(
    trail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """However few callers are remembered from one unit to the next, rows say the same."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "lake")
    monkeypatch.setattr("lake.lineage._KEPT", kept)
    exported(trail, store, tmp_path / "other")
    assert content(tmp_path / "other") == content(tmp_path / "lake")


def test_what_comes_later_is_added(trail: Path, tmp_path: Path) -> None:
    """Objects that arrive after an export, of an hour that it took as well, are a unit of their own."""
    store = ingested(trail, tmp_path)
    paths = sorted(trail.rglob("*.gz"))
    late = tmp_path / "late"
    late.mkdir()
    held = [shutil.move(path, late / path.name) for path in paths[::2]]
    exported(trail, store, tmp_path / "lake")
    for path, former in zip(held, paths[::2], strict=True):
        shutil.move(path, former)
    exported(trail, store, tmp_path / "lake")
    exported(trail, store, tmp_path / "whole")
    assert rows(tmp_path / "lake") == rows(tmp_path / "whole")


def test_an_object_that_changed_takes_the_place_of_what_it_was(tmp_path: Path) -> None:
    """A file that grew is exported anew, and its old rows go."""
    records = organization(3, 40).records
    trail = write_json(records[:10], tmp_path / "trail" / "growing.json")
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "lake")
    write_json(records, trail)
    exported(trail, store, tmp_path / "lake")
    found = rows(tmp_path / "lake")
    assert Counter(row["eventid"] for row in found) == Counter(record["eventID"] for record in records)
    on_disk = {
        path.relative_to(tmp_path / "lake").as_posix() for path in (tmp_path / "lake").glob("account=*/**/*.parquet")
    }
    assert on_disk == set(files(tmp_path / "lake"))


def test_files_lie_by_account_region_and_day_and_are_sorted(trail: Path, tmp_path: Path) -> None:
    """By session, key and time inside a file, so that a question for one session skips almost all."""
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    for path in files(tmp_path / "lake"):
        account, region, day, _ = path.split("/")
        found = pq.read_table(tmp_path / "lake" / path, schema=EVENTS, partitioning=None).to_pylist()
        for row in found:
            assert account == f"account={row['recipientaccountid']}"
            assert region == f"region={row['awsregion']}"
            assert day == f"date={row['eventtime'][:10]}"
        order = [
            (row["lineage_session_id"] or "~", row["useridentity"]["accesskeyid"] or "", row["eventtime"])
            for row in found
        ]
        assert order == sorted(order)


@pytest.mark.parametrize("odd", ["../../escape", "", "a/b", "x" * 65, "naïve"])
def test_a_record_cannot_choose_where_it_lies(tmp_path: Path, odd: str) -> None:
    """An account or Region that is none goes to `unknown`, whatever it looks like to a file system."""
    [record, *_] = organization(1, 10).records
    trail = write_json([record | {"awsRegion": odd, "recipientAccountId": odd}], tmp_path / "t" / "trail.json")
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    [path] = files(tmp_path / "lake")
    assert "region=unknown" in path
    [row] = rows(tmp_path / "lake")
    assert (row["awsregion"], row["recipientaccountid"]) == (odd, odd)


@pytest.mark.parametrize("odd", [{"eventTime": "never"}, {"eventName": 7}])
def test_one_record_that_cannot_be_read_leaves_the_others(tmp_path: Path, odd: Row) -> None:
    """It is quarantined with its place in the file; all others are rows."""
    first, *others = organization(1, 10).records
    trail = write_json([others[0], first | odd, *others[1:]], tmp_path / "t" / "trail.json")
    progress = exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    assert [piece.position for piece in progress.quarantined] == ["record 2"]
    assert progress.counts["records"] == len(others) + 1
    assert {row["eventid"] for row in rows(tmp_path / "lake")} == {record["eventID"] for record in others}


def test_bounds_of_time_leave_the_rest_out_and_may_be_widened(trail: Path, tmp_path: Path) -> None:
    """`--since` and `--until`, then all: each record once in what counts, however it came."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "whole")
    whole = rows(tmp_path / "whole")
    middle = sorted(row["eventtime"] for row in whole)[len(whole) // 2]
    progress = exported(trail, store, tmp_path / "lake", Wanted(since=middle))
    assert {row["eventid"] for row in rows(tmp_path / "lake")} == {
        r["eventid"] for r in whole if r["eventtime"] >= middle
    }
    assert progress.counts["outside"] == len(whole) - progress.counts["rows"]
    exported(trail, store, tmp_path / "lake", Wanted(until=middle))
    assert rows(tmp_path / "lake") == whole


def test_a_record_twice_in_a_unit_is_one_row(tmp_path: Path) -> None:
    """Repeats are counted; the copies of a call that two accounts received are two records."""
    records = organization(5, 40).records
    trail = write_json([*records, *records], tmp_path / "t" / "trail.json")
    progress = exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    assert progress.counts["repeats"] == len(records)
    assert len(rows(tmp_path / "lake")) == len(records)


def test_a_file_of_many_records_is_written_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No part holds more rows than memory is meant for, however many one file has; all of them are written."""
    monkeypatch.setattr("lake.work.PART_ROWS", 7)
    records = organization(5, 40).records
    trail = write_json(records, tmp_path / "t" / "trail.json")
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake")
    sizes: Counter[str] = Counter()
    for path in files(tmp_path / "lake"):
        sizes[path[-len("00000.parquet") :]] += pq.read_metadata(tmp_path / "lake" / path).num_rows
    assert len(sizes) > 2
    assert max(sizes.values()) <= 7
    assert sum(sizes.values()) == len(records)


def test_what_cannot_be_read_is_counted_and_the_rest_goes_on(trail: Path, tmp_path: Path) -> None:
    """With its place and why; the records around it are in the lake."""
    store = ingested(trail, tmp_path)
    (trail / "broken.json.gz").write_bytes(b"\x1f\x8b broken")
    (trail / "odd.json").write_text('{"Records":[{"eventName":"x","eventTime":"never","userIdentity":{}}]}')
    progress = exported(trail, store, tmp_path / "lake")
    assert progress.counts["quarantined"] == 2
    assert {Path(piece.source).name for piece in progress.quarantined} == {"broken.json.gz", "odd.json"}
    assert progress.counts["rows"] == len(rows(tmp_path / "lake")) > 100


def test_json_lines_are_the_records_with_a_lineage_object(trail: Path, tmp_path: Path) -> None:
    """Gzip, the same rows as in Parquet, and the record before the lineage as it was written."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "lake")
    exported(trail, store, tmp_path / "lines", Wanted(form="jsonl"))
    found = {}
    for path in (tmp_path / "lines").rglob("*.jsonl.gz"):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            record = json.loads(line)
            lineage = record.pop("lineage")
            found[record["eventID"]] = (record, {f"lineage_{name}": value for name, value in lineage.items()})
    assert found == {row["eventid"]: (json.loads(record_of(row)), said(row)) for row in rows(tmp_path / "lake")}


def test_a_place_that_holds_other_things_is_refused(trail: Path, tmp_path: Path) -> None:
    """Nothing is written among them."""
    store = ingested(trail, tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    with pytest.raises(LakeForeign, match="holds other things"):
        exported(trail, store, tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == [tmp_path / "home" / "letter.txt"]


def test_a_lake_of_another_version_is_refused(trail: Path, tmp_path: Path) -> None:
    """Both versions are named."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "lake")
    (tmp_path / "lake" / MARKER).write_text('{"whodunnit":"lake","version":99}')
    with pytest.raises(LakeVersion, match=r"99.*1"):
        exported(trail, store, tmp_path / "lake")


def test_a_lake_of_another_form_is_refused(trail: Path, tmp_path: Path) -> None:
    """JSON lines do not go among Parquet."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "lake")
    with pytest.raises(LakeForeign, match="of parquet, not of jsonl"):
        exported(trail, store, tmp_path / "lake", Wanted(form="jsonl"))


def test_without_a_store_nothing_is_written(trail: Path, tmp_path: Path) -> None:
    """Ingest comes first; the place stays as it was."""
    with pytest.raises(StoreMissing):
        exported(trail, f"sqlite:{tmp_path / 'none.db'}", tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_a_lake_inside_of_the_trail_is_no_trail(trail: Path, tmp_path: Path) -> None:
    """Its files are passed over, the second time as well."""
    store = ingested(trail, tmp_path)
    exported(trail, store, trail / "lake")
    again = exported(trail, store, trail / "lake")
    assert again.counts["quarantined"] == 0
    assert again.counts["passed over: lake file"] > 0


def test_a_killed_export_goes_on_to_the_same_lake(trail: Path, tmp_path: Path) -> None:
    """Kill -9 at twenty random moments, then run once more: the lake is the one that was never disturbed."""
    store = ingested(trail, tmp_path)
    exported(trail, store, tmp_path / "whole")
    lake, chance = tmp_path / "lake", random.Random(20)
    command = [sys.executable, "-m", "tests.lake.slow_export", str(trail), store, str(lake), "0.06"]
    killed = 0
    for _ in range(20):
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(chance.uniform(0.2, 0.6))
        killed += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert killed > 0
    exported(trail, store, lake, workers=2)
    counted = {name: data for name, data in content(lake).items() if not name.endswith(".part")}
    assert counted == content(tmp_path / "whole")


def test_unknown_ids_are_not_in_the_lake(invictus: tuple[Path, str]) -> None:
    """What `who` does not know, no row claims."""
    store = open_store(invictus[1])
    with pytest.raises(NotFound):
        who(store, "AKIAIOSFODNN7EXAMPLE")
    assert all(row["useridentity"]["accesskeyid"] != "AKIAIOSFODNN7EXAMPLE" for row in rows(invictus[0]))


def test_objects_are_told_by_name_and_stamp(trail: Path) -> None:
    """The same tree gives the same units; one touched file another version of its unit, under the same name."""
    from lake.unit import units

    def named() -> dict[str, str]:
        listed = [(0, item) for item in Files([trail]).objects() if isinstance(item, Object)]
        return {unit.name: unit.version for unit in units(listed)}

    first = named()
    assert named() == first
    os.utime(next(trail.rglob("*.gz")), (1, 1))
    second = named()
    assert second.keys() == first.keys()
    assert sum(second[name] != first[name] for name in first) == 1
