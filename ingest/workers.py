"""Several processes that read and one that writes: batches come back over pipes, in whatever order they get done.

A worker asks for its next task before it begins the one at hand, so that it never waits for the writer to look up; a
full pipe holds a worker back while the writer is busy. A worker that dies ends the run with a sentence: what was
written stays, and the next run goes on.
"""

import gc
import hashlib
import multiprocessing
import pickle
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

import msgspec

from ingest.errors import WhodunnitError
from ingest.gather import Gather, Reading
from ingest.shares import Shares
from ingest.sink import Batch
from ingest.source import Source

_WANTED = b""
_END = b"end"
_PACKED = 1
"""Messages that may wait for the writer, a worker."""


def read_here(sources: Sequence[Source], shares: Shares, reading: Reading) -> Iterator[Batch]:
    """The batches of all that there is to read, read in this process."""
    gather = Gather(reading)
    with collecting_seldom():
        while task := shares.task(0):
            for number, item in task:
                for batch in gather.read(sources[number], item):
                    yield batch
                    del batch  # or it is held while the next is gathered
                    gc.collect(0)  # what came since the last time
        yield gather.take()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """No garbage collection on its own: what reading makes is many and without cycles, so looking is a fifth of it.

    What is there already (modules, above all) is set aside, so that it is not looked through once a batch either.
    """
    wanted = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if wanted:
            gc.enable()


def read_with(count: int, sources: Sequence[Source], shares: Shares, reading: Reading) -> Iterator[Batch]:
    """The batches of all `count` shares, read by as many processes. Raises WhodunnitError if one of them dies."""
    context = process_context()
    if context.get_start_method() != "fork":
        reading = msgspec.structs.replace(reading, mark=_mark)
    ends: list[Connection[Any, Any]] = []
    processes: list[BaseProcess] = []
    for _ in range(count):
        ours, theirs = context.Pipe()
        inherited = [*ends, ours] if context.get_start_method() == "fork" else []
        process = context.Process(target=_work, args=(theirs, inherited, list(sources), reading), daemon=True)  # type: ignore[attr-defined]  # every context has it
        process.start()
        theirs.close()
        ends.append(ours)
        processes.append(process)
    messages: queue.Queue[bytes | None] = queue.Queue(maxsize=_PACKED * count)
    server = threading.Thread(target=_serve, args=(ends, shares, messages), daemon=True)
    server.start()
    try:
        with collecting_seldom():
            while (message := messages.get()) is not None:
                yield _unpacked(message)
                gc.collect(0)  # what came since the last time
    finally:
        for process in processes:
            process.terminate()
        while server.is_alive():
            _drain(messages)
            server.join(0.01)
        for process in processes:
            process.join()


def _mark(event: str) -> int:
    """A number for an id that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(event.encode(), digest_size=8).digest(), signed=True)


def process_context() -> BaseContext:
    """How processes are to be started: by forking, which is quickest, where that is safe; else anew.

    It is on Linux, while this process has one thread.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


@collecting_seldom()
def _work(
    end: "Connection[Any, Any]", inherited: "list[Connection[Any, Any]]", sources: Sequence[Source], reading: Reading
) -> None:
    """A worker's life: read tasks until there are none, send batches; at an error, send that.

    Without the `inherited` ends of the parent, closed first, it would never see that the parent is gone.
    """
    import signal

    for other in inherited:
        other.close()
    # Ctrl-C reaches the whole group; the parent decides when workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gather = Gather(reading)
    try:
        end.send_bytes(_WANTED)
        task = end.recv()
        while task is not None:
            end.send_bytes(_WANTED)
            for number, item in task:
                for batch in gather.read(sources[number], item):
                    end.send_bytes(_packed(batch))
                    del batch
                    gc.collect(0)  # what came since the last time
            task = end.recv()
        end.send_bytes(_packed(gather.take()))
        end.send_bytes(_END)
    except (EOFError, ConnectionError):
        return  # the parent was ended: what it wrote is kept, and nobody wants the rest
    except Exception as error:  # noqa: BLE001 (whatever it is, the parent must hear of it)
        end.send_bytes(pickle.dumps(f"{type(error).__name__}: {error}"))


def _serve(ends: "list[Connection[Any, Any]]", shares: Shares, messages: "queue.Queue[bytes | None]") -> None:
    """Hand out tasks and take in messages until every worker has ended."""
    alive = list(ends)
    while alive:
        for end in wait(alive):
            if not isinstance(end, Connection):
                continue
            try:
                message = end.recv_bytes()
                if message == _WANTED:
                    end.send(shares.task(ends.index(end)))
                    continue
            except (EOFError, OSError):
                message = _LOST
            if message == _END:
                alive.remove(end)
                continue
            messages.put(message)
            if message == _LOST:
                return
    messages.put(None)


def _drain(messages: "queue.Queue[bytes | None]") -> None:
    try:
        while True:
            messages.get_nowait()
    except queue.Empty:
        return


def _packed(batch: Batch) -> bytes:
    batch.rows = msgspec.msgpack.encode(batch.rows)
    return pickle.dumps(batch, protocol=pickle.HIGHEST_PROTOCOL)


def _unpacked(message: bytes) -> Batch:
    found = pickle.loads(message)  # noqa: S301 (from our own worker)
    if isinstance(found, str):
        raise WhodunnitError(found)
    batch: Batch = found
    batch.rows = msgspec.msgpack.decode(batch.rows)
    return batch


_LOST = pickle.dumps(
    "a worker process was ended from outside (out of memory?); what was written is kept, run again to go on"
)
