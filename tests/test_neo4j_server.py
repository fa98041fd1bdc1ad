from pathlib import Path

import pytest

from tests.neo4j_server import Server, Unavailable, server, start_server


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that has nothing to run Neo4j with, the reason for the skip names all that would do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable) as caught:
        start_server(tmp_path)

    assert str(caught.value) == ("no Neo4j: NEO4J_URI is not set, no container engine answers, no java and no mvn")


def test_a_graph_of_somebody_s_own_is_not_emptied(
    neo4j_server: Server, neo4j_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Neo4j that the environment names and that holds something is not used, so nothing of it is deleted."""
    from graph.stores.neo4j import Neo4jStore

    Neo4jStore(neo4j_url, create=True).close()
    monkeypatch.setenv("NEO4J_URI", neo4j_url)
    with server(tmp_path) as found:
        assert isinstance(found, Unavailable)
        assert "is not empty" in str(found)
    neo4j_server.empty()
    with server(tmp_path) as found:
        assert isinstance(found, Server)
        assert found.uri == neo4j_url
