from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.stores.neo4j import Neo4jStore
from graph.stores.sqlite import SQLiteStore
from ingest.line import Options, run
from ingest.quarantine import Quarantined
from ingest.sink import Batch, Done
from ingest.sources.files import Files
from synth.delivery import write_json
from synth.generate import organization
from synth.walk import Size

EARLY, LATE = "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"
Rows = dict[str, list[tuple[Any, ...]]]
Ask = Callable[..., list[tuple[Any, ...]]]
HOSTILE = (
    "'}) DETACH DELETE n //",
    "`) MATCH (n) DETACH DELETE n RETURN `",
    "$rows",
    "\\u0027}) RETURN 1 //",
    '"; DROP CONSTRAINT whodunnit_user; //',
    "a\nb\r\0c",
    "ტეგი タグ 标签 علامة 🏷️ \u202egnp.exe",
)


def session(name: str | None, role: str | None = None, role_arn: str | None = None) -> tuple[Any, ...]:
    """A row of one session."""
    return ("S", "role", None, None, None, name, EARLY, None, None, None, None, None, role, role_arn, None)


@pytest.mark.parametrize("seed", range(6))
def test_both_stores_hold_the_same(neo4j: Neo4jStore, store: SQLiteStore, tmp_path: Path, seed: int) -> None:
    """One organization's trail leaves row for row the same graph, and the same ledger, in Neo4j as in SQLite."""
    org = organization(seed, Size(steps=60))
    late = {"reason": "UPDATED_DATA", "updatedFields": "tags", "originalEventID": org.records[-1]["eventID"]}
    records = [*org.records, {**org.records[-1], "eventID": "amends", "addendum": late}]
    paths = [write_json(records, tmp_path / "a.json"), write_json([{"no": "record"}], tmp_path / "b.json")]
    for one in (neo4j, store):
        for _ in run([Files(paths)], one, Options(workers=1)):
            pass

    assert list(neo4j.dump()) == list(store.dump())
    assert neo4j.ledger(5) == store.ledger(5)
    assert list(neo4j.sources()) == list(store.sources())
    assert neo4j.undeclared() == []


@pytest.mark.parametrize("records", [(b"\x80", b"\x01"), (b"\x01", b"\x80"), (b"ab", b"a")])
def test_of_two_records_the_same_is_kept_as_in_sqlite(
    neo4j: Neo4jStore, store: SQLiteStore, records: tuple[bytes, bytes]
) -> None:
    """Two texts of one event are compared as bytes without a sign."""
    for record in records:
        for one in (neo4j, store):
            one.apply(Batch({"event": [("E", "RunInstances", "ec2", EARLY, None, None, record)]}))

    assert list(neo4j.dump()) == list(store.dump())


@pytest.mark.parametrize("roles", [("1/a", "1/b"), ("1/b", "1/a"), ("1/b", "1/a", "1/b")])
def test_a_session_is_of_one_role(neo4j: Neo4jStore, store: SQLiteStore, roles: Sequence[str]) -> None:
    """Where hostile records give one session two roles, the same one is kept, in any order, as in SQLite."""
    for number, role in enumerate(roles):
        for one in (neo4j, store):
            one.apply(Batch({"session": [session("s", role, f"arn-{9 - number}")]}))

    assert list(neo4j.dump()) == list(store.dump())


CAPTIONS: list[tuple[Rows, str, str]] = [
    ({"user": [("AIDA1", "iam", "1", None)]}, "User", "AIDA1"),
    ({"named": [("User", "AIDA1", "Name", "1/bob", "", "Bob", EARLY, LATE)]}, "User", "Bob"),
    ({"named": [("User", "AIDA1", "Name", "1/bob", "", "Bob", EARLY, LATE)]}, "Name", "bob"),
    ({"runs_as": [("Workload", "arn:aws:lambda:x:1:function:f", "1/path", "e", EARLY)]}, "Role", "path"),
    ({"runs_as": [("Workload", "arn:aws:lambda:x:1:function:f", "1/path", "e", EARLY)]}, "Workload", "f"),
    ({"runs_as": [("Stack", "arn:aws:cloudformation:x:1:stack/web", "1/r", "e", EARLY)]}, "Stack", "web"),
    ({"session": [session(None)]}, "Session", "S"),
    ({"session": [session("nightly")]}, "Session", "nightly"),
    (
        {"place": [("f0", "1.2.3.4", None, None)], "seen_from": [("AccessKey", "K", "f0", EARLY, LATE)]},
        "Place",
        "1.2.3.4",
    ),
    ({"tagged": [("Role", "1/r", "team", "a=b", "e", EARLY)]}, "Tag", "team=a=b"),
    ({"event": [("E", "RunInstances", "ec2", EARLY, None, None, b"")]}, "Event", "RunInstances"),
    ({"covered": [("111122223333", "eu-west-1", "2026-03-02", EARLY, LATE)]}, "Region", "eu-west-1"),
]


