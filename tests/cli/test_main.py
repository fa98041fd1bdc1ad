import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import build
from tests.cli.conftest import COMMAND

ROOT = Path(__file__).resolve().parents[2]
KEY = "ASIAZ4ZZZZZZNOBODY01"

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_no_command_shows_help(whodunnit: Whodunnit) -> None:
    """`whodunnit` alone shows what there is."""
    ran = whodunnit()

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == whodunnit("--help").stdout


def test_version(whodunnit: Whodunnit) -> None:
    """`--version` says that of pyproject.toml."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert whodunnit("--version").stdout == f"whodunnit {version}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--store", "sqlite:mine.db", "ingest", "trail.json"),
        ("ingest", "trail.json", "--store", "sqlite:mine.db"),
        ("--store", "sqlite:other.db", "ingest", "--store=sqlite:mine.db", "trail.json"),
    ],
)
def test_store_anywhere(whodunnit: Whodunnit, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """`--store` is taken before the command's name and after it; the later one wins, over the environment too."""
    (tmp_path / "trail.json").write_text("{}")
    whodunnit(*arguments, variables={"WHODUNNIT_STORE": "sqlite:environment.db"})

    assert [path.name for path in tmp_path.glob("*.db")] == ["mine.db"]


def test_store_of_the_environment(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """WHODUNNIT_STORE is the store where none is named, and whodunnit.db in the current folder without it."""
    (tmp_path / "trail.json").write_text("{}")
    whodunnit("ingest", "trail.json", variables={"WHODUNNIT_STORE": "sqlite:environment.db"})
    whodunnit("ingest", "trail.json")

    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["environment.db", "whodunnit.db"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("who", KEY), 4, "there is no store at whodunnit.db"),
        (("who", KEY, "--store", "mysql:x"), 2, "no store is called 'mysql:x'"),
        (("who", KEY, "--format", "xml"), 2, "'xml' is not one of"),
        (("who", KEY, "--at", "the day of wrath"), 2, "'the day of wrath' is not a time"),
        (("who", KEY, "--at", ""), 2, "an argument is empty"),
        (("sessions", "--principal="), 2, "an argument is empty"),
        (("nosuch",), 2, "No such command 'nosuch'"),
        (("who", "--nosuch"), 2, "No such option: --nosuch"),
        (("ingest",), 2, "nothing to read"),
        (("ingest", "trail.json", "--max-line-size", "huge"), 2, "'huge' is not a size"),
        (("ingest", "not-there"), 4, "There is no file or folder 'not-there'"),
        (("ingest", "trail.json", "--store", "sqlite:trail.json"), 4, "is not a whodunnit store"),
        (("ingest", "trail.json", "--store", "sqlite:no/such/folder.db"), 4, "folder.db"),
    ],
)
def test_failures_are_one_sentence(
    whodunnit: Whodunnit, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """What goes wrong is one sentence on stderr and an exit code; stdout stays empty."""
    (tmp_path / "trail.json").write_text("{}")
    ran = whodunnit(*arguments)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert ran.stderr.startswith("whodunnit: ")
    assert sentence in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("-v", "ingest", "not-there"), ("ingest", "not-there", "--verbose")])
def test_verbose_shows_where(whodunnit: Whodunnit, arguments: tuple[str, ...]) -> None:
    """`-v` shows the traceback, anywhere on the line; the sentence still ends it."""
    ran = whodunnit(*arguments)

    assert ran.returncode == 4
    assert "Traceback" in ran.stderr
    assert ran.stderr.splitlines()[-1] == "whodunnit: There is no file or folder 'not-there'."


def test_hostile_arguments_stay_text(whodunnit: Whodunnit) -> None:
    """An argument that holds escapes comes back visible."""
    ran = whodunnit("ingest", "a\x1b[2Jb")

    assert "\x1b" not in ran.stderr
    assert "x1b[2Jb" in ran.stderr


