"""The command line on a graph in Neo4j: the same commands, named by another URL."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.neo4j_server import Server

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def signed_in(neo4j_server: Server, neo4j_url: str) -> dict[str, str]:
    """The environment of somebody who may use the empty graph, and has named it."""
    return {**neo4j_server.environment, "WHODUNNIT_STORE": neo4j_url}


def test_a_shared_graph_is_used_as_a_file_is(
    whodunnit: Whodunnit, trail: Path, store: str, signed_in: dict[str, str]
) -> None:
    """What was ingested is known, is skipped when it comes again, and can be copied into a file."""
    first = whodunnit("ingest", str(trail), variables=signed_in)
    again = whodunnit("ingest", str(trail), "--format", "json", variables=signed_in)
    copied = whodunnit("copy", "--from", signed_in["WHODUNNIT_STORE"], "--to", "sqlite:copy.db", variables=signed_in)

    assert (first.returncode, again.returncode, copied.returncode) == (0, 0, 0), first.stderr + again.stderr
    assert '"skipped": 27' in again.stdout
    assert whodunnit("status", "--store", "sqlite:copy.db").stdout == whodunnit("status", "--store", store).stdout


def test_what_others_put_there_is_found(
    whodunnit: Whodunnit, trail: Path, neo4j_server: Server, signed_in: dict[str, str]
) -> None:
    """`neo4j check` is content with what whodunnit wrote, and names what somebody else set on nodes of ours."""
    whodunnit("ingest", str(trail), variables=signed_in)
    clean = whodunnit("neo4j", "check", variables=signed_in)
    neo4j_server.run("CREATE (:AccessKey {id: 'AKIAX', name: 'AKIAX', colour: 'red'})")
    spoilt = whodunnit("neo4j", "check", variables=signed_in)

    assert (clean.returncode, clean.stdout) == (0, "")
    assert (spoilt.returncode, spoilt.stdout) == (1, "AccessKey.colour is STRING, declared is nothing\n")


@pytest.mark.parametrize("before", [True, False])
def test_a_database_is_named_anywhere(whodunnit: Whodunnit, signed_in: dict[str, str], before: bool) -> None:  # noqa: FBT001 (a parameter)
    """`--database` stands before or after the command, and goes before NEO4J_DATABASE."""
    named = ("--database", "cases")
    arguments = (*named, "status") if before else ("status", *named)
    ran = whodunnit(*arguments, variables=signed_in | {"NEO4J_DATABASE": "other"})

    assert ran.returncode == 4
    assert "database 'cases' of" in ran.stderr
    assert "database 'other' of" in whodunnit("status", variables=signed_in | {"NEO4J_DATABASE": "other"}).stderr


@pytest.mark.parametrize(
    ("variables", "code", "sentence"),
    [
        ({"NEO4J_PASSWORD": "wrong"}, 4, "set NEO4J_USERNAME and NEO4J_PASSWORD"),
        ({"WHODUNNIT_STORE": "neo4j://127.0.0.1:1"}, 4, "no Neo4j answers at neo4j://127.0.0.1:1"),
        ({"WHODUNNIT_STORE": "neo4j://neo4j:geheim@127.0.0.1:1"}, 2, "are no part of a store's URL"),
        ({}, 4, "is empty: run `whodunnit ingest` first"),
    ],
)
def test_failures_are_one_sentence(
    whodunnit: Whodunnit, signed_in: dict[str, str], variables: dict[str, str], code: int, sentence: str
) -> None:
    """What is wrong with the server, the user or the graph is one sentence, without a password in it."""
    ran = whodunnit("status", variables=signed_in | variables)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert ran.stderr.startswith("whodunnit: ")
    assert sentence in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert signed_in["NEO4J_PASSWORD"] not in ran.stderr
    assert "geheim" not in ran.stderr
