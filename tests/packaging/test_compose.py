"""No engine runs here: the files for one are held against the Compose schema and against what is in the checkout."""

import json
import re
import shlex
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def steps() -> list[tuple[str, list[str]]]:
    """The Dockerfile's instructions with their words, lines that go on put together, comments left out."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], shlex.split(line)[1:]) for line in lines if line.strip()]


def stages() -> dict[str, list[tuple[str, list[str]]]]:
    """The instructions by stage; the last has no name."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    name = ""
    for instruction, words in steps():
        if instruction == "FROM":
            name = words[2] if words[1:2] == ["AS"] else ""
        found.setdefault(name, []).append((instruction, words))
    return found


def copied() -> set[str]:
    """What the Dockerfile takes from the checkout."""
    return {
        source
        for instruction, words in steps()
        if instruction == "COPY" and not words[0].startswith("--from=")
        for source in words[:-1]
    }


def reads(variable: str) -> bool:
    """Whether a room of ours reads an environment variable of that name."""
    rooms = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    modules = [path.read_text("utf-8") for room in rooms for path in (ROOT / room).rglob("*.py")]
    return any(f'"{variable}"' in text for text in modules)


def test_compose_file_fits_the_specification() -> None:
    """docker-compose.yml is what the Compose Specification allows; its schema refuses what is not."""
    validator = Draft202012Validator(SCHEMA)
    broken = COMPOSE | {"services": SERVICES | {"neo4j": SERVICES["neo4j"] | {"healthchek": {}}}}

    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    assert list(validator.iter_errors(broken))


def test_volumes_and_services_that_are_named_are_there() -> None:
    """Each named volume is declared and each is used; a service waits only for one that is there and has a health."""
    mounted = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str)
    }
    awaited = {
        name: condition["condition"]
        for service in SERVICES.values()
        for name, condition in service.get("depends_on", {}).items()
    }

    assert mounted == set(COMPOSE["volumes"])
    assert awaited == {"neo4j": "service_healthy"}
    assert "healthcheck" in SERVICES["neo4j"]


def test_whodunnit_finds_its_store() -> None:
    """The image's store is the service's Bolt port, and each variable that it is given is one that the code reads."""
    environment = SERVICES["whodunnit"]["environment"]
    scheme, host, port = re.fullmatch(r"(\w+)://(\w+):(\d+)", environment["WHODUNNIT_STORE"]).groups()  # type: ignore[union-attr]  # no match fails the test

    assert (scheme, host in SERVICES) == ("neo4j", True)
    assert f"127.0.0.1:{port}:{port}" in SERVICES[host]["ports"]
    assert {name: reads(name) for name in environment} == dict.fromkeys(environment, True)


def test_no_password_is_written_down() -> None:
    """Neo4j's password comes from the environment alone and must be there; the health check takes it from there too."""
    asked = SERVICES["neo4j"]["environment"]["NEO4J_AUTH"], SERVICES["whodunnit"]["environment"]["NEO4J_PASSWORD"]
    (check,) = SERVICES["neo4j"]["healthcheck"]["test"][1:]

    assert asked[0].startswith("neo4j/${NEO4J_PASSWORD:?")
    assert asked[1].startswith("${NEO4J_PASSWORD:?")
    assert 'NEO4J_PASSWORD="$${NEO4J_AUTH#neo4j/}" cypher-shell' in check


def test_nothing_is_open_to_the_network() -> None:
    """Ports are those of this machine alone."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_trails_are_mounted_read_only() -> None:
    """TRAILS names the folder; it is not written to, and not made where it is missing."""
    (trails,) = SERVICES["whodunnit"]["volumes"]

    assert trails["source"].startswith("${TRAILS:-")
    assert (trails["read_only"], trails["bind"]["create_host_path"]) == (True, False)
    assert SERVICES["whodunnit"]["command"] == ["ingest", trails["target"]]


def test_the_demo_writes_where_trails_are_looked_for() -> None:
    """Without TRAILS it is the demo's trail that is read."""
    default = re.search(r"TRAILS:-\./(.*)}", SERVICES["whodunnit"]["volumes"][0]["source"])
    demo = (ROOT / "cli" / "demo.py").read_text("utf-8")

    assert default
    assert all(f'"{part}"' in demo for part in default[1].split("/"))


@pytest.mark.parametrize("source", sorted(copied()))
def test_image_is_made_of_what_is_there(source: str) -> None:
    """What the Dockerfile copies is in the checkout, and .dockerignore lets it through."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert (ROOT / source).exists()
    assert f"!{source}" in ignored
    assert not any(fnmatch(source, line) for line in ignored if line and line[0] not in "#!*")


def test_nothing_is_let_through_that_is_not_copied() -> None:
    """.dockerignore keeps all but that from the engine, so no trail and no password can get into a layer."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied()


def test_image_holds_every_room() -> None:
    """Each package that the wheel is made of is copied, and the files that pyproject.toml names."""
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    named = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"], "pyproject.toml"}

    assert packages | named <= copied()


def test_image_is_built_from_locks_with_hashes() -> None:
    """What is installed stands in one of our locks, checked by hash; the wheel of our own comes from the build."""
    installs = [
        line
        for instruction, words in steps()
        if instruction == "RUN"
        for line in " ".join(words).split("&&")
        if " install " in line
    ]
    locks = re.findall(r"-r (\S+)", " ".join(installs))

    assert sorted(locks) == ["requirements-build.lock", "requirements-run.lock"]
    assert set(locks) <= copied()
    assert all("--require-hashes" in line or "--no-index --no-deps dist/" in line for line in installs)


def test_image_runs_whodunnit_and_not_as_root() -> None:
    """The last stage takes the environment alone from the first, starts the script, and has a user of its own."""
    built = stages()
    last = dict(built[""])
    taken = [words for instruction, words in built[""] if instruction == "COPY"]

    assert taken == [["--from=build", "/opt/whodunnit", "/opt/whodunnit"]]
    assert set(built) == {"build", ""}
    assert last["USER"] == ["10001"]
    assert last["ENTRYPOINT"][0].strip("[]") in PROJECT["project"]["scripts"]
    assert {words[0] for words in (dict(one)["FROM"] for one in built.values())} == {"python:3.13-slim"}