def test_hostile_names_stay_text_in_a_traceback(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """So do those that a traceback repeats, here of two users that fit what was asked for."""
    identity = {"type": "IAMUser", "principalId": "AIDAX", "accountId": "111122223333", "accessKeyId": "AKIAX"}
    records = [
        {
            "eventTime": "2026-03-02T08:00:00Z",
            "eventName": "ListBuckets",
            "eventSource": "s3.amazonaws.com",
            "eventID": account,
            "recipientAccountId": account,
            "userIdentity": identity
            | {"userName": "a\x1b[2Jb", "accountId": account, "principalId": f"AIDA{account}", "accessKeyId": account}
            | {"arn": f"arn:aws:iam::{account}:user/a\x1b[2Jb"},
        }
        for account in ("111122223333", "444455556666")
    ]
    (tmp_path / "trail.json").write_text(json.dumps({"Records": records}))
    whodunnit("ingest", "trail.json")
    ran = whodunnit("-v", "who", "a\x1b[2Jb")

    assert "Traceback" in ran.stderr
    assert "x1b[2Jb" in ran.stderr
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("sessions", "--from", "2026-03-05", "--to", "2026-03-02"),
        ("sessions", "--to", "2026-03-02", "--from", "2026-03-05"),
        ("ingest", "x", "--since", "2026-03-05", "--until", "2026-03-05T00:00:00Z"),
        ("events", "x", "--from", "2026-03-05", "--to", "2026-03-02"),
    ],
)
def test_bounds_the_wrong_way_round(whodunnit: Whodunnit, arguments: tuple[str, ...]) -> None:
    """Between them is no time, and that nothing was found there would be no answer."""
    ran = whodunnit(*arguments)

    assert ran.returncode == 2
    assert "the wrong way round?" in ran.stderr


@pytest.mark.parametrize("command", [("who",), ("find",), ("history",), ("sessions", "--person")])
def test_arguments_that_are_no_text(whodunnit: Whodunnit, tmp_path: Path, command: tuple[str, ...]) -> None:
    """An id with bytes that are not UTF-8 is wrong usage, and no error of ours."""
    (tmp_path / "trail.json").write_text("{}")
    whodunnit("ingest", "trail.json")
    ran = whodunnit(*command, os.fsdecode(b"caf\xe9"))

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "whodunnit: 'caf\\udce9' is not UTF-8, so nothing is called so\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.may_skip(reason="only Linux has /dev/full")
def test_a_full_disk_is_a_sentence() -> None:
    """Output that cannot be written ends in a sentence and exit 4."""
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", "--help"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (ran.returncode, ran.stderr) == (4, "whodunnit: no space left on device\n")


def test_a_reader_that_leaves_is_no_error() -> None:
    """`whodunnit … | head` ends without a word when the reader has enough."""
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", "--help"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(("closed", "code"), [("<&-", 2), (">&-", 2), ("2>&-", 2)])
def test_a_closed_stream_is_an_empty_one(closed: str, code: int) -> None:
    """The exit code is that of the run, whatever of it could not be said."""
    shell = ["sh", "-c", f'"$@" {closed}', "sh", *COMMAND, "who", "--store", "sqlite:none.db"]
    ran = subprocess.run(shell, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert ("whom do you ask about?" in ran.stderr) == (closed != "2>&-")


def test_a_poor_terminal_is_no_error(whodunnit: Whodunnit) -> None:
    """Where the terminal's encoding lacks a character, its number is shown."""
    ran = whodunnit("ingest", "ż", variables={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"})

    assert ran.returncode == 4
    assert "u017c" in ran.stderr


def test_starting_is_light() -> None:
    """Nothing heavy is imported before a command needs it: not rich, SQLite, dateparser, DuckDB, pandas, boto3."""
    script = "import cli.main, sys; cli.main.build(); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"rich", "apsw", "dateparser", "duckdb", "pandas", "boto3", "pyarrow", "networkx", "multiprocessing"}

    assert heavy & set(ran.stdout.split()) == set()


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], {"who", "ingest", "status"}),
        (["who", "--help"], {"who", "ingest", "status"}),
        (["--store", "sqlite:who", "ingest", "status"], {"ingest", "status"}),
    ],
)
def test_only_what_is_named_is_built(arguments: list[str], names: set[str]) -> None:
    """Help knows every command; otherwise only those are built whose names are on the line, so that `who` is quick."""
    built = {command.callback.__name__ for command in build(arguments).registered_commands if command.callback}

    assert built & {"who", "ingest", "status"} == names
