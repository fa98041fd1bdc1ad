import importlib.metadata
import os
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
NOT_SHIPPED = {"tests", "benchmarks", "docs"}

# Put together here, so that this file does not hold what it looks for.
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "crates" + ".io",
    "proxy." + "golang",
    "repo1." + "maven",
    "repo." + "maven",
    "deb." + "debian",
]


def project_files() -> list[Path]:
    """Every file of the project, tracked or about to be: what git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout, so which files are the project's is unknown")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def machine_paths() -> list[str]:
    """Beginnings of paths that only this machine has: the checkout, the folder that holds it, the home folder."""
    everyones = {Path("/"), Path("/opt"), Path("/srv"), Path("/home"), Path(tempfile.gettempdir())}
    folders = {ROOT, ROOT.parent, Path.home()} - everyones
    return [f"{folder}/" for folder in folders]


def locked() -> dict[str, list[str]]:
    """The lock's lines by package: `name==version ; marker`, then its hashes."""
    pins: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            pin = line.removesuffix("\\").strip()
            pins.setdefault(canonicalize_name(Requirement(pin).name), []).append(pin)
        elif line.lstrip().startswith("--hash="):
            pins[next(reversed(pins))].append(line.strip())
    return pins


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for, to run and to develop."""
    return [Requirement(text) for text in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]]


def test_package_names_are_ours_alone() -> None:
    """No other installed distribution ships a top-level package of one of our plain names."""
    shippers = importlib.metadata.packages_distributions()
    others = {name: set(shippers.get(name, [])) - {"whodunnit"} for name in PACKAGES}

    assert {name: who for name, who in others.items() if who} == {}


def test_every_room_is_shipped_and_checked() -> None:
    """Each top-level folder of modules is in the wheel, and import-linter watches it."""
    rooms = {
        path.relative_to(ROOT).parts[0] for path in project_files() if path.suffix == ".py" and path.parent != ROOT
    }

    assert set(PACKAGES) == rooms - NOT_SHIPPED
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)


def test_every_folder_of_modules_is_a_package() -> None:
    """No room is a namespace package, which another distribution could reach into."""
    folders = {path.parent for path in project_files() if path.suffix == ".py"}
    ours = {
        folder
        for folder in folders
        if folder.relative_to(ROOT).parts[:1] and folder.relative_to(ROOT).parts[0] in PACKAGES
    }

    assert {str(folder) for folder in ours if not (folder / "__init__.py").is_file()} == set()


def test_no_registry_address() -> None:
    """No file of the project says where packages come from: that is the machine's own setting."""
    pattern = re.compile("|".join(map(re.escape, REGISTRIES)))
    found = {str(path): hit[0] for path in project_files() if (hit := pattern.search(path.read_text(errors="replace")))}

    assert found == {}


def test_no_machine_path() -> None:
    """No file of the project names a path that only one machine has."""
    pattern = re.compile("|".join(map(re.escape, machine_paths())))
    found = {str(path): hit[0] for path in project_files() if (hit := pattern.search(path.read_text(errors="replace")))}

    assert found == {}


def test_lock_has_hashes_and_no_addresses() -> None:
    """Every pinned package carries hashes, and nothing in the lock says where from."""
    bare = {name for name, lines in locked().items() if not any(line.startswith("--hash=sha256:") for line in lines)}

    assert bare == set()
    assert "://" not in (ROOT / "requirements.lock").read_text()


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_lock_serves_pyproject(requirement: Requirement) -> None:
    """What pyproject.toml asks for is pinned in the lock at a version that it accepts (else: `make lock`)."""
    pins = locked().get(canonicalize_name(requirement.name), ["nothing==0"])
    versions = [next(iter(Requirement(pin).specifier)).version for pin in pins if not pin.startswith("--hash=")]

    assert all(requirement.specifier.contains(version) for version in versions)
    assert not pins[0].startswith("nothing")


def test_ci_runs_the_tests_that_a_person_runs() -> None:
    """CI's script is there, can be run, and calls the README's test command."""
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()
    assert "make test" in (ROOT / "README.md").read_text()


def test_no_private_name_can_be_published() -> None:
    """The classifier that every index refuses is there: names as plain as `graph` must not be published."""
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]
