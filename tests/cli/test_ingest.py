import gzip
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from graph.store import open_store

ROOT = Path(__file__).resolve().parents[2]

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def dump(path: Path) -> list[object]:
    """The whole graph in a store."""
    store = open_store(f"sqlite:{path}")
    try:
        return list(store.dump())
    finally:
        store.close()


def test_summary_in_words_goes_to_stderr(whodunnit: Whodunnit, trail: Path) -> None:
    """Without --format json stdout stays empty: the summary is words for the person."""
    ran = whodunnit("ingest", str(trail))

    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.startswith("Read 289 records in ")


def test_summary_as_json(whodunnit: Whodunnit, trail: Path) -> None:
    """--format json gives the counts on stdout."""
    first = json.loads(whodunnit("ingest", str(trail), "--format", "json").stdout)
    again = json.loads(whodunnit("ingest", str(trail), "--format", "json").stdout)

    assert (first["records"], first["skipped"], first["quarantined"]) == (289, 0, 0)
    assert (again["records"], again["skipped"]) == (0, first["files"])


def test_the_store_in_the_folder_that_is_read_is_no_trail(whodunnit: Whodunnit, trail: Path, tmp_path: Path) -> None:
    """`ingest .` where the store lies is done twice, and as often as one likes, with nothing in quarantine."""
    shutil.copytree(trail, tmp_path / "trail")
    ran = [whodunnit("ingest", ".", "--format", "json") for _ in range(2)]

    assert [one.returncode for one in ran] == [0, 0]
    assert [json.loads(one.stdout)["quarantined"] for one in ran] == [0, 0]
    assert "3 store files passed over" in ran[1].stderr


def test_quarantine_is_exit_3_and_the_rest_is_read(whodunnit: Whodunnit, trail: Path, tmp_path: Path) -> None:
    """A file that cannot be read is named with its reason, exit 3; all else is in the store."""
    (tmp_path / "bad\x1b[2J.json").write_text("no JSON")
    ran = whodunnit("ingest", str(trail), "bad\x1b[2J.json", "--format", "json")

    assert ran.returncode == 3
    assert "1 piece could not be read:" in ran.stderr
    assert "\x1b" not in ran.stderr + ran.stdout
    assert json.loads(ran.stdout)["records"] == 289


def test_missing_path_before_anything_is_read(whodunnit: Whodunnit, trail: Path, tmp_path: Path) -> None:
    """One path that is not there ends it in a sentence, and no store is made, whichever list it stands in."""
    for arguments in ((str(trail), "not-there"), (str(trail), "--iam", "not-there.json")):
        ran = whodunnit("ingest", *arguments)

        assert ran.returncode == 4
        assert "not-there" in ran.stderr
        assert list(tmp_path.iterdir()) == []


def test_standard_input(whodunnit: Whodunnit, trail: Path, tmp_path: Path) -> None:
    """`-` reads what is piped in, and gives the same graph as the files do."""
    whodunnit("ingest", "-", "--store", "sqlite:piped.db", given="\n".join(_lines(trail)))
    whodunnit("ingest", str(trail), "--store", "sqlite:files.db")

    assert dump(tmp_path / "piped.db") == dump(tmp_path / "files.db")


def test_times_bound_what_is_read(whodunnit: Whodunnit, trail: Path) -> None:
    """--since and --until count what is outside; a date as --until takes that whole day."""
    all_day = json.loads(whodunnit("ingest", str(trail), "--until", "2026-03-02", "--format", "json").stdout)
    none = json.loads(whodunnit("ingest", str(trail), "--since", "2026-03-03", "--format", "json").stdout)

    assert (all_day["records"], all_day["outside"]) == (289, 0)
    assert none["outside"] == 289


def test_limits_can_be_set(whodunnit: Whodunnit, trail: Path) -> None:
    """An object that expands beyond --max-object-size is quarantined."""
    ran = whodunnit("ingest", str(trail), "--max-object-size", "1k", "--format", "json")

    assert ran.returncode == 3
    assert json.loads(ran.stdout)["quarantined"] > 0


def test_baseline_alone(whodunnit: Whodunnit, tmp_path: Path) -> None:
    """--iam needs no trail beside it; what of it cannot be read is quarantined."""
    user = {
        "UserName": "ada",
        "UserId": "AIDAZ4ZZZZZZADA00001",
        "Arn": "arn:aws:iam::111122223333:user/ada",
        "CreateDate": "2026-01-01T00:00:00Z",
        "Tags": [{"Key": "team", "Value": "shop"}],
    }
    (tmp_path / "iam.json").write_text(json.dumps({"UserDetailList": [user], "RoleDetailList": []}))
    (tmp_path / "broken.json").write_text("{")
    arguments = ("--iam", "iam.json", "--iam", "broken.json", "--iam-at", "2026-02-01")
    ran = whodunnit("ingest", *arguments, "--format", "json")
    told = json.loads(ran.stdout)

    assert (ran.returncode, told["files"], told["quarantined"]) == (3, 2, 1)
    assert any("AIDAZ4ZZZZZZADA00001" in str(row) for row in dump(tmp_path / "whodunnit.db"))


def test_interrupted_it_says_how_to_go_on(tmp_path: Path) -> None:
    """Ctrl-C ends with exit 130 and says that the same command goes on from there."""
    running = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; print('up', flush=True); main()", "ingest", "-"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        assert running.stdin
        running.stdin.write("\n" * 1_000_000)  # far more than a pipe holds: once it is written, it is being read
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)

    assert running.returncode == 130
    assert said.splitlines()[-2:] == [
        "What was read so far is kept: the same command goes on from there.",
        "Interrupted.",
    ]


def test_a_bar_on_a_terminal_only(trail: Path, tmp_path: Path) -> None:
    """On a terminal progress is drawn with rate and records; the summary comes after it."""
    drawn = _on_a_terminal("ingest", str(trail), folder=tmp_path)

    assert "reading" in drawn
    assert "records" in drawn
    assert "Read 289 records in 27 files" in drawn.rstrip().splitlines()[-1]


def _lines(trail: Path) -> list[str]:
    files = sorted(trail.rglob("*.json.gz"))
    records = [one for file in files for one in json.loads(gzip.decompress(file.read_bytes()))["Records"]]
    return [json.dumps(one, separators=(",", ":"), ensure_ascii=False) for one in records]


def _on_a_terminal(*arguments: str, folder: Path) -> str:
    """Run with a terminal of 100 columns as stderr, and give what was drawn there."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "xterm-256color"}
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as running:
        os.close(theirs)
        drawn = b""
        while running.poll() is None or drawn == b"":
            try:
                drawn += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
    os.close(ours)
    return drawn.decode()
