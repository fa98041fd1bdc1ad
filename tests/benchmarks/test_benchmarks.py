import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import report
from benchmarks.figure import Figure, Point, Result
from benchmarks.plot import draw


@pytest.fixture
def neo4j_named(neo4j_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the tests' Neo4j be the one that is measured."""
    monkeypatch.setenv("NEO4J_URI", neo4j_url)


@pytest.mark.parametrize("name", sorted(command.BENCHMARKS))
def test_each_benchmark_runs_at_small_scale(
    name: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """Every benchmark goes from trail to figures, and at small scale leaves the page as it is."""
    if name == "neo4j":
        request.getfixturevalue("neo4j_named")
    page = Path(command.HERE / "README.md")
    before = page.read_bytes() if page.exists() else b""
    command.main([name, "--scale", "small"])
    told = capsys.readouterr().out

    assert report.TITLES[name] in told
    assert "| what | measured | wanted |" in told
    assert (page.read_bytes() if page.exists() else b"") == before


def test_an_unknown_benchmark_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no benchmark's is wrong usage."""
    with pytest.raises(SystemExit, match="2"):
        command.main(["velocity"])

    assert "there is no benchmark 'velocity'" in capsys.readouterr().err


def test_figures_are_held_against_what_is_wanted() -> None:
    """A figure says what is wanted of it, and whether that is met; one that is only shown says neither."""
    fast = Figure(what="rate", value=0.612, sign="≥", bound=0.6)
    heavy = Figure(what="memory", value=151.4, unit="MB", sign="≤", bound=150)
    shown = Figure(what="events", value=123456.7, unit="events/s")

    assert report.table(Result([fast, heavy, shown])).splitlines()[2:] == [
        "| rate | 0.61 | ≥ 0.6 | met |",
        "| memory | 151 MB | ≤ 150 MB | **not met** |",
        "| events | 123,457 events/s |  |  |",
    ]


def test_the_page_has_each_result_and_where_it_was_measured() -> None:
    """The page is made of the results alone: tables, day, machine, command."""
    measured = report.measured(Result([Figure(what="rate", value=1.0)]))
    page = report.page({"start": measured})

    assert "## From cold" in page
    assert "## Memory" not in page
    assert f"`python -m benchmarks start`, {measured.day}, on {measured.machine}." in page
    assert f"Python {sys.version.split()[0]}" in measured.machine


def test_the_same_points_give_the_same_plot(tmp_path: Path) -> None:
    """The plot is a text file that only changes when what was measured does."""
    points = [Point(line, size, size / 1e5) for line in ("floor", "one process") for size in (1000, 10_000)]
    for name in ("one.svg", "other.svg"):
        draw(points, tmp_path / name)

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
    assert b"<svg" in (tmp_path / "one.svg").read_bytes()
