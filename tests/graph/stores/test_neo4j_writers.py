"""Several writers at once, writers that are killed, servers that go away: the graph is as after an undisturbed run."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver
from neo4j.exceptions import TransientError

from graph.cypher import statements
from graph.stores.neo4j import Neo4jStore
from graph.stores.sqlite import SQLiteStore
from ingest.errors import StoreAway, StoreRefused
from ingest.line import Options, run
from ingest.sink import Batch
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.generate import organization
from synth.walk import Size
from tests.neo4j_server import Unavailable, start_server

Ask = Callable[..., list[tuple[Any, ...]]]
ROOT = Path(__file__).resolve().parents[3]
KEY = Batch({"access_key": [("K", 1, None, None, None, None, None)]})
INGEST = """
import sys
from graph.store import open_store
from ingest.line import Options, run
from ingest.sources.files import Files

store = open_store(sys.argv[1], create=True)
print("begun", flush=True)
for progress in run([Files(sys.argv[3:])], store, Options(workers=1, batch=int(sys.argv[2]))):
    print(progress.files, flush=True)
store.close()
"""


@pytest.fixture
def trail(tmp_path: Path) -> list[Path]:
    """An organization's trail in a few files."""
    records = organization(3, Size(steps=60)).records
    return [write_json(records[at::4], tmp_path / f"{at}.json") for at in range(4)]


@pytest.fixture
def undisturbed(trail: list[Path], store: SQLiteStore) -> SQLiteStore:
    """What SQLite holds after it read the trail in one go."""
    for _ in run([Files(trail)], store, Options(workers=1)):
        pass
    return store


def same(one: Neo4jStore, other: SQLiteStore) -> bool:
    """Whether both hold the same graph and know the same objects."""
    return list(one.dump()) == list(other.dump()) and list(one.sources()) == list(other.sources())


def ingest(url: str, trail: list[Path], batch: int) -> subprocess.Popen[str]:
    """Start to read the trail in such batches, in a process of its own; gives it when the store is open."""
    command = [sys.executable, "-c", INGEST, url, str(batch), *map(str, trail)]
    begun = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert begun.stdout is not None
    assert begun.stdout.readline() == "begun\n"
    return begun


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How a process ended, and the last line of what it said."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said.strip().rpartition("\n")[2]


def wait_until_blocked(ask: Ask) -> None:
    """Wait until some transaction waits for another, for half a minute at most."""
    for _ in range(600):
        if ask("SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*)") != [(0,)]:
            return
        time.sleep(0.05)
    raise TimeoutError


