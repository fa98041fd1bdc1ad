"""Every question, asked of both stores about the same graphs: the same answers to the letter."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from graph.rows import rows_of
from graph.store import Store
from graph.stores.neo4j import Neo4jStore
from graph.stores.sqlite import SQLiteStore
from ingest.errors import NotFound, UsageError
from ingest.line import Options, run
from ingest.sink import Batch
from ingest.sources.files import Files
from queries.coverage import coverage
from queries.find import find
from queries.history import history
from queries.sessions import Wanted, sessions
from queries.several import Several
from queries.status import status
from queries.who import records, resolve, who
from tests.neo4j_server import Server
from tests.queries.graphs import BASELINES, LABELLED, MADE, REAL

QUESTIONS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "queries").glob("*.sql"))
_ALL, _SOME = 12, 4
"""So many ids, names or tags of a kind are all asked about; of more than that, some from all over the graph."""
_START, _LATER = "2026-03-02T08:00:00Z", "2026-03-02T08:20:00Z"

Asked = Iterator[tuple[str, object]]
T = TypeVar("T")


class Pair(msgspec.Struct):
    """The same graph in both stores, and what it holds to ask about, by kind."""

    sqlite: SQLiteStore
    neo4j: Neo4jStore
    held: dict[str, list[str]]
    graph: str

    @property
    def texts(self) -> list[str]:
        """All that may be asked about, each once, and some that is not there."""
        found = [text for kind, texts in self.held.items() if kind != "tag" for text in texts]
        return list(dict.fromkeys([*found, "nobody", "%", "_", "\\", ".*", "root"]))


@pytest.fixture(scope="module")
def neo4j(neo4j_server: Server) -> Iterator[Server]:
    """The Neo4j of this run, with this process let in."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in neo4j_server.environment.items():
            patch.setenv(name, value)
        patch.delenv("NEO4J_DATABASE", raising=False)
        yield neo4j_server


