"""How the work is shared: each worker has a run of time of its own, and helps with another's when it is through.

A session's records lie near each other in time. Read by one worker they are one row; read in turns by two, two.
"""

import pickle
from collections import deque

from ingest.limits import MIB
from ingest.source import Object

Task = list[tuple[int, Object]]
"""What one worker reads in one go: the number of the source, and the object."""

_TASK_BYTES = MIB
_TASK_OBJECTS = 64


class Shares:
    """What is still to be read, by worker: tasks of about a MiB, packed, for a long trail has very many objects."""

    def __init__(self, objects: Task, count: int) -> None:
        """Share out `objects`, which are in order of time, in `count` runs of as many bytes; the list is emptied."""
        from isal import isal_zlib

        self._shares: list[deque[bytes]] = [deque() for _ in range(count)]
        self._unpack = isal_zlib.decompress
        whole = sum(item.size + 1 for _, item in objects)
        begun = before = at = 0
        for place, (_, item) in enumerate(objects, 1):
            before += item.size + 1
            if before - begun >= _TASK_BYTES or place - at == _TASK_OBJECTS or place == len(objects):
                packed = isal_zlib.compress(pickle.dumps(objects[at:place]), 1)
                self._shares[begun * count // whole].append(packed)
                begun, at = before, place
        objects.clear()

    def task(self, worker: int) -> Task | None:
        """The next task: from the front of the worker's own share, else from the end of the longest; None at last."""
        own = self._shares[worker]
        share = own or max(self._shares, key=len)
        if not share:
            return None
        packed = share.popleft() if share is own else share.pop()
        task: Task = pickle.loads(self._unpack(packed))  # noqa: S301 (packed above)
        return task
