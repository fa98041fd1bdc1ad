"""Runs favourites as Neo4j Browser does: their own text, with parameters set before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver

from graph.browser.pack import favourites
from graph.stores.neo4j import Neo4jStore
from ingest.line import Options, run
from ingest.sources.files import Files

Row = dict[str, Any]
Asked = Callable[..., list[Row]]
Filled = Callable[[str, Path], None]


@pytest.fixture(scope="session")
def fill() -> Filled:
    """Read a trail into the store at a URL."""

    def read(url: str, trail: Path) -> None:
        store = Neo4jStore(url, create=True)
        try:
            for _ in run([Files([trail])], store, Options(workers=1)):
                pass
        finally:
            store.close()

    return read


@pytest.fixture(scope="session")
def favourite() -> Callable[[Driver], Asked]:
    """Make what runs the favourite whose file's name ends so, and gives its rows by column."""
    texts = {path.stem.partition("-")[2]: path.read_text("utf-8") for path in favourites()}

    def asking(driver: Driver) -> Asked:
        def ask(name: str, **parameters: Any) -> list[Row]:  # noqa: ANN401 (values of any kind)
            with driver.session() as session:
                return [dict(record) for record in session.run(texts[name], parameters)]

        return ask

    return asking
