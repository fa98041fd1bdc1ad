import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_a_copy_answers_as_the_original(whodunnit: Whodunnit, store: str) -> None:
    """What was copied is told on stderr; the copy says of itself what the original says."""
    ran = whodunnit("copy", "--from", store, "--to", "sqlite:copy.db")

    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.startswith("Copied ")
    assert "27 files as read and 0 pieces set aside" in ran.stderr
    assert whodunnit("status", "--store", "sqlite:copy.db").stdout == whodunnit("status", "--store", store).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--from", "sqlite:a.db", "--to", "sqlite:a.db"), 2, "are the same store"),
        (("--from", "sqlite:a.db", "--to", "sqlite:b.db"), 4, "there is no store at a.db"),
        (("--from", "sqlite:a.db"), 2, "Missing option '--to'"),
    ],
)
def test_what_cannot_be_copied(
    whodunnit: Whodunnit, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """A store that is not there, or is both, is one sentence, and nothing is made."""
    ran = whodunnit("copy", *arguments)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert sentence in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
