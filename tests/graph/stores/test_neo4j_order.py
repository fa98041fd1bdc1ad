"""The same records in any order, any batches and runs, with any repeats: the same graph in Neo4j, and as in SQLite."""

import random
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.stores.neo4j import Neo4jStore
from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, run
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.generate import organization
from synth.walk import Size
from tests.neo4j_server import Server


@given(seed=st.integers(0, 40), chance=st.randoms(use_true_random=False), parts=st.integers(1, 6))
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_order_is_nothing(neo4j_server: Server, neo4j_url: str, seed: int, chance: random.Random, parts: int) -> None:
    """However a trail comes, all that may be seen of it in the end is what it says."""
    records = organization(seed, Size(steps=30)).records
    late = {"reason": "UPDATED_DATA", "updatedFields": "tags", "originalEventID": records[-1]["eventID"]}
    records.append({**records[-1], "eventID": f"amends-{seed}", "addendum": late})
    neo4j_server.empty()
    with TemporaryDirectory() as name, closing(SQLiteStore(Path(name, "store.db"), create=True)) as undisturbed:
        folder = Path(name)
        _read(undisturbed, write_json(records, folder / "whole.json"))
        shuffled = chance.sample(records, len(records))
        again = chance.sample(records, len(records) // 2)
        files = [write_json(shuffled[at::parts], folder / f"{at}.json") for at in range(parts)]
        files.append(write_json(again, folder / "again.json"))
        chance.shuffle(files)
        for at in range(len(files)):
            with closing(Neo4jStore(neo4j_url, create=True)) as store:
                _read(store, *files[: at + 1], batch=chance.choice((7, 1000)))

        with closing(Neo4jStore(neo4j_url)) as store:
            assert list(store.dump()) == list(undisturbed.dump())
            assert store.undeclared() == []


def _read(store: Neo4jStore | SQLiteStore, *paths: Path, batch: int = 1000) -> None:
    for _ in run([Files(paths)], store, Options(workers=1, batch=batch)):
        pass
