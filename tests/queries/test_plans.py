"""How Neo4j goes about each question: it scans no label, and multiplies no two sets."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from graph.stores.neo4j import Neo4jStore
from ingest.line import Options, run
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.incident import incident
from tests.neo4j_server import Server
from tests.queries.neo4j_questions import FILES, asked, head, statements
from tests.queries.plans import PAGE, fingerprint

_ALL_OF_IT = re.compile(r"AllNodesScan|.*LabelsScan|.*ByLabelScan|.*AllRelationshipsScan|.*RelationshipIndexScan")
_TIMES = re.compile(r"CartesianProduct")
_EXAMPLE = {"limit": 10, "many": 10, "forwarded": 0, "ids": ["x"]}


@pytest.fixture(scope="module", params=["empty", "filled"])
def driver(
    request: pytest.FixtureRequest, neo4j_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    """A Neo4j that was just made ready for us, or that holds the demo's incident."""
    neo4j_server.empty()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in neo4j_server.environment.items():
            patch.setenv(name, value)
        store = Neo4jStore(neo4j_server.uri, create=True)
        if request.param == "filled":
            trail = write_json(incident().records, tmp_path_factory.mktemp("plans") / "trail.json")
            for _ in run([Files([trail])], store, Options(workers=1)):
                pass
        store.close()
    signed = (neo4j_server.user, neo4j_server.password)
    with GraphDatabase.driver(neo4j_server.uri, auth=signed, notifications_min_severity="OFF") as made:
        yield made


def operators(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each operator of a plan, and on what it works."""
    yield plan["operatorType"].partition("@")[0], plan["args"].get("Details", "")
    for child in plan.get("children", []):
        yield from operators(child)


def explained(driver: Driver, statement: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """The operators by which a statement would be run, planned now."""
    with driver.session() as session:
        plan = session.run(f"CYPHER replan=force EXPLAIN {statement}", parameters).consume().plan
    return list(operators(dict(plan or {})))


@pytest.mark.parametrize("question", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("given", ["all", "none"])
def test_nothing_is_looked_for_in_all_there_is(driver: Driver, question: Path, given: str) -> None:
    """No scan of a label or of everything, and no product of two sets, whatever is asked of whatever graph."""
    text = question.read_text("utf-8")
    parameters = {name: _EXAMPLE.get(name, "x" if given == "all" else None) for name in asked(text)}
    found = [one for part in statements(text) for one in explained(driver, part, parameters)]

    assert found
    assert [one for one in found if _ALL_OF_IT.fullmatch(one[0]) or _TIMES.fullmatch(one[0])] == []


def test_a_plan_that_reads_all_is_seen(driver: Driver) -> None:
    """The operators that are looked for are those by which Neo4j says so."""
    bad = (
        "MATCH (n) RETURN n",
        "MATCH (n:Session) RETURN n",
        "MATCH (a:User {id: '1'}), (b:Stack {id: '2'}) RETURN a, b",
    )
    names = [{name for name, _ in explained(driver, statement, {})} for statement in bad]

    assert all(any(_ALL_OF_IT.fullmatch(name) or _TIMES.fullmatch(name) for name in one) for one in names)


def named(names: Iterable[str], told: str) -> set[str]:
    """Those of the names that a text has as words."""
    return set(names) & set(re.findall(r"\w+", told))


@pytest.mark.parametrize("question", FILES, ids=lambda path: path.stem)
def test_it_runs_in_browser_as_it_stands(driver: Driver, question: Path) -> None:
    """With the head's own `:param` a question runs, and gives just the columns that its head declares, in order."""
    text = question.read_text("utf-8")
    declared = head(text)
    with driver.session() as session:
        parameters = session.run(f"RETURN {declared.param} AS given").single(strict=True)["given"]
        result = session.run(text, parameters)
        columns = list(result.keys())
        result.consume()

    assert declared.told.strip()
    assert set(parameters) == asked(text) == named(asked(text), declared.parameters)
    assert set(columns[:-1]) == named(columns[:-1], declared.columns)
    assert set(columns[-1:]) == named(columns, declared.drawn)


def test_each_question_is_asked_in_both_languages() -> None:
    """Beside each `.sql` stands a `.cypher`, and the other way round."""
    assert {path.stem for path in FILES} == {path.stem for path in FILES[0].parent.glob("*.sql")}


@pytest.mark.parametrize("question", FILES, ids=lambda path: path.stem)
def test_the_page_of_plans_is_of_this_question(question: Path) -> None:
    """docs/plans.md was made anew since the question was last changed, and shows nothing that it denies."""
    part = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    told = next(one for one in part if one.startswith(f"{question.stem}\n"))
    operators = re.findall(r"^\| (\w+)", told, re.MULTILINE)

    assert fingerprint(question) in told
    assert operators
    assert [one for one in operators if _ALL_OF_IT.fullmatch(one) or _TIMES.fullmatch(one)] == []
