"""What is wrong with a server, a user or a graph is one sentence that says what to do, and nothing is changed."""

from collections.abc import Callable
from typing import Any

import pytest
from neo4j.exceptions import ClientError, DatabaseError, IncompleteCommit, Neo4jError, SessionExpired, TransientError

from graph.schema import SCHEMA_VERSION
from graph.store import open_store
from graph.stores.neo4j import Neo4jStore
from ingest.errors import (
    StoreAway,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreRefused,
    StoreVersionError,
    UsageError,
)
from ingest.sink import Batch
from tests.neo4j_server import Server

Ask = Callable[..., list[tuple[Any, ...]]]
KEY = Batch({"access_key": [("K", 1, None, None, None, None, None)]})


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "neo4j+s", "bolt+ssc"])
def test_a_server_that_is_away(scheme: str) -> None:
    """Where nobody answers, the sentence names the address, at once."""
    with pytest.raises(StoreAway, match=rf"no Neo4j answers at {scheme.replace('+', '.')}://127\.0\.0\.1:1: start it"):
        open_store(f"{scheme}://127.0.0.1:1", create=True)


@pytest.mark.parametrize(
    ("scheme", "sentence"),
    [
        ("bolt+s", "cannot be spoken with over TLS: use"),
        ("bolt+ssc", "cannot be spoken with over TLS: use"),
        ("neo4j+s", r"no Neo4j answers at neo4j\+s://.*: start it, .*, or leave the \+ out if it speaks no TLS"),
    ],
)
def test_a_server_without_tls(neo4j_url: str, scheme: str, sentence: str) -> None:
    """Where a server is there but speaks no TLS, what to change is the URL."""
    with pytest.raises(StoreAway, match=sentence):
        open_store(neo4j_url.replace("bolt:", f"{scheme}:"), create=True)


def test_the_port_of_browser(neo4j_server: Server) -> None:
    """Whoever gives the address that Browser has is told of the other port."""
    if not neo4j_server.http:
        pytest.skip("the Neo4j that NEO4J_URI names says nothing of its Browser (NEO4J_HTTP)")
    with pytest.raises(StoreAway, match="answers as a web server does: name its Bolt port"):
        open_store(neo4j_server.http.replace("http:", "bolt:"), create=True)


@pytest.mark.parametrize(
    "url",
    ["bolt:x", "bolt://", "bolt://host:port", "neo4j://host:99999", "bolt://[::1", "bolt://h/db", "neo4j://h?a=b"],
)
def test_an_address_that_is_none(url: str) -> None:
    """What cannot be an address is wrong usage, and shown how it is written."""
    with pytest.raises(UsageError, match=r"give .*neo4j://HOST:PORT or bolt://HOST:PORT"):
        open_store(url)