@pytest.fixture(scope="module", params=[*MADE, *REAL])
def pair(request: pytest.FixtureRequest, neo4j: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both stores with one of the graphs, read once for all questions."""
    folder = tmp_path_factory.mktemp("pair")
    if request.param in REAL:
        trail = request.getfixturevalue("shared_data") / REAL[request.param]
    else:
        trail = folder / "trail.json"
        trail.write_text(json.dumps({"Records": MADE[request.param]()}), "utf-8", "surrogatepass")
    neo4j.empty()
    sqlite, shared = SQLiteStore(folder / "store.db", create=True), Neo4jStore(neo4j.uri, create=True)
    try:
        for store in (sqlite, shared):
            for _ in run([Files([trail])], store, Options(workers=1)):
                pass
            store.apply(Batch(rows=rows_of((), (), BASELINES.get(request.param, ()))))
        if request.param == LABELLED:
            neo4j.label_all()
        yield Pair(sqlite, shared, held(sqlite), request.param)
    finally:
        shared.close()
        sqlite.close()


def held(store: Store) -> dict[str, list[str]]:
    """What a graph holds to ask about, by kind, a bounded number of each kind from all over it."""
    found: dict[str, set[str]] = {}
    for table, row in store.dump():
        for kind, text in _told(table, row):
            if text:
                found.setdefault(kind, set()).add(text)
    return {kind: _some(texts) for kind, texts in sorted(found.items())}


def _told(table: str, row: Sequence[Any]) -> list[tuple[str, str | None]]:
    """What may be asked about out of one row, by kind."""
    if table == "session":
        kinds = ("session", "", "arn", "principal", "account", "session name", "", "source identity")
        return [(kind, text) for kind, text in zip(kinds, row, strict=False) if kind]
    if table == "named":
        return [("bearer", row[1]), ("borne", row[3]), ("named arn", row[4]), ("name", row[5])]
    if table == "identity":
        return [("identity", row[0]), ("person", row[2]), ("subject", row[0].partition("|")[2])]
    if table in {"session_tag", "tagged"}:
        return [("tag", f"{row[2]}={row[3]}"), ("tag", row[2])]
    if table in {"created_by", "changed_by"}:
        return [("made", row[1]), ("by", row[3])]
    if table in {"access_key", "user", "event"}:
        return [(table, row[0])]
    return [("address", row[1])] if table == "place" else []


def _some(texts: Iterable[str]) -> list[str]:
    ordered = sorted(texts)
    return ordered if len(ordered) <= _ALL else ordered[:: -(-len(ordered) // _SOME)]


def said(ask: Callable[[], T]) -> T | str:
    """What a question answers; where it answers with a sentence, that."""
    try:
        return ask()
    except (NotFound, UsageError, Several) as error:
        return f"{type(error).__name__}: {error}"


def ask(question: str, pair: Pair, store: Store) -> Asked:
    """Everything that is asked by one question, with its answer."""
    if question == "status":
        yield "", status(store)
    elif question == "coverage":
        yield "", coverage(store)
    elif question == "records":
        events = [row[0] for table, row in pair.sqlite.dump() if table == "event"]
        yield "all", [bytes(raw) for raw in records(store, [*events, "not there"])]
    else:
        yield from _ASK[question](pair, store)


def _who(pair: Pair, store: Store) -> Asked:
    for text in pair.texts:
        for when in (None, _LATER):
            yield f"{text} {when}", said(lambda text=text, when=when: who(store, text, when))  # type: ignore[misc] # a lambda's defaults


def _resolve(pair: Pair, store: Store) -> Asked:
    for text in pair.texts:
        for when in (None, _START, _LATER):
            yield f"{text} {when}", resolve(store, text, when)


def _history(pair: Pair, store: Store) -> Asked:
    for text in pair.texts:
        yield text, said(lambda text=text: history(store, text))  # type: ignore[misc] # a lambda's default


def _find(pair: Pair, store: Store) -> Asked:
    tags = [f"TAG:{tag.swapcase()}" for tag in pair.held.get("tag", [])]
    for text in (*pair.texts, *tags):
        yield text, find(store, text, 1000)
        if "\0" not in text:  # where SQLite takes a pattern for ended
            yield f"part of {text}", find(store, text[2:-1].swapcase(), 1000)


def _sessions(pair: Pair, store: Store) -> Asked:
    people = [text for kind in ("identity", "person", "subject", "source identity") for text in pair.held.get(kind, [])]
    wanted = [
        Wanted(),
        Wanted(forwarded=True),
        Wanted(since=_LATER),
        Wanted(until=_LATER),
        *(Wanted(principal=text) for text in pair.texts),
        *(Wanted(principal=text, since=_LATER, forwarded=True) for text in pair.held.get("bearer", [])),
        *(Wanted(person=text.swapcase()) for text in people),
        *(Wanted(person=text) for text in (*people, *pair.held.get("session name", []))),
        *(Wanted(account=text) for text in pair.held.get("account", [])),
        *(Wanted(tag=text.swapcase()) for text in pair.held.get("tag", [])),
        *(Wanted(tag=text, principal=name) for text in pair.held.get("tag", [])[:2] for name in people[:2]),
    ]
    for one in wanted:
        yield str(one), sessions(store, one, 1000)
        yield f"the last of {one}", sessions(store, one, 3)


_ASK: dict[str, Callable[[Pair, Store], Asked]] = {
    "who": _who,
    "resolve": _resolve,
    "history": _history,
    "find": _find,
    "sessions": _sessions,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_stores_give_the_same_answers(
    pair: Pair, question: str, record_property: Callable[[str, object], None]
) -> None:
    """Whatever is asked, both stores answer alike: as JSON, to the letter."""
    there = list(ask(question, pair, pair.sqlite))
    here = dict(ask(question, pair, pair.neo4j))
    differing = {
        asked: (told, other)
        for asked, answer in there
        if (told := msgspec.json.encode(answer)) != (other := msgspec.json.encode(here[asked]))
    }
    for name, value in {"question": question, "graph": pair.graph, "answers": len(there)}.items():
        record_property(name, value)

    assert differing == {}
    assert there
