"""The real Neo4j Browser in the machine's Chromium: the pack is dropped into it, as people do, and a favourite run.

WHODUNNIT_PICTURE=docs/neo4j-browser.png writes README's picture anew.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from graph.browser.pack import title, write_pack
from graph.stores.neo4j import Neo4jStore
from ingest.line import Options, run
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.incident import Incident, incident
from tests.neo4j_server import Server

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 60_000
"""How long the page may take for one thing, in milliseconds: the first query of a new server takes seconds."""

_TRIES = 6

_DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, {type: "text/plain"}));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.querySelector(".filedrop").dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried}));
  }
}"""


@pytest.fixture
def page(neo4j_server: Server) -> Iterator[Page]:
    """A page of Chromium that reaches this machine alone."""
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine, so nobody can look at Neo4j Browser")
    if not neo4j_server.http:
        pytest.skip("the Neo4j that NEO4J_URI names says nothing of its Browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        context = browser.new_context(viewport={"width": 1400, "height": 800})
        context.route(lambda url: not url.startswith(neo4j_server.http), lambda route: route.abort())
        opened = context.new_page()
        opened.set_default_timeout(_PATIENCE)
        expect.set_options(timeout=_PATIENCE)
        yield opened
        browser.close()


@pytest.fixture
def story(neo4j_url: str, tmp_path: Path) -> Incident:
    """The demo's incident, ingested into the server."""
    made = incident()
    trail = write_json(made.records, tmp_path / "trail.json")
    store = Neo4jStore(neo4j_url, create=True)
    try:
        for _ in run([Files([trail])], store, Options(workers=1)):
            pass
    finally:
        store.close()
    return made


def sign_in(page: Page, server: Server) -> None:
    """Open Browser and sign in to the server by its form."""
    page.goto(f"{server.http}/browser/?preview=false&dbms={server.uri}")
    page.get_by_test_id("username").fill(server.user)
    page.get_by_test_id("password").fill(server.password)
    page.get_by_test_id("connect").click()
    expect(page.get_by_text("You are connected as user")).to_be_visible()


def drop_pack(page: Page, files: list[Path]) -> None:
    """Drop each file into the window; favourites are saved as such, and seen in their open list."""
    page.get_by_test_id("navigationFavorites").click()
    for path in files:
        if path.suffix == ".cypher":
            save_favourite(page, path)
        else:
            page.evaluate(_DROP, [path.name, path.read_text("utf-8")])
            expect(page.get_by_text("node.AccessKey {")).to_be_visible()


def save_favourite(page: Page, path: Path) -> None:
    """Drop a favourite and have it saved; anew where Browser took its question away before it was answered.

    It does so where it draws itself anew in that moment.
    """
    listed = page.get_by_text(title(path), exact=True)
    for _ in range(_TRIES):
        page.evaluate(_DROP, [path.name, path.read_text("utf-8")])
        with suppress(PlaywrightTimeout):
            page.get_by_text("Save to favorites").click(timeout=_PATIENCE / _TRIES)
            break
    expect(listed).to_have_count(1)
    expect(page.get_by_text("Save to favorites")).to_be_hidden()


def type_in(page: Page, line: str) -> None:
    """Type a line into the editor and run it."""
    page.locator(".monaco-editor").first.click()
    page.keyboard.insert_text(line)
    page.keyboard.press("Control+Enter")


def captions(page: Page) -> list[str]:
    """What is written on each node that is drawn, lines put together."""
    return [
        "".join(text.text_content() or "" for text in node.locator("text").all())
        for node in page.locator("g.node").all()
    ]


def test_the_chain_is_drawn(page: Page, story: Incident, neo4j_server: Server, tmp_path: Path) -> None:
    """A person signs in, drops the pack, gives a key and runs the chain: keys, sessions, roles and the user are drawn.

    Each in its label's colour, with its sign and name; every favourite stands in the list under its title.
    """
    files = write_pack(tmp_path / "pack")
    sign_in(page, neo4j_server)
    drop_pack(page, files)
    type_in(page, f":param key => '{story.story['deepest'].key}'")
    expect(page.get_by_text("Successfully set your parameters")).to_be_visible()
    for path in files[1:]:
        expect(page.get_by_text(title(path), exact=True)).to_have_count(1)
    page.get_by_text(title(files[1]), exact=True).first.click()
    page.get_by_test_id("editor-Run").click()
    expect(page.locator("g.node")).to_have_count(11)
    expect(page.get_by_text("ci-deployer").first).to_be_visible()

    drawn = captions(page)
    assert [sum(caption.strip().startswith(sign) for caption in drawn) for sign in "🔑⏳🎭👤"] == [4, 3, 3, 1]
    assert "👤 ci-deployer" in [caption.strip() for caption in drawn]
    assert page.locator("g.node circle[fill='#F2C94C']").count() == 4
    if picture := os.environ.get("WHODUNNIT_PICTURE"):
        take_picture(page, Path(picture))


def take_picture(page: Page, path: Path) -> None:
    """Give the graph the whole window, let it come to rest, and fit it in."""
    page.get_by_title("Fullscreen", exact=True).first.click()
    page.get_by_title("Collapse the node properties display").first.click()
    for _ in range(2):
        page.wait_for_timeout(3000)
        page.get_by_label("zoom-to-fit").first.click()
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
