import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synth.bulk import Shape, bulk_trail

INGEST = (
    "import sys; from pathlib import Path; from graph.stores.sqlite import SQLiteStore;"
    "from ingest.line import Options, run; from ingest.sources.files import Files;"
    "store = SQLiteStore(Path(sys.argv[2]), create=True);"
    "list(run([Files([sys.argv[1]])], store, Options(workers=2)))"
)


def children(pid: int) -> list[int]:
    """The processes that a process started, none where it is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie that only waits to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.may_skip("there is no /proc here to see processes in")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(tmp_path: Path, how: signal.Signals) -> None:
    """Killed in the middle of a run, ingest leaves no process behind."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc")
    made = bulk_trail(tmp_path / "trail", Shape(events=120_000))
    command = [sys.executable, "-c", INGEST, str(made.folder), str(tmp_path / "store.db")]
    parent = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])})
    while parent.poll() is None and len(children(parent.pid)) < 2:
        time.sleep(0.01)
    workers = children(parent.pid)
    parent.send_signal(how)
    parent.wait()

    assert len(workers) == 2
    for _ in range(600):
        if not any(map(alive, workers)):
            break
        time.sleep(0.1)
    assert [worker for worker in workers if alive(worker)] == []
