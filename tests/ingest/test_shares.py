from hypothesis import given
from hypothesis import strategies as st

from ingest.limits import MIB
from ingest.shares import Shares
from ingest.source import Object


def objects(*sizes: int) -> list[tuple[int, Object]]:
    """Objects of these sizes, named by their place in time."""
    return [(0, Object(f"{place:04}", size, "s")) for place, size in enumerate(sizes)]


def taken(shares: Shares, worker: int) -> list[str]:
    """Names in the worker's next task."""
    return [item.name for _, item in shares.task(worker) or []]


@given(st.lists(st.integers(0, 2 * MIB), max_size=200), st.integers(1, 5), st.randoms(use_true_random=False))
def test_everything_is_read_once_whoever_asks(sizes: list[int], count: int, chance: object) -> None:
    """Whatever the order in which workers ask, each object is handed out once, and then there is nothing left."""
    shares = Shares(objects(*sizes), count)
    found: list[str] = []
    idle: set[int] = set()
    while len(idle) < count:
        worker = chance.randrange(count)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
        names = taken(shares, worker)
        found += names
        idle = idle | {worker} if not names else set()

    assert sorted(found) == [f"{place:04}" for place in range(len(sizes))]


def test_each_worker_has_a_run_of_time() -> None:
    """Two workers that are equally fast read one half of the time each, in order."""
    shares = Shares(objects(*[MIB] * 6), 2)
    order = [taken(shares, worker) for worker in (0, 1, 0, 1, 0, 1)]

    assert order == [["0000"], ["0003"], ["0001"], ["0004"], ["0002"], ["0005"]]


def test_who_is_through_helps_from_the_other_end() -> None:
    """A worker with nothing left takes from the end of the longest share, away from where its owner reads."""
    shares = Shares(objects(*[MIB] * 6), 2)
    order = [taken(shares, 0) for _ in range(5)]

    assert order == [["0000"], ["0001"], ["0002"], ["0005"], ["0004"]]
    assert taken(shares, 1) == ["0003"]
    assert shares.task(0) is None


def test_small_objects_come_many_at_once() -> None:
    """A task is about a MiB or 64 objects, whichever comes first."""
    shares = Shares(objects(*[10] * 100, MIB), 1)

    assert [len(taken(shares, 0)) for _ in range(3)] == [64, 37, 0]
