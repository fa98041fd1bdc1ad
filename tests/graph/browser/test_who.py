"""The two favourites that people trust most, held against `whodunnit who` for every key that is not ambiguous."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from graph.rows import rows_of
from graph.stores.neo4j import Neo4jStore
from graph.stores.sqlite import SQLiteStore
from ingest.facts import Fact, Listed, Tagged
from ingest.identity import Ref
from ingest.line import Options, run
from ingest.sink import Batch
from ingest.sources.files import Files
from queries.answer import Answer
from queries.who import who
from synth.delivery import write_json
from synth.generate import organization
from synth.walk import Size
from tests.neo4j_server import Server

Row = dict[str, Any]
Asked = Callable[..., list[Row]]
Both = Callable[[Path], tuple[SQLiteStore, Asked]]

SEEDS = range(8)
_CLOUDFORMATION = "cloudformation.amazonaws.com"


@pytest.fixture
def both(
    neo4j_url: str,
    neo4j_server: Server,
    tmp_path: Path,
    fill: Callable[[str, Path], None],
    favourite: Callable[[Driver], Asked],
) -> Iterator[Both]:
    """Read a trail into both stores; gives the SQLite store, which `who` is asked of, and what runs favourites."""
    store = SQLiteStore(tmp_path / "store.db", create=True)
    signed = (neo4j_server.user, neo4j_server.password)
    with GraphDatabase.driver(neo4j_url, auth=signed, notifications_min_severity="OFF") as driver:

        def read(trail: Path) -> tuple[SQLiteStore, Asked]:
            fill(neo4j_url, trail)
            for _ in run([Files([trail])], store, Options(workers=1)):
                pass
            return store, favourite(driver)

        yield read
    store.close()


def trail(seed: int, folder: Path) -> Path:
    """The trail of a made-up organization, in one file."""
    return write_json(organization(seed, Size(steps=80)).records, folder / "trail.json")


def keys(store: SQLiteStore) -> list[str]:
    """Every key of a store of which `who` is sure what its chain is."""
    every = [row[0] for table, row in store.dump() if table == "access_key"]
    return [key for key in every if who(store, key)[0].stop != "ambiguous"]


def chain_of_issuers(answer: Answer) -> list[str]:
    """The principal chain as far as issuance shows it: where a stack acted, who had it do so is known by time alone."""
    chain: list[str] = []
    for hop in answer.hops:
        if chain[-1:] != [hop.principal]:
            chain.append(hop.principal)
        if hop.principal == _CLOUDFORMATION:
            break
    return chain


def drawn_chain(rows: list[Row]) -> list[str]:
    """The principals of the favourite's lines, equal neighbours as one."""
    said = [row["principal"] for row in rows]
    return [one for at, one in enumerate(said) if at == 0 or said[at - 1] != one]


def wrong_chains(store: SQLiteStore, ask: Asked, known: list[str]) -> dict[str, object]:
    """By key what the favourite says and what `who` does, where they differ."""
    found = {key: (drawn_chain(ask("principal-chain", key=key)), chain_of_issuers(who(store, key)[0])) for key in known}
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]}


def wrong_tags(store: SQLiteStore, ask: Asked, known: list[str]) -> dict[str, object]:
    """By key and time what the favourite says and what `who --at` does, where they differ."""
    wrong: dict[str, object] = {}
    for key in known:
        answer = who(store, key)[0]
        for at in {answer.start, answer.seen.first, answer.seen.last} - {None}:
            rows = ask("effective-tags", key=key, at=datetime.fromisoformat(str(at)))
            said = {row["tag"]: row["value"] for row in rows}
            if said != (told := who(store, key, at)[0].principal_tags):
                wrong[f"{key} at {at}"] = (said, told)
    return wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_favourites_say_what_who_says(both: Both, tmp_path: Path, seed: int) -> None:
    """Of each key of a made-up organization: the same chain; the same tags at its start, and first and last seen."""
    store, ask = both(trail(seed, tmp_path))
    known = keys(store)

    assert len(known) > 20
    assert wrong_chains(store, ask, known) == {}
    assert wrong_tags(store, ask, known) == {}


def baseline(store: SQLiteStore, at: str, rng: random.Random) -> Batch:
    """What a snapshot of IAM at `at` says: of half the users and roles, with some tags more than the trail has."""
    named = [row[:4] for table, row in store.dump() if table == "named"]
    bearers = {Ref("User", one) if label == "User" else Ref(end, name) for label, one, end, name in named}
    facts: list[Fact] = []
    for ref in sorted(bearers, key=lambda ref: ref.id):
        if rng.random() < 0.5:
            event, names = f"iam/{ref.id}/{at}", rng.sample(("team", "Stage", "owner", "cost"), 2)
            tags = tuple((name, f"listed-{rng.randrange(9)}") for name in names)
            facts.append(Listed(at=at, event=event, target=ref, account="1"))
            facts.append(Tagged(at=at, event=event, target=ref, tags=tags))
    return Batch(rows_of((), (), facts))


@pytest.mark.parametrize("seed", range(3))
def test_baselines_count_as_who_counts_them(both: Both, tmp_path: Path, neo4j_url: str, seed: int) -> None:
    """Two snapshots of IAM, one amid the trail and one after it, are a start of their own, and tell what was before."""
    store, ask = both(trail(seed, tmp_path))
    rng = random.Random(seed)
    shared = Neo4jStore(neo4j_url)
    for at in ("2026-03-02T08:40:00Z", "2026-03-03T00:00:00Z"):
        batch = baseline(store, at, rng)
        store.apply(batch)
        shared.apply(batch)
    shared.close()
    known = keys(store)
    listed = [key for key in known if any(v.startswith("listed") for v in who(store, key)[0].principal_tags.values())]

    assert len(listed) > 5
    assert wrong_tags(store, ask, known) == {}


def test_favourites_say_what_who_says_of_a_real_trail(both: Both, shared_data: Path) -> None:
    """Of each key of a real attack's trail too."""
    store, ask = both(shared_data / "invictus")
    known = keys(store)

    assert len(known) > 50
    assert wrong_chains(store, ask, known) == {}
    assert wrong_tags(store, ask, known) == {}
