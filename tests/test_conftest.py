import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = '''
import pytest

def test_trails(shared_data):
    """Reads the trails."""
    assert shared_data.is_dir()

@pytest.mark.may_skip("a matter of the machine")
def test_machine():
    """Cannot run as root."""
    pytest.skip("runs as root")

def test_plain():
    """Runs anywhere."""
'''


def run_suite(folder: Path, *, ci: bool, trails: Path) -> subprocess.CompletedProcess[str]:
    """Run SUITE under the project's own conftest.py in a process of its own, with or without CI=true."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder / "conftest.py")
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = may_skip(reason)\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    environment = kept | {"WHODUNNIT_SHARED_DATA": str(trails)} | ({"CI": "true"} if ci else {})
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("ci", [False, True])
def test_all_there(tmp_path: Path, *, ci: bool) -> None:
    """Where the trails are there the tests that read them run, in CI too; what the machine forbids is named."""
    ran = run_suite(tmp_path, ci=ci, trails=tmp_path)

    assert ran.returncode == 0, ran.stdout
    assert "2 passed, 1 skipped" in ran.stdout
    assert "could not be tested: 1 × runs as root\n" in ran.stdout


def test_trails_absent(tmp_path: Path) -> None:
    """Without the trails the rest is tested, and one line says what was not."""
    ran = run_suite(tmp_path, ci=False, trails=tmp_path / "nowhere")

    assert ran.returncode == 0, ran.stdout
    assert "1 passed, 2 skipped" in ran.stdout
    assert "could not be tested: 1 × runs as root; 1 × the real trails of ../shared/data are not here" in ran.stdout


def test_trails_absent_in_ci(tmp_path: Path) -> None:
    """In CI a missing component fails the run: absent data is never 'nothing to test'."""
    ran = run_suite(tmp_path, ci=True, trails=tmp_path / "nowhere")

    assert ran.returncode == 1, ran.stdout
    assert "1 passed, 1 skipped, 1 error" in ran.stdout
    assert "skipped, which CI takes for a failure: the real trails of ../shared/data are not here" in ran.stdout


def test_component_absent_in_ci(tmp_path: Path) -> None:
    """A module that skips itself for want of a library fails in CI too."""
    (tmp_path / "test_spark.py").write_text('import pytest\npytest.importorskip("no_such_library")\n')

    ran = run_suite(tmp_path, ci=True, trails=tmp_path)

    assert ran.returncode != 0, ran.stdout
    assert "skipped, which CI takes for a failure: could not import 'no_such_library'" in ran.stdout
