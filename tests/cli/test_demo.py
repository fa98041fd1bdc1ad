import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from synth.incident import Incident

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def shown_commands(text: str) -> list[list[str]]:
    """The command lines that the demo tells to type next, without the script's name."""
    lines = text.partition("What to type next:")[2].splitlines()
    return [shlex.split(line)[1:] for line in lines if line and not line.startswith("#")]


def test_demo_shows_the_story(whodunnit: Whodunnit, story: Incident) -> None:
    """The deepest key is shown in full back to the leaked one, the minted one with its warning."""
    ran = whodunnit("demo")
    deepest, minted = story.truth[story.story["deepest"].key], story.story["minted"].key

    assert ran.returncode == 0, ran.stderr
    assert all(arn in ran.stdout for arn in deepest.chain)
    assert story.story["leaked"].key in ran.stdout
    assert minted in ran.stdout
    assert "! key-minted-by-other: " in ran.stdout


def test_demo_again_changes_nothing(whodunnit: Whodunnit) -> None:
    """A second run in the same folder shows the same."""
    first, second = whodunnit("demo"), whodunnit("demo")

    assert (second.returncode, second.stdout) == (0, first.stdout)


def test_next_commands_work(whodunnit: Whodunnit) -> None:
    """Each command that the demo tells to type next answers."""
    commands = shown_commands(whodunnit("demo", "here").stdout)

    assert len(commands) > 3
    for words in commands:
        ran = whodunnit(*words)
        assert (words, ran.returncode, ran.stderr) == (words, 0, "")
        assert ran.stdout


def test_demo_leaves_the_environments_store_alone(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """Made-up records never reach the store that WHODUNNIT_STORE names; one named by hand is used."""
    whodunnit("demo", variables={"WHODUNNIT_STORE": "sqlite:real.db"})
    whodunnit("demo", "--store", "sqlite:mine.db")

    assert {path.name for path in tmp_path.glob("*.db")} == {"mine.db"}
    assert (tmp_path / "whodunnit-demo" / "whodunnit.db").is_file()


def test_demo_where_nothing_may_be_written(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """A folder that cannot be made is a sentence and exit 4."""
    (tmp_path / "file").write_text("")
    ran = whodunnit("demo", "file/below")

    assert (ran.returncode, ran.stdout) == (4, "")
    assert len(ran.stderr.splitlines()) == 1