def test_several_writers_at_once(neo4j_url: str, ask: Ask, trail: list[Path], undisturbed: SQLiteStore) -> None:
    """Processes that begin a graph at the same moment, and write the same in other orders, lose nothing of it."""
    for (name,) in ask("SHOW CONSTRAINTS YIELD name"):
        ask(f"DROP CONSTRAINT {name}")
    command = [sys.executable, "-c", INGEST, neo4j_url, "20"]
    writers = [
        subprocess.Popen([*command, *map(str, trail[at:] + trail[:at])], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for at in range(3)
    ]
    ends = [ended(writer) for writer in writers]

    assert ends == [(0, "")] * 3
    with closing(Neo4jStore(neo4j_url)) as store:
        assert same(store, undisturbed)
        assert store.undeclared() == []


def test_writers_take_turns(neo4j: Neo4jStore, driver: Driver, ask: Ask) -> None:
    """A writer waits until another's batch is written: so what it reads and bounds is not what was there before."""
    with driver.session() as session, session.begin_transaction() as other:
        other.run(statements.LOCK).consume()
        writer = threading.Thread(target=neo4j.apply, args=(KEY,))
        writer.start()
        wait_until_blocked(ask)

        assert list(neo4j.dump()) == []
        other.commit()
    writer.join(60)

    assert [row[0] for _, row in neo4j.dump()] == ["K"]


def test_counts_of_several_writers_add_up(neo4j: Neo4jStore, neo4j_url: str) -> None:
    """What writers count at the same time is not lost between them."""

    def write() -> None:
        with closing(Neo4jStore(neo4j_url, create=True)) as store:
            for _ in range(20):
                store.apply(Batch({}, counts=Counter(files=1)))

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert neo4j.ledger(0).counts == {"files": 60}


def test_a_deadlock_is_tried_again(neo4j: Neo4jStore, driver: Driver, ask: Ask) -> None:
    """Whoever else writes to the graph in another order may cost a try, and never a row."""
    ask("UNWIND range(1, 2000) AS number CREATE (:Other {number: number})")
    keys = [("A", 1, None, None, None, None, None), ("B", 1, None, None, None, None, None)]
    neo4j.apply(Batch({"access_key": keys}))
    before = neo4j.attempts
    with driver.session() as session, session.begin_transaction() as other:
        other.run("MATCH (n:Other) SET n.seen = true").consume()  # who holds less is the one to give way
        other.run("MATCH (k:AccessKey {id: 'B'}) SET k.lasting = true").consume()
        batch = Batch({"access_key": [(*key[:6], "2026-03-02T08:00:00Z") for key in keys]}, counts=Counter(files=1))
        writer = threading.Thread(target=neo4j.apply, args=(batch,))
        writer.start()
        wait_until_blocked(ask)
        with suppress(TransientError):
            other.run("MATCH (k:AccessKey {id: 'A'}) SET k.lasting = true").consume()
            other.commit()
    writer.join(60)

    assert neo4j.attempts - before == 2
    assert [row[-1] for _, row in neo4j.dump("access_key")] == ["2026-03-02T08:00:00Z"] * 2
    assert neo4j.ledger(0).counts == {"files": 1}


def test_killed_at_any_moment(neo4j_url: str, store: SQLiteStore, tmp_path: Path) -> None:
    """An ingester that is killed twenty times, within a file or between two, has lost and doubled nothing at the end.

    One file is of JSON lines, which are read by pieces, so that batches end within it as well.
    """
    chance = random.Random(5)
    records = [one for seed in range(12) for one in organization(seed, Size(steps=60)).records]
    lines = tmp_path / "lines.json"
    lines.write_text("".join(f"{json.dumps(one)}\n" for one in records[::2]))
    trail = [lines, *(write_json(records[at::24], tmp_path / f"{at}.json") for at in range(1, 24, 2))]
    killed = 0
    for _ in range(20):
        process = ingest(neo4j_url, trail, 60)
        assert process.stdout is not None
        for _ in range(chance.randrange(6)):
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        killed += ended(process)[0] == -signal.SIGKILL
    for _ in run([Files(trail)], store, Options(workers=1)):
        pass

    assert killed > 0
    assert ended(ingest(neo4j_url, trail, 1000)) == (0, "")
    with closing(Neo4jStore(neo4j_url)) as neo4j:
        assert same(neo4j, store)
        assert neo4j.ledger(0).counts["files"] == len(trail)
        assert neo4j.undeclared() == []


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a server of the test's own lives, which may be stopped and started again."""
    for name in ("NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    return tmp_path / "home"


def test_a_server_that_is_restarted(
    home: Path, monkeypatch: pytest.MonkeyPatch, trail: list[Path], undisturbed: SQLiteStore
) -> None:
    """A server that goes away in the middle of an ingest ends it in a sentence; the next run goes on.

    And one that only lets read: it still answers, and what would write to it is told so.
    """
    home.mkdir()
    try:
        server = start_server(home)
    except Unavailable as error:
        pytest.skip(str(error))
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as running:
        running.callback(server.stop)
        process = ingest(server.uri, trail, 20)
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        server.stop()
        code, said = ended(process)

        assert (code, "no Neo4j answers at" in said or "in the middle of a commit" in said) == (1, True)
        assert StoreAway.__name__ in said
        again = start_server(home)
        running.callback(again.stop)
        assert ended(ingest(server.uri, trail, 20)) == (0, "")
        again.stop()
        only_read = start_server(home, settings=["server.databases.default_to_read_only=true"])
        running.callback(only_read.stop)
        with closing(Neo4jStore(server.uri, create=True)) as store:
            assert same(store, undisturbed)
            with pytest.raises(StoreRefused, match="lets 'neo4j' only read"):
                store.apply(KEY)
