"""docs/plans.md: how Neo4j went about each question on the demo's incident: `python -m tests.queries.plans`."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from neo4j import Driver, GraphDatabase

from graph.stores.neo4j import Neo4jStore
from ingest.line import Options, run
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.incident import incident
from tests.neo4j_server import Server, Unavailable, server
from tests.queries.neo4j_questions import FILES, statements

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plans.md"
_HEAD = """# How Neo4j goes about the questions

`PROFILE` of each question of `queries/`, on the graph of the demo's incident (`whodunnit demo`), made by
`python -m tests.queries.plans`. Of a plan only the operators are shown that touch the graph, with the rows that they
gave and what they read (*hits*); all others work on rows alone. No label is scanned, and no two sets are multiplied: a
test reads the plans with `EXPLAIN`, of an empty graph too. `NodeIndexScan` is where text is looked for anywhere in a
name (an index cannot know where), or where all of a label are counted.

What is done step by step inside an expression (`reduce`) counts as the hits of its `Projection`; the operators of one
step follow it.
"""
_SHOWN = 110
"""Characters of what an operator says of itself."""


def fingerprint(question: Path) -> str:
    """Tells by a few letters whether a question has changed since its plan was written down."""
    return hashlib.sha256(question.read_bytes()).hexdigest()[:12]


def page(signed: Driver, key: str, events: list[str]) -> str:
    """The page, of a graph in which there are this key and these events."""
    parts = [_HEAD]
    for question in FILES:
        whole, *steps = statements(question.read_text("utf-8"))
        asked = _asked(key, events)[question.stem]
        with signed.session() as session:
            result = session.run(f"PROFILE {whole}", asked)
            rows = len(result.values())
            profile = dict(result.consume().profile or {})
            plans = [dict(session.run(f"EXPLAIN {step}", asked).consume().plan or {}) for step in steps]
        told = [one for one in _operators(profile) if one["args"].get("DbHits")]
        parts.append(
            f"## {question.stem}\n\n`queries/{question.name}` ({fingerprint(question)}): {rows} rows,"
            f" {sum(one['args']['DbHits'] for one in told)} hits, {len(list(_operators(profile)))} operators\n"
        )
        parts.append(_table(told, ("rows", "hits")))
        parts += [f"One step:\n\n{_table([one for one in _operators(plan) if _touches(one)], ())}" for plan in plans]
    return "\n".join(parts)


def _asked(key: str, events: list[str]) -> dict[str, dict[str, Any]]:
    """Parameters by question: what somebody asks who looks into the incident."""
    part = {"part": "%ci%", "key_part": "%ci%", "first_id": "CI", "last_id": "CI\U0010ffff"}
    named = dict.fromkeys(("first_address", "last_address", "tag_key", "tag_value"))
    unasked = ("principal", "name", "user_name", "role", "person", "account", "tag_key", "tag_value", "since", "until")
    return {
        "coverage": {},
        "find": {**part, **named, "limit": 50, "many": 400},
        "history": {"id": None, "name": None, "role": None, "provider": None, "bare": "bob"},
        "records": {"ids": events[:5]},
        "resolve": {"id": key, "root": f"{key}:root", "life": "", "within": "", "beyond": "", "at": None},
        "sessions": {**dict.fromkeys((*unasked, "earliest")), "forwarded": 0, "limit": 100, "many": -1},
        "status": {"touches": " StopLogging DeleteTrail "},
        "who": {"label": "AccessKey", "id": key},
    }


def _operators(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The operators of a plan in the order in which rows pass them."""
    for child in plan.get("children", []):
        yield from _operators(child)
    yield plan


def _touches(operator: dict[str, Any]) -> bool:
    return any(part in operator["operatorType"] for part in ("Expand", "Seek", "Scan"))


def _table(operators: list[dict[str, Any]], counted: tuple[str, ...]) -> str:
    names = {"rows": "Rows", "hits": "DbHits"}
    lines = [
        f"| operator | on | {''.join(f'{one} | ' for one in counted)}".strip(),
        f"|---|---|{'---|' * len(counted)}",
    ]
    for one in operators:
        on = " ".join(one["args"].get("Details", "").split())
        shown = (on if len(on) <= _SHOWN else f"{on[:_SHOWN]}…").replace("|", "\\|").replace("`", "")
        numbers = "".join(f" {one['args'].get(names[name], 0)} |" for name in counted)
        lines.append(f"| {one['operatorType'].partition('@')[0]} | `{shown}` |{numbers}")
    return "\n".join((*lines, ""))


def _made(found: Server, folder: Path) -> str:
    """The page, of a graph that is made for it."""
    story = incident()
    store = Neo4jStore(found.uri, create=True)
    for _ in run([Files([write_json(story.records, folder / "trail.json")])], store, Options(workers=1)):
        pass
    store.close()
    events = [str(record["eventID"]) for record in story.records]
    signed = (found.user, found.password)
    with GraphDatabase.driver(found.uri, auth=signed, notifications_min_severity="OFF") as driver:
        with driver.session() as session:
            session.run("CALL db.prepareForReplanning()").consume()
        return page(driver, story.story["deepest"].key, events)


def main() -> None:
    """Write the page. Raises Unavailable where there is no Neo4j."""
    with TemporaryDirectory() as name, server(Path(name) / "home") as found:
        if isinstance(found, Unavailable):
            raise found
        os.environ.update(found.environment)
        PAGE.write_text(_made(found, Path(name)), "utf-8")


if __name__ == "__main__":
    main()
