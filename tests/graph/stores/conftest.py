"""What tests of stores share: an empty Neo4j, opened as a store, and signed in to beside it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from graph.store import Store
from graph.stores.neo4j import Neo4jStore

Dump = list[tuple[str, tuple[Any, ...]]]
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def neo4j(neo4j_url: str) -> Iterator[Neo4jStore]:
    """A new store in an empty Neo4j."""
    store = Neo4jStore(neo4j_url, create=True)
    yield store
    store.close()


@pytest.fixture(params=["store", pytest.param("neo4j", marks=pytest.mark.xdist_group("neo4j"))])
def any_store(request: pytest.FixtureRequest) -> Store:
    """A new store of each kind; that in Neo4j is asked for by name, so its group is said here."""
    found: Store = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def driver(neo4j_url: str) -> Iterator[Driver]:
    """Signed in beside the store, as any other program may be."""
    signed = (os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])
    with GraphDatabase.driver(neo4j_url, auth=signed, notifications_min_severity="OFF") as made:
        yield made


@pytest.fixture
def ask(driver: Driver) -> Ask:
    """Run Cypher beside the store; gives its rows."""

    def run(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 (values of any kind)
        with driver.session() as session:
            return [tuple(row) for row in session.run(statement, parameters).values()]

    return run
