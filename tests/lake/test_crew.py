"""Tasks are done by several processes, which end with whoever started them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from ingest.errors import WhodunnitError
from lake.crew import cores, each


def _doubler(word: str) -> Callable[[int], tuple[str, int, int]]:
    def double(number: int) -> tuple[str, int, int]:
        if number < 0:
            raise WhodunnitError(f"{number} cannot be doubled")
        if number == 99:
            os.kill(os.getpid(), signal.SIGKILL)
        return word, number * 2, os.getpid()

    return double


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_task_is_done_once(workers: int) -> None:
    """By as many processes as asked for, this one if that is one."""
    done = list(each(workers, range(40), _doubler, "x"))
    assert sorted(number for _, number, _ in done) == [2 * n for n in range(40)]
    assert {word for word, _, _ in done} == {"x"}
    assert (os.getpid() in {pid for _, _, pid in done}) == (workers == 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_ends_the_run(workers: int) -> None:
    """With its sentence."""
    with pytest.raises(WhodunnitError, match="-1 cannot be doubled"):
        list(each(workers, [1, -1, 2], _doubler, "x"))


def test_a_worker_that_is_ended_from_outside_is_told(tmp_path: Path) -> None:
    """In a sentence, not as a broken pool."""
    del tmp_path
    with pytest.raises(WhodunnitError, match="ended from outside"):
        list(each(2, [1, 99, 2], _doubler, "x"))


def test_there_are_no_more_processes_than_tasks() -> None:
    """And one a core where nothing was asked for."""
    assert (cores(8, 3), cores(2, 100), cores(0, 10_000)) == (3, 2, os.cpu_count())


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """However it went: nobody is left behind that writes on."""
    program = f"""
import os, time
from pathlib import Path
from lake.crew import each
def sleeper():
    def sleep(number):
        (Path({str(tmp_path)!r}) / str(os.getpid())).touch()
        time.sleep(60)
    return sleep
list(each(2, [1, 2], sleeper))
"""
    process = subprocess.Popen([sys.executable, "-c", program])
    until = monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and monotonic() < until:
        sleep(0.05)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert len(workers) == 2
    process.kill()
    process.wait()
    while any(map(_alive, workers)) and monotonic() < until:
        sleep(0.05)
    assert not any(map(_alive, workers))


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be looked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
