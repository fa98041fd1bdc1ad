"""Lineage filled in once it is known: the lake is then as if it had been known from the start."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import lake.again as lake_again
from lake.again import again
from lake.compact import compact
from lake.jsonl import parted
from lake.manifest import Form, opened
from lake.place import place
from lake.work import Wanted
from tests.lake.lakes import content, exported, ingested, rows, said


def test_rows_that_the_store_does_not_know_yet_say_so_and_are_filled_in_later(trail: Path, tmp_path: Path) -> None:
    """Exported before the issuances were ingested, looked up again after: the lake is as if they had been known."""
    (tmp_path / "early").mkdir()
    early = ingested(min(trail.rglob("*.gz")), tmp_path / "early")
    full = ingested(trail, tmp_path)
    exported(trail, early, tmp_path / "lake")
    exported(trail, full, tmp_path / "whole")
    unknown = sum(not row["lineage_complete"] for row in rows(tmp_path / "lake"))
    assert unknown > sum(not row["lineage_complete"] for row in rows(tmp_path / "whole"))
    done = again((full, ""), place(str(tmp_path / "lake")), "", "", workers=1)
    assert done.written > 0
    assert {row["eventid"]: said(row) for row in rows(tmp_path / "lake") if row["eventid"]} == {
        row["eventid"]: said(row) for row in rows(tmp_path / "whole")
    }
    assert done.left == sum(not row["lineage_complete"] for row in rows(tmp_path / "lake"))
    assert done.left == sum(live.incomplete for live in opened(place(str(tmp_path / "lake"))).files.values())
    once_more = again((full, ""), place(str(tmp_path / "lake")), "", "", workers=2)
    assert (once_more.written, once_more.left) == (0, done.left)


def test_only_files_of_the_time_asked_for_are_looked_at_again(trail: Path, tmp_path: Path) -> None:
    """A span before the trail concerns nothing, and nothing is written."""
    (tmp_path / "early").mkdir()
    early = ingested(min(trail.rglob("*.gz")), tmp_path / "early")
    exported(trail, early, tmp_path / "lake")
    before = content(tmp_path / "lake")
    done = again(
        (ingested(trail, tmp_path), ""), place(str(tmp_path / "lake")), "2001-01-01T00:00:00Z", "2001-02-01T00:00:00Z"
    )
    assert (done.looked, content(tmp_path / "lake")) == (0, before)


def test_json_lines_are_filled_in_later_too(trail: Path, tmp_path: Path) -> None:
    """As Parquet is."""
    (tmp_path / "early").mkdir()
    early = ingested(min(trail.rglob("*.gz")), tmp_path / "early")
    full = ingested(trail, tmp_path)
    exported(trail, early, tmp_path / "lines", Wanted(form="jsonl"))
    exported(trail, full, tmp_path / "whole", Wanted(form="jsonl"))
    again((full, ""), place(str(tmp_path / "lines")), "", "", workers=1)

    def lines(lake: Path) -> dict[str, list[bytes]]:
        return {
            path.relative_to(lake).as_posix(): gzip.decompress(path.read_bytes()).splitlines()
            for path in lake.rglob("*.jsonl.gz")
        }

    assert lines(tmp_path / "lines") == lines(tmp_path / "whole")


def test_a_field_that_is_called_lineage_stays(trail: Path, tmp_path: Path) -> None:
    """A record of another tool, or of a lake of ours, may have one; a tag may be called so."""
    records = [
        record for path in trail.rglob("*.gz") for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
    ]
    source = tmp_path / "own" / "trail.json"
    source.parent.mkdir()
    source.write_text(json.dumps({"Records": [record | {"lineage": {"a": 1}} for record in records]}))
    (tmp_path / "early").mkdir()
    early = ingested(min(trail.rglob("*.gz")), tmp_path / "early")
    exported(source, early, tmp_path / "lines", Wanted(form="jsonl"))

    def lines() -> list[bytes]:
        found = [gzip.decompress(path.read_bytes()) for path in (tmp_path / "lines").rglob("*.jsonl.gz")]
        return sorted(parted(line)[0] for some in found for line in some.splitlines())

    before = lines()
    done = again((ingested(trail, tmp_path), ""), place(str(tmp_path / "lines")), "", "", workers=1)
    assert done.written > 0
    assert lines() == before
    assert all(b'"lineage":{"a":1}' in line.replace(b" ", b"") for line in before)


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_store_that_knows_less_takes_nothing_away(trail: Path, tmp_path: Path, form: Form) -> None:
    """One that is empty changes nothing, one that has seen a part of the trail makes no row incomplete."""
    exported(trail, ingested(trail, tmp_path), tmp_path / "lake", Wanted(form=form))
    before = content(tmp_path / "lake")
    (tmp_path / "nothing.json").write_text('{"Records": []}')
    done = []
    for name, source in (("empty", tmp_path / "nothing.json"), ("little", min(trail.rglob("*.gz")))):
        (tmp_path / name).mkdir()
        assert content(tmp_path / "lake") == before
        done.append(again((ingested(source, tmp_path / name), ""), place(str(tmp_path / "lake")), "", "", workers=1))
    assert done[0].looked > 0
    assert (done[0].written, done[0].filled, done[1].filled) == (0, 0, 0)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_files_that_are_compacted_meanwhile_are_told(
    trail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """What was filled in there does not count; another run fills in what the new files hold."""
    (tmp_path / "early").mkdir()
    exported(trail, ingested(min(trail.rglob("*.gz")), tmp_path / "early"), tmp_path / "lake")
    full, lake = ingested(trail, tmp_path), place(str(tmp_path / "lake"))
    name = "each" if moment == "before" else "_commit"
    undisturbed = getattr(lake_again, name)

    def disturbed(*given: Any) -> Any:  # noqa: ANN401 (whatever is passed on)
        compact(lake, keep=0)
        return undisturbed(*given)

    monkeypatch.setattr(lake_again, name, disturbed)
    assert again((full, ""), lake, "", "", workers=1).missed > 0
    monkeypatch.undo()
    assert again((full, ""), lake, "", "", workers=1).missed == 0
    exported(trail, full, tmp_path / "whole")
    assert {row["eventid"]: said(row) for row in rows(tmp_path / "lake")} == {
        row["eventid"]: said(row) for row in rows(tmp_path / "whole")
    }
