from collections.abc import Iterator
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from graph.cypher import statements
from graph.stores.neo4j import Neo4jStore
from tests.neo4j_server import Server

WRITES = (
    *map(statements.write_nodes, statements.NODE_TABLES),
    *(statements.write_edges(edge.table, edge.starts[0], edge.ends[-1]) for edge in statements.OF_TABLE.values()),
    *(statements.keep_single(edge) for edge in statements.STORED_EDGES if edge.single),
    *map(statements.write_about, statements.ABOUT.ends),
    *map(statements.keep_places, ("AccessKey", "Session")),
    statements.FORGET_PLACES,
    statements.NAME_USERS,
    *statements.WRITE_LEDGER.values(),
    statements.WRITE_TEXTS,
)


@pytest.fixture
def driver(neo4j_server: Server, neo4j_url: str) -> Iterator[Driver]:
    """Signed in to an empty Neo4j that has our constraints and indexes, and knows that it is empty."""
    Neo4jStore(neo4j_url, create=True).close()
    signed = (neo4j_server.user, neo4j_server.password)
    with GraphDatabase.driver(neo4j_url, auth=signed, notifications_min_severity="OFF") as made:
        made.execute_query("CALL db.prepareForReplanning()")
        yield made


def operators(driver: Driver, statement: str) -> set[str]:
    """The operators of a statement's plan, made now: one from another test was made for another graph."""
    plan = driver.execute_query(f"CYPHER replan=force EXPLAIN {statement}", rows=[]).summary.plan
    assert plan is not None
    return set(_operators(plan))


def _operators(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["operatorType"].partition("@")[0]
    for child in plan.get("children", ()):
        yield from _operators(child)


def test_nothing_is_scanned_to_write(driver: Driver) -> None:
    """However large the graph is, each node that a statement writes to is found by its key."""
    slow = {statement for statement in WRITES if any("Scan" in name for name in operators(driver, statement))}

    assert slow == set()


@pytest.mark.parametrize("table", ["changed_by", "attempted", "runs_as", "requested"])
def test_one_of_many_edges_is_found_by_its_event(driver: Driver, table: str) -> None:
    """Of these edges thousands may join two nodes; to merge one more none of the others is looked at."""
    edge = statements.OF_TABLE[table]
    plan = operators(driver, statements.write_edges(table, edge.starts[0], edge.ends[0]))

    assert "DirectedRelationshipIndexSeek" in plan


def test_only_what_is_declared_is_written() -> None:
    """An edge between labels that the schema does not name is refused before the server sees it."""
    with pytest.raises(KeyError, match="TAGGED from Stack to Tag"):
        statements.write_edges("tagged", "Stack", "Tag")
    with pytest.raises(KeyError, match="TAGGED from Role to Role"):
        statements.write_edges("tagged", "Role", "Role")