@pytest.mark.parametrize(("rows", "label", "name"), CAPTIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_caption_says_what_a_node_is(neo4j: Neo4jStore, ask: Ask, rows: Rows, label: str, name: str) -> None:
    """Every node has a name that a person can read in Neo4j Browser."""
    neo4j.apply(Batch(rows))

    assert ask(f"MATCH (n:{label}) RETURN n.name") == [(name,)]
    assert neo4j.undeclared() == []


@pytest.mark.parametrize("names", [("zoe", None, "amy"), ("amy", "zoe", None), (None, "amy", "zoe")])
def test_captions_do_not_hang_on_order(neo4j: Neo4jStore, ask: Ask, names: Sequence[str | None]) -> None:
    """A session is called by the least of its names, a user by the least of those that it bore, whatever came first."""
    for name in names:
        neo4j.apply(Batch({"session": [session(name)], "user": [("AIDA1", "iam", None, None)]}))
        if name:
            neo4j.apply(Batch({"named": [("User", "AIDA1", "Name", f"1/{name}", "", name, EARLY, LATE)]}))

    assert ask("MATCH (n:Session|User) RETURN labels(n)[0] AS label, n.name ORDER BY label") == [
        ("Session", "amy"),
        ("User", "amy"),
    ]
    assert [row[5] for _, row in neo4j.dump("session")] == ["amy"]


def test_an_event_shows_what_it_is_about(neo4j: Neo4jStore, ask: Ask) -> None:
    """An event whose record is stored is tied to the start of each edge that rests on it, and to nothing else."""
    rows: Rows = {
        "event": [("E", "CreateAccessKey", "iam", EARLY, None, None, b"")],
        "created_by": [
            ("AccessKey", "K", "User", "AIDA1", "E", EARLY, "CreateAccessKey"),
            ("AccessKey", "L", "User", "AIDA1", "not stored", EARLY, "CreateAccessKey"),
        ],
    }
    neo4j.apply(Batch(rows))
    neo4j.apply(Batch(rows))

    assert ask("MATCH (e)-[:ABOUT]->(n) RETURN e.id, n.id") == [("E", "K")]


def test_an_event_that_is_only_amended_is_no_row(neo4j: Neo4jStore, ask: Ask) -> None:
    """The original of an addendum may never come: it is a node for the edge to end at, and no record."""
    neo4j.apply(Batch({"amends": [("E", "original")]}))

    assert list(neo4j.dump()) == [("amends", ("E", "original"))]
    assert ask("MATCH (n:Event) RETURN count(n)") == [(2,)]


def test_values_are_of_neo4j_s_own_types(neo4j: Neo4jStore, ask: Ask) -> None:
    """Times are temporal, flags boolean; what is not known is absent."""
    neo4j.apply(Batch({"access_key": [("K", 1, EARLY, None, None, None, None)]}))

    kept = ask("MATCH (k:AccessKey) UNWIND keys(k) AS key RETURN key, valueType(k[key]) ORDER BY key")

    assert dict(kept) == {
        "id": "STRING NOT NULL",
        "name": "STRING NOT NULL",
        "issued": "ZONED DATETIME NOT NULL",
        "lasting": "BOOLEAN NOT NULL",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(neo4j: Neo4jStore, store: SQLiteStore, tmp_path: Path, text: str) -> None:
    """Names, tags and ids that look like Cypher, or are of any script, are kept and found as they are."""
    rows: Rows = {
        "session": [(f"{EARLY}/{text}", *session(text, text, text)[1:])],
        "tagged": [("Role", text, text, text, text, EARLY)],
        "access_key": [(text, None, None, None, text, None, None)],
    }
    quarantined = [Quarantined(text, text, text, text)]
    for one in (neo4j, store):
        one.apply(Batch(rows, done=[Done(text, text)], quarantined=quarantined, counts=Counter({text: 1})))
    (tmp_path / "q.cypher").write_text("MATCH (k:AccessKey {id: $id})-[:NONE*0..1]-(k) RETURN k.id, k.source_identity")

    assert list(neo4j.dump()) == list(store.dump())
    assert neo4j.ledger(5) == store.ledger(5)
    assert neo4j.unread([Done(text, text)]) == set()
    assert list(neo4j.fetch(tmp_path / "q.sql", {"id": text})) == [(text, text)]


def test_texts_of_any_length_are_kept_whole(neo4j: Neo4jStore, store: SQLiteStore, tmp_path: Path) -> None:
    """What is too long for an index is kept all the same, is one and the same when it comes again, and is found."""
    long = ["x" * 20_000, "x" * 20_000 + "y", "🔑" * 9_000]
    for _ in range(2):
        for text in long:
            rows: Rows = {
                "access_key": [(text, None, None, None, text, EARLY, None)],
                "tagged": [("Role", "1/r", text, text, "e", EARLY)],
            }
            for one in (neo4j, store):
                one.apply(Batch(rows, done=[Done(text, "1")], quarantined=[Quarantined(text, text, text, text)]))
    (tmp_path / "q.cypher").write_text(
        "MATCH (k:AccessKey) WHERE k.id IN $ids OR k.id = $id RETURN k.id AS id, [k.source_identity] AS all ORDER BY id"
    )
    found = neo4j.fetch(tmp_path / "q.sql", {"ids": long[:1], "id": long[2]})

    assert list(neo4j.dump()) == list(store.dump())
    assert neo4j.ledger(5) == store.ledger(5)
    assert list(neo4j.sources()) == list(store.sources())
    assert neo4j.unread([Done(text, "1") for text in long]) == set()
    assert list(found) == [(text, f'["{text}"]') for text in (long[0], long[2])]
    assert neo4j.undeclared() == []


def test_an_answer_is_what_sqlite_would_give(neo4j: Neo4jStore, tmp_path: Path) -> None:
    """Times come as text to the second, flags as numbers, lists as JSON; columns meant for Browser are left out."""
    (tmp_path / "q.cypher").write_text(
        """// Fetches.
// Columns: at (when, to the second), flag, list, none, record.
// For Browser: node (what it is
//   about), edge.
// Read on: nothing, flag.
UNWIND range(1, 1) AS number
RETURN datetime($at) AS at, true AS flag, [datetime($at), false, null, 'é'] AS list, null AS none, number AS node,
  $record AS record, number AS edge
"""
    )

    assert list(neo4j.fetch(tmp_path / "q.sql", {"at": EARLY, "record": "r"})) == [
        (EARLY, 1, f'["{EARLY}",0,null,"é"]', None, "r")
    ]


def test_a_batch_larger_than_a_transaction_ends_with_its_checkpoint(neo4j: Neo4jStore) -> None:
    """A small server is not asked to hold more than it can: rows go ahead, and are all there when the object is."""
    rows = [(f"K{number}", None, None, None, None, EARLY, LATE) for number in range(61_000)]
    before = neo4j.attempts
    neo4j.apply(Batch({"access_key": rows}, done=[Done("a", "1")]))

    assert neo4j.attempts - before == 3
    assert sum(1 for _ in neo4j.dump("access_key")) == 61_000
    assert neo4j.unread([Done("a", "1")]) == set()


def test_what_is_not_declared_is_found(neo4j: Neo4jStore, ask: Ask) -> None:
    """A property, a type of value, an edge or a nameless node that others wrote under our labels is named."""
    neo4j.apply(Batch({"belongs_to": [("K", "User", "AIDA1", EARLY, LATE)]}))
    ask(
        "MATCH (k:AccessKey)-[e:BELONGS_TO]->(u) SET k.colour = 'red', k.first = 'today', e.since = 1 "
        "CREATE (u)-[:LIKES]->(k) CREATE (:Role {id: 'r'}) CREATE (:Tally {name: 'x', of: 1})"
    )

    assert neo4j.undeclared() == [
        "1 nodes Role have no name",
        "AccessKey.colour is STRING, declared is nothing",
        "AccessKey.first is STRING, declared is ZONED DATETIME",
        "Tally.of is not declared",
        "BELONGS_TO.since is INTEGER, declared is nothing",
        "(User)-[LIKES]->(AccessKey) is not declared",
    ]