@pytest.mark.parametrize("url", ["bolt://neo4j:geheim@host:7687", "neo4j://neo4j:geheim@host:port"])
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    """User and password have no place on a command line, nor in what is printed about it."""
    with pytest.raises(UsageError, match="NEO4J_PASSWORD") as caught:
        open_store(url)

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "named"), [("NEO4J_PASSWORD", "wrong", "neo4j"), ("NEO4J_USERNAME", "nobody", "nobody")]
)
def test_a_wrong_password(
    neo4j_url: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    """Who is not let in is told as whom he tried, and which two variables say who he is."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(StoreRefused, match=f"does not let '{named}' in: set NEO4J_USERNAME and NEO4J_PASSWORD"):
        Neo4jStore(neo4j_url, create=True)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_an_unknown_database(neo4j_url: str, scheme: str) -> None:
    """A database that is not there is named, with the two ways of naming another."""
    url = neo4j_url.replace("bolt:", f"{scheme}:")
    with pytest.raises(StoreMissing, match=r"database 'cases' of .* is not there: .*--database or NEO4J_DATABASE"):
        Neo4jStore(url, database="cases", create=True)


def test_an_empty_database(neo4j_url: str, ask: Ask) -> None:
    """Asking before anything was ingested says what to do, and makes nothing."""
    with pytest.raises(StoreMissing, match="is empty: run `whodunnit ingest` first"):
        Neo4jStore(neo4j_url)

    assert ask("MATCH (n) RETURN count(n)") == [(0,)]


@pytest.mark.parametrize("create", [True, False])
def test_a_graph_that_is_not_ours(neo4j_url: str, ask: Ask, create: bool) -> None:  # noqa: FBT001 (a parameter)
    """Another graph is left as it is, even where its labels are called as ours: the sentence says what was found."""
    ask("CREATE (:Movie {title: 'M'})<-[:SAW]-(:User {id: 'peter'})")
    with pytest.raises(StoreDamaged, match=r"not whodunnit's \(labels Movie, User …\).*--database"):
        Neo4jStore(neo4j_url, create=create)

    assert ask("MATCH (n) RETURN count(n), count(n.name)") == [(2, 0)]


def test_nodes_without_a_label_are_not_ours(neo4j_url: str, ask: Ask) -> None:
    """A database that holds nodes of no label is not empty."""
    ask("CREATE ({name: 'somebody else'})")
    with pytest.raises(StoreDamaged, match="holds a graph that is not whodunnit's"):
        Neo4jStore(neo4j_url, create=True)


def test_foreign_labels_beside_ours_stay(neo4j: Neo4jStore, neo4j_url: str, ask: Ask) -> None:
    """What others add to our graph under labels of their own is neither touched nor in the way."""
    ask("CREATE (:Note {text: 'look at this'})-[:ON]->(:AccessKey {id: 'K', name: 'K'})")
    neo4j.apply(KEY)
    with_notes = Neo4jStore(neo4j_url, create=True)
    with_notes.close()

    assert ask("MATCH (n:Note)-[:ON]->(k) RETURN n.text, k.lasting") == [("look at this", True)]
    assert neo4j.undeclared() == []


@pytest.mark.parametrize(
    ("version", "what"),
    [(SCHEMA_VERSION + 1, "update whodunnit"), (SCHEMA_VERSION - 1, "remove it or"), ("x", "remove it or")],
)
@pytest.mark.parametrize("create", [True, False])
def test_another_schema(
    neo4j: Neo4jStore,
    neo4j_url: str,
    ask: Ask,
    version: int | str,
    what: str,
    create: bool,  # noqa: FBT001 (likewise)
) -> None:
    """A graph of an older or newer schema is refused: the sentence names both versions and what to do."""
    del neo4j
    ask("MATCH (w:Whodunnit) SET w.schema = $version", version=version)
    with pytest.raises(StoreVersionError, match=f"schema {version}, this whodunnit knows {SCHEMA_VERSION}: {what}"):
        Neo4jStore(neo4j_url, create=create)


def test_a_graph_that_was_emptied_meanwhile(neo4j: Neo4jStore, ask: Ask) -> None:
    """Where the graph is taken away under an ingest, nothing half is written into what is left."""
    ask("MATCH (n) DETACH DELETE n")
    with pytest.raises(StoreMissing, match="was emptied meanwhile: run the same command again"):
        neo4j.apply(KEY)

    assert ask("MATCH (n) RETURN count(n)") == [(0,)]


def _said(code: str, kind: type[Neo4jError]) -> Neo4jError:
    error = kind._hydrate_neo4j(code=code, message="first line\nsecond line")  # noqa: SLF001 (no server here says so)
    assert isinstance(error, Neo4jError)
    return error


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (_said("Neo.ClientError.Security.Forbidden", ClientError), StoreRefused, "lets 'neo4j' only read"),
        (_said("Neo.ClientError.Security.CredentialsExpired", ClientError), StoreRefused, "wants a new password"),
        (_said("Neo.ClientError.Security.AuthenticationRateLimit", ClientError), StoreRefused, "wait some seconds"),
        (_said("Neo.TransientError.Transaction.DeadlockDetected", TransientError), StoreBusy, "try again"),
        (_said("Neo.TransientError.General.MemoryPoolOutOfMemoryError", TransientError), StoreFull, "more heap"),
        (_said("Neo.ClientError.Statement.SyntaxError", ClientError), StoreError, "first line$"),
        (_said("Neo.DatabaseError.General.UnknownError", DatabaseError), StoreError, "first line$"),
        (SessionExpired("gone"), StoreAway, "no Neo4j answers"),
        (ConnectionResetError("gone"), StoreAway, "no Neo4j answers"),
        (IncompleteCommit("gone"), StoreAway, "in the middle of a commit: run the same command again"),
    ],
    ids=lambda value: getattr(value, "code", None) or type(value).__name__,
)
def test_every_error_is_one_sentence(
    neo4j: Neo4jStore, error: Exception, kind: type[StoreError], sentence: str
) -> None:
    """What a server or the way to it can say becomes one of our errors, in one line."""
    with pytest.raises(kind, match=sentence) as caught, neo4j._errors():  # noqa: SLF001 (where errors pass)
        raise error

    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is error
