"""How the work is shared: each worker has a run of time of its own, and helps with another's when it is through.

A session's records lie near each other in time. Read by one worker they are one row; read in turns by two, two.
"""

from collections import deque

from ingest.limits import MIB
from ingest.source import Object

Task = list[tuple[int, Object]]
"""What one worker reads in one go: the number of the source, and the object."""

_TASK_BYTES = MIB
_TASK_OBJECTS = 64


class Shares:
    """What is still to be read, by worker; objects are forgotten as they are handed out."""

    def __init__(self, objects: list[tuple[int, Object]], count: int) -> None:
        """Share out `objects`, which are in order of time, in `count` runs of as many bytes; the list is emptied."""
        self._shares: list[deque[tuple[int, Object]]] = [deque() for _ in range(count)]
        whole = sum(item.size + 1 for _, item in objects)
        before = 0
        for one in objects:
            self._shares[before * count // whole].append(one)
            before += one[1].size + 1
        objects.clear()

    def task(self, worker: int) -> Task | None:
        """The next task: from the front of the worker's own share, else from the end of the longest; None at last."""
        own = self._shares[worker]
        share = own or max(self._shares, key=len)
        task: Task = []
        size = 0
        while share and len(task) < _TASK_OBJECTS and size < _TASK_BYTES:
            task.append(share.popleft() if share is own else share.pop())
            size += task[-1][1].size
        return task or None
