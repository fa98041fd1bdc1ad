"""Several processes that each do whole tasks, none of which needs the others: results come back as they get done."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from time import sleep
from typing import Any, TypeVar

from ingest.errors import WhodunnitError
from ingest.workers import collecting_seldom, process_context

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
"""Tasks that wait for each process, so that none ever waits for a task."""

_LOOK_SECONDS = 0.5


def each(workers: int, tasks: Iterable[T], make: Callable[..., Callable[[T], R]], *given: Any) -> Iterator[R]:  # noqa: ANN401 (whatever `make` takes)
    """What `make(*given)` gives for each task, by as many processes as asked for; with one, by this one.

    Each process calls `make` once. All that is passed on must be picklable. What a task raises ends the run, and so
    does a process that is ended from outside, with a WhodunnitError; tasks that are done by then are done.
    """
    if workers <= 1:
        do = make(*given)
        for task in tasks:
            yield _done(do, task)
        return
    pool = ProcessPoolExecutor(workers, process_context(), _begin, (os.getpid(), make, given))
    waiting: set[Future[R]] = set()
    try:
        for task in tasks:
            waiting.add(pool.submit(_do, task))
            while len(waiting) >= workers * _AHEAD:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    except BrokenProcessPool as error:
        raise WhodunnitError(
            "a worker process was ended from outside (out of memory?); what was written is kept, run again to go on"
        ) from error
    finally:
        _end(pool)


def cores(workers: int, tasks: int) -> int:
    """How many processes to have: as many as asked for (0: one a core), but no more than there are tasks."""
    return min(workers or os.cpu_count() or 1, tasks)


_doing: list[Callable[[Any], Any]] = []


def _begin(parent: int, make: Callable[..., Callable[[Any], Any]], given: tuple[Any, ...]) -> None:
    """A worker's first step. Ctrl-C reaches the whole group; the parent decides when workers end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    _doing[:] = [make(*given)]


def _follow(parent: int) -> None:
    """End when the parent is gone, however it went: nobody else would tell."""
    while os.getppid() == parent:
        sleep(_LOOK_SECONDS)
    os._exit(1)


def _do(task: Any) -> Any:  # noqa: ANN401 (whatever the tasks are)
    return _done(_doing[0], task)


@collecting_seldom()
def _done(do: Callable[[T], R], task: T) -> R:
    return do(task)


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes at once: what they are at is not whole, and its names are used again by who does it again."""
    processes = list((pool._processes or {}).values())  # noqa: SLF001 (there is no other way to reach them before Python 3.14)
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()
