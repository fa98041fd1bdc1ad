"""Runs the real command line in a folder of the test's own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synth.delivery import write_trail
from synth.incident import Incident, incident

COMMAND = (sys.executable, "-c", "from cli.main import main; main()")
ROOT = Path(__file__).resolve().parents[2]


Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    """The environment of a plain shell: no store named, no terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WHODUNNIT_")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "COLUMNS": "100"} | more


@pytest.fixture
def whodunnit(tmp_path: Path) -> Whodunnit:
    """Run `whodunnit ARGUMENTS` in the test's folder; `given` is piped in, `variables` are set."""

    def run(
        *arguments: str, given: str = "", variables: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env=environment(**(variables or {})),
            input=given,
            capture_output=True,
            check=False,
            timeout=120,
            encoding="utf-8",
        )

    return run


@pytest.fixture(scope="session")
def story() -> Incident:
    """The demo's incident."""
    return incident()


@pytest.fixture(scope="session")
def trail(story: Incident, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The incident's trail as CloudTrail delivers it; not to be written to."""
    folder = tmp_path_factory.mktemp("trail")
    write_trail(story.records, folder)
    return folder


@pytest.fixture(scope="session")
def store(trail: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a store that holds the incident; not to be written to."""
    url = f"sqlite:{tmp_path_factory.mktemp('store') / 'whodunnit.db'}"
    command = [*COMMAND, "ingest", str(trail), "--workers", "1", "--store", url]
    subprocess.run(command, env=environment(), check=True, capture_output=True, timeout=120)
    return url
