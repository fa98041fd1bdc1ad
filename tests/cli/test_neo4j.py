import subprocess
from collections.abc import Callable
from pathlib import Path

from graph.browser.pack import favourites, title

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_browser_pack_is_written_and_named(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """Every file is written and listed, favourites with what they answer; how to use them is said on stderr."""
    ran = whodunnit("neo4j", "browser-pack", "pack")
    files = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "pack").iterdir()}

    assert ran.returncode == 0, ran.stderr
    assert {line.partition("  ")[0] for line in ran.stdout.splitlines()} == files
    assert {"pack/style.grass", "pack/01-principal-chain.cypher"} <= files
    assert all(f"pack/{path.name}  {title(path)}" in ran.stdout.splitlines() for path in favourites())
    assert len(ran.stderr.splitlines()) == 1


def test_browser_pack_needs_no_store(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """No server is asked for it, and no store is made."""
    ran = whodunnit("neo4j", "browser-pack", "pack", variables={"WHODUNNIT_STORE": "neo4j://nowhere.invalid:7687"})

    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"pack"}


def test_browser_pack_where_nothing_may_be_written(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """A folder that cannot be made is a sentence and exit 4."""
    (tmp_path / "file").write_text("")
    ran = whodunnit("neo4j", "browser-pack", "file/below")

    assert (ran.returncode, ran.stdout) == (4, "")
    assert len(ran.stderr.splitlines()) == 1


def test_a_file_needs_no_check(whodunnit: Whodunnit, store: str) -> None:
    """Nobody else writes into a SQLite store: asked to check one, the command says what it is for."""
    ran = whodunnit("neo4j", "check", "--store", store)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--store neo4j://HOST:PORT" in ran.stderr


def test_a_pack_without_a_folder(whodunnit: Whodunnit) -> None:
    """Where the pack is to go must be said."""
    ran = whodunnit("neo4j", "browser-pack")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "browser-pack DIR" in ran.stderr


def test_another_word_is_wrong_usage(whodunnit: Whodunnit) -> None:
    """What the command cannot do is refused with what it can."""
    ran = whodunnit("neo4j", "start", "here")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "browser-pack" in ran.stderr
