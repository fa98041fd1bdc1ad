"""Fixtures of the questions: stores that were filled as `whodunnit ingest` fills them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, run
from ingest.sources.files import Files
from synth.credential import Credential
from synth.organization import Account, Organization
from synth.principal import User

Ingested = Callable[[Sequence[Any]], SQLiteStore]


@pytest.fixture
def ingested(tmp_path: Path) -> Iterator[Ingested]:
    """Give a store of its own that has read these records, in this order, or the trails under a folder."""
    stores: list[SQLiteStore] = []

    def ingest(records: Sequence[Any] | Path) -> SQLiteStore:
        trail = records if isinstance(records, Path) else tmp_path / f"trail-{len(stores)}.json"
        if not isinstance(records, Path):
            trail.write_bytes(msgspec.json.encode({"Records": list(records)}))
        store = SQLiteStore(tmp_path / f"store-{len(stores)}.db", create=True)
        stores.append(store)
        for _ in run([Files([trail])], store, Options(workers=1)):
            pass
        return store

    yield ingest
    for store in stores:
        store.close()


@pytest.fixture
def org() -> Organization:
    """An organization in which nothing has happened yet."""
    return Organization(7)


@pytest.fixture
def prod(org: Organization) -> Account:
    """Its first account."""
    return org.account("prod")


@pytest.fixture
def user(prod: Account) -> User:
    """A user, alice, older than the trail."""
    return prod.existing_user("alice")


@pytest.fixture
def alice(prod: Account, user: User) -> Credential:
    """A long-lived key of alice's, older than the trail."""
    return prod.existing_key(user)


@pytest.fixture
def far(org: Organization) -> Account:
    """Another account of the organization."""
    return org.account("far")
