"""The same records in any order, any batches and runs, with any repeats and questions between: the same graph."""

import random
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from graph.stores.sqlite import SQLiteStore
from ingest.errors import NotFound
from ingest.line import Options, run
from ingest.sources.files import Files
from queries.who import who
from synth.delivery import write_json
from synth.generate import organization
from synth.walk import Size

Record = dict[str, Any]
Dump = list[tuple[str, tuple[Any, ...]]]


@lru_cache(maxsize=64)
def trail(seed: int) -> tuple[list[Record], list[str]]:
    """The records of an organization, some made again, renamed and tagged late, and every key of it."""
    org = organization(seed, Size(steps=40))
    addendum = {"reason": "UPDATED_DATA", "updatedFields": "tags", "originalEventID": org.records[-1]["eventID"]}
    amended = {**org.records[-1], "eventID": f"amends-{seed}", "addendum": addendum}
    return [*org.records, amended], sorted(org.truth())


@lru_cache(maxsize=64)
def undisturbed(seed: int) -> tuple[Dump, dict[str, bytes]]:
    """Dump and answers after reading the whole trail once, in order."""
    records, keys = trail(seed)
    folder = Path(tempfile.mkdtemp())
    try:
        store = SQLiteStore(folder / "store.db", create=True)
        read(store, write_json(records, folder / "trail.json"))
        return list(store.dump()), answers(store, keys)
    finally:
        shutil.rmtree(folder)


def read(store: SQLiteStore, *paths: Path) -> None:
    """One run of ingest over these files."""
    for _ in run([Files(paths)], store, Options(workers=1)):
        pass


def answers(store: SQLiteStore, keys: list[str]) -> dict[str, bytes]:
    """What `who` says of each of these keys that is known, as JSON."""
    found = {}
    for key in keys:
        try:
            found[key] = msgspec.json.encode(who(store, key))
        except NotFound:
            found[key] = b""
    return found


class Orders(RuleBasedStateMachine):
    """Reads parts of a trail in whatever order and pieces come up; at the end nothing of that may be seen."""

    @initialize(seed=st.integers(0, 40), chance=st.randoms(use_true_random=False))
    def begin(self, seed: int, chance: random.Random) -> None:
        """Start with an empty store and the records shuffled."""
        self.seed = seed
        self.records, self.keys = trail(seed)
        self.left = list(self.records)
        chance.shuffle(self.left)
        self.folder = Path(tempfile.mkdtemp())
        self.files: list[Path] = []
        self.store = SQLiteStore(self.folder / "store.db", create=True)

    def write(self, records: list[Record]) -> Path:
        """A new file of these records."""
        path = write_json(records, self.folder / f"{len(self.files)}.json")
        self.files.append(path)
        return path

    @rule(count=st.integers(1, 40), files=st.integers(1, 3))
    def read_some(self, count: int, files: int) -> None:
        """Read some records that were not read before, from one or several files."""
        some, self.left = self.left[:count], self.left[count:]
        read(self.store, *(self.write(some[at::files]) for at in range(files)))

    @rule(chance=st.randoms(use_true_random=False), count=st.integers(1, 20))
    def read_again(self, chance: random.Random, count: int) -> None:
        """Read some records that may have been read before, in another file and order."""
        read(self.store, self.write(chance.sample(self.records, min(count, len(self.records)))))

    @rule()
    def run_again(self) -> None:
        """Run over all files once more: they are known."""
        read(self.store, *self.files)

    @rule()
    def reopen(self) -> None:
        """End the process that writes, and start another."""
        self.store.close()
        self.store = SQLiteStore(self.folder / "store.db", create=True)

    @rule(place=st.integers(0, 10_000))
    def ask(self, place: int) -> None:
        """Ask in between, whatever the graph can say by then."""
        answers(self.store, [self.keys[place % len(self.keys)]])

    def teardown(self) -> None:
        """Read what is left, and compare the whole graph and every answer."""
        try:
            read(self.store, self.write(self.left))
            dump, said = undisturbed(self.seed)
            assert list(self.store.dump()) == dump
            assert answers(self.store, self.keys) == said
        finally:
            self.store.close()
            shutil.rmtree(self.folder)


TestOrderIsNothing = Orders.TestCase
TestOrderIsNothing.settings = settings(
    max_examples=40,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
