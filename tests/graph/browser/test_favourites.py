"""The favourites, run over the demo's incident as a person would run them one after the other."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.graph import Node, Relationship
from neo4j.graph import Path as Way

from graph.browser.pack import favourites
from synth.delivery import write_json
from synth.incident import Incident, incident
from tests.neo4j_server import Server

Row = dict[str, Any]
Asked = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def story() -> Incident:
    """The demo's incident."""
    return incident()


@pytest.fixture(scope="module")
def ask(
    neo4j_server: Server,
    story: Incident,
    fill: Callable[[str, Path], None],
    favourite: Callable[[Driver], Asked],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Asked]:
    """Run a favourite over the incident."""
    trail = write_json(story.records, tmp_path_factory.mktemp("trail") / "trail.json")
    neo4j_server.empty()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in neo4j_server.environment.items():
            environment.setenv(name, value)
        fill(neo4j_server.uri, trail)
    signed = (neo4j_server.user, neo4j_server.password)
    with GraphDatabase.driver(neo4j_server.uri, auth=signed, notifications_min_severity="OFF") as driver:
        yield favourite(driver)


def moment(story: Incident, name: str) -> datetime:
    """When a key of the story was issued."""
    return datetime.fromisoformat(str(story.truth[story.story[name].key].start))


def drawn(value: object) -> set[str]:
    """The captions of the nodes that Browser draws for a value of an answer."""
    if isinstance(value, Node):
        return {value["name"]}
    if isinstance(value, Way):
        return {node["name"] for node in value.nodes}
    if isinstance(value, Relationship):
        return {node["name"] for node in value.nodes if node and "name" in node}
    if isinstance(value, list):
        return set().union(*map(drawn, value))
    return set()


@pytest.mark.parametrize("name", [path.stem.partition("-")[2] for path in favourites()])
def test_each_draws_something(ask: Asked, story: Incident, name: str) -> None:
    """Each favourite finds something in the incident, and gives nodes that Browser draws with their captions."""
    deepest = story.truth[story.story["deepest"].key]
    session = "arn:aws:sts::984516510626:assumed-role/OperationsAdmin/maintenance"
    at = datetime.fromisoformat(str(deepest.start))
    parameters = {"key": deepest.key, "at": at, "since": at, "session": session, "tag": "stage", "value": "prod"}
    rows = ask(name, **parameters)

    assert rows
    assert set().union(*(drawn(value) for row in rows for value in row.values()))


def test_minted_from_the_leaked_key(ask: Asked, story: Incident) -> None:
    """All that hangs on the leaked key is found, bob's new key among it, and nothing that hangs on others alone."""
    leaked = story.story["leaked"].key
    parents = {key: truth.minted_by for key, truth in story.truth.items() if truth.minted_by}
    found = {row["id"]: row for row in ask("minted-from-a-key", key=leaked) if row["kind"] == "AccessKey"}
    named = {"deepest", "minted"}

    assert {story.story[name].key for name in named} <= set(found)
    assert leaked not in found
    assert story.story["console"].key not in found
    assert found[story.story["deepest"].key]["depth"] == 3
    assert found[story.story["minted"].key]["depth"] == 4
    assert parents[story.story["minted"].key] == story.story["deepest"].key


def test_sessions_alive(ask: Asked, story: Incident) -> None:
    """The deepest session is alive in the second in which it began, not in that before, and no more once expired."""
    truth = story.truth[story.story["deepest"].key]
    begun, ended = (datetime.fromisoformat(str(time)) for time in (truth.start, truth.end))

    def alive(at: datetime) -> bool:
        return any(truth.key in row["key_ids"] for row in ask("sessions-alive", at=at))

    second = timedelta(seconds=1)
    assert [alive(at) for at in (begun - second, begun, ended, ended + second)] == [False, True, True, False]


def test_behind_a_role_session(ask: Asked, story: Incident) -> None:
    """A session's ARN leads to the key that opened it and to the user where that came from."""
    (row,) = ask("behind-a-role-session", session="arn:aws:sts::984516510626:assumed-role/OperationsAdmin/maintenance")

    assert (row["origin"], row["who"], row["evidence"]) == ("User", "ci-deployer", "exact")
    assert row["at"].to_native() == moment(story, "deepest")


def test_tagged_so(ask: Asked) -> None:
    """A tag is found in any case, its value may be left open, and what took it away ends it."""
    one = ask("tagged-so", tag="TEAM", value="Platform")
    every = ask("tagged-so", tag="team", value=None)

    assert {row["name"] for row in one} == {"ci-deployer"}
    assert {row["tag"] for row in every} == {"team=platform", "team=shop"}


def test_cross_account(ask: Asked, story: Incident) -> None:
    """Each pair of accounts stands there with how often one's credentials opened sessions in the other's."""
    opened = [
        (record["userIdentity"]["accountId"], record["resources"][0]["accountId"])
        for record in story.records
        if record["eventName"] == "AssumeRole"
        and record["userIdentity"].get("accountId") == record["recipientAccountId"]
        and not record.get("errorCode")
    ]
    pairs = {pair: opened.count(pair) for pair in opened if pair[0] != pair[1]}
    told = {(row["from_account"], row["to_account"]): row["times"] for row in ask("cross-account")}

    assert pairs
    assert told == pairs


def test_keys_minted_by_sessions(ask: Asked, story: Incident) -> None:
    """Bob's second key was made by a session; keys that users made are not listed."""
    (row,) = ask("keys-minted-by-sessions")

    assert (row["key"], row["owner"]) == (story.story["minted"].key, "bob")
    assert row["by"] == "arn:aws:sts::984516510626:assumed-role/OperationsAdmin/maintenance"


def test_first_assumptions(ask: Asked, story: Incident) -> None:
    """That the release role assumed the administrators' is new in the second of the deepest key, and only then.

    A pair that comes back later is listed with its first time alone.
    """
    at = moment(story, "deepest")
    new, again = ("release", "984516510626/operationsadmin"), ("deployer", "984516510626/release")

    def found(since: datetime) -> dict[tuple[str, str], Row]:
        return {(row["caller"], row["role"]): row for row in ask("first-assumptions", since=since)}

    early = found(at - timedelta(days=1))
    times = [
        record["eventTime"]
        for record in story.records
        if record["eventName"] == "AssumeRole"
        and (record["requestParameters"] or {}).get("roleArn", "").endswith("/Release")
    ]
    first = early[again]["first"].to_native().astimezone(UTC)

    assert new in found(at)
    assert new not in found(at + timedelta(seconds=1))
    assert early[again]["times"] == 3
    assert first == datetime.fromisoformat(min(times))
    assert again in found(first)
    assert again not in found(first + timedelta(seconds=1))


def test_evidence(ask: Asked, story: Incident) -> None:
    """Each record that says something of the key is named: what issued it, and what it did that left a mark."""
    truth = story.truth[story.story["deepest"].key]
    rows = ask("evidence", key=truth.key)
    said = {(row["event"], row["name"], row["says"]) for row in rows}

    assert (truth.records[0], "AssumeRole", "ISSUED_BY") in said
    assert {name for _, name, _ in said} >= {"CreateAccessKey", "AttachUserPolicy"}
    assert not any(row["taken_back"] for row in rows)
