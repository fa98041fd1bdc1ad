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


def group(name: str) -> list[str]:
    """What a dependency group of pyproject.toml asks for, the groups that it includes among it."""
    entries: list[str | dict[str, str]] = PROJECT["dependency-groups"][name]
    return [
        text for entry in entries for text in ([entry] if isinstance(entry, str) else group(entry["include-group"]))
    ]


# Each lock, and what of pyproject.toml it must serve: all of it, what the image runs, what builds the image's wheel.
LOCKS: dict[str, list[str]] = {
    "requirements.lock": PROJECT["project"]["dependencies"] + group("dev"),
    "requirements-run.lock": PROJECT["project"]["dependencies"],
    "requirements-build.lock": group("build"),
}
PARTS = sorted(set(LOCKS) - {"requirements.lock"})


def locked(lock: str) -> dict[str, list[str]]:
    """A lock's lines by package: `name==version ; marker`, then its hashes."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            pin = line.removesuffix("\\").strip()
            found.setdefault(canonicalize_name(Requirement(pin).name), []).append(pin)
        elif line.lstrip().startswith("--hash="):
            found[next(reversed(found))].append(line.strip().removesuffix("\\").strip())
    return found


def pins(lines: list[str]) -> list[str]:
    """The lines of a package in a lock that are no hashes."""
    return [line for line in lines if not line.startswith("--hash=")]


def hashes(lines: list[str]) -> set[str]:
    """The hashes among them."""
    return set(lines) - set(pins(lines))


def versions(lines: list[str]) -> set[str]:
    """The versions (`==1.2`) among a package's lines in a lock."""
    return {str(Requirement(pin).specifier) for pin in pins(lines)}


def applies(requirement: Requirement, extra: str = "") -> bool:
    """Whether this machine and Python need it."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def closure(texts: list[str]) -> set[str]:
    """Names of the installed packages that these requirements lead to on this machine, their own among them."""
    asked = [Requirement(text) for text in texts]
    seen: set[tuple[str, str]] = set()
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = map(Requirement, importlib.metadata.requires(name) or [])
                asked += [need for need in needs if applies(need, extra)]
    return {name for name, _ in seen}


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


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_hashes_and_no_addresses(lock: str) -> None:
    """Every pinned package carries hashes, and nothing in the lock says where from."""
    bare = {
        name for name, lines in locked(lock).items() if not any(line.startswith("--hash=sha256:") for line in lines)
    }

    assert bare == set()
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize(("lock", "text"), [(lock, text) for lock, texts in LOCKS.items() for text in texts])
def test_lock_serves_pyproject(lock: str, text: str) -> None:
    """What pyproject.toml asks for is pinned in the lock at a version that it accepts (else: `make lock`)."""
    requirement = Requirement(text)
    pinned = versions(locked(lock).get(canonicalize_name(requirement.name), []))

    assert pinned != set()
    assert all(requirement.specifier.contains(version.removeprefix("==")) for version in pinned)


@pytest.mark.parametrize("lock", PARTS)
def test_image_gets_what_was_tested(lock: str) -> None:
    """The image's locks pin the very versions and files of the lock that the tests run on."""
    tested = locked("requirements.lock")
    differing = {
        name
        for name, lines in locked(lock).items()
        if versions(lines) != versions(tested[name]) or hashes(lines) != hashes(tested[name])
    }

    assert differing == set()


@pytest.mark.parametrize("lock", PARTS)
def test_image_gets_all_that_is_needed_and_no_more(lock: str) -> None:
    """The image's locks hold just the packages that pyproject.toml's lead to, and none for development only."""
    pinned = {name for name, lines in locked(lock).items() if any(applies(Requirement(pin)) for pin in pins(lines))}

    assert pinned == closure(LOCKS[lock])


def test_make_lock_writes_every_lock() -> None:
    """`make lock` makes each of the locks that lie here."""
    written = re.findall(r"--output-file (\S+)", (ROOT / "Makefile").read_text())

    assert sorted(written) == sorted(LOCKS)
    assert sorted(written) == sorted(path.name for path in project_files() if path.suffix == ".lock")


def test_build_group_is_what_the_build_needs() -> None:
    """The group from which the image's wheel is built is what pyproject.toml's build asks for."""
    assert group("build") == PROJECT["build-system"]["requires"]


def test_ci_runs_the_tests_that_a_person_runs() -> None:
    """CI's script is there, can be run, and calls the README's test command."""
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()
    assert "make test" in (ROOT / "README.md").read_text()


def test_no_private_name_can_be_published() -> None:
    """The classifier that every index refuses is there: names as plain as `graph` must not be published."""
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]
