import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from graph.rows import rows_of
from graph.schema import SCHEMA_VERSION
from graph.stores.sqlite import SQLiteStore
from ingest.facts import Listed
from ingest.identity import Ref
from ingest.sink import Batch
from queries.coverage import coverage
from queries.status import status
from synth.incident import incident
from synth.organization import Organization

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]


def test_counts_of_nodes_and_of_what_was_read(ingested: Ingested) -> None:
    """Users, roles, sessions, keys of either sort, and how many records were read from how many files."""
    org = Organization(31)
    account = org.account("prod")
    key = account.existing_key(account.existing_user("alice"))
    session = account.assume_role(account.existing_role("Deployer"), by=key)
    account.use(session, "s3:ListBuckets")
    answer = status(ingested(org.records))

    assert answer.nodes == {
        "users": 1,
        "roles": 1,
        "sessions": 1,
        "long-lived keys": 1,
        "temporary keys": 1,
        "identities": 0,
        "records kept": 1,
    }
    assert (answer.read["records"], answer.read["files"], answer.sources) == (2, 1, 1)
    assert answer.schema_version == SCHEMA_VERSION


def test_what_could_not_be_read_is_counted_and_shown(ingested: Ingested) -> None:
    """Each reason with its number, and as many pieces as asked for, with place and beginning."""
    broken: list[Any] = [{"eventVersion": "1.11", "eventTime": "gibberish", "eventName": "X"} for _ in range(3)]
    store = ingested([*incident().records[:5], *broken])
    quarantine = status(store, pieces=2).quarantine

    assert [(one.reason, one.count) for one in quarantine.reasons] == [("not a time in a trail: 'gibberish'", 3)]
    assert quarantine.count == 3
    assert [one.position for one in quarantine.pieces] == ["record 8", "record 7"]
    assert all(one.sample.startswith('{"eventVersion"') for one in quarantine.pieces)
    assert status(store, pieces=0).quarantine.pieces == ()


def test_a_touched_record_is_a_warning(ingested: Ingested) -> None:
    """Whoever stopped a trail is named, with the event; starting one is no warning."""
    org = Organization(32)
    account = org.account("prod")
    key = account.existing_key(account.existing_user("mallory"))
    for event in ("StartLogging", "StopLogging"):
        account.use(key, f"cloudtrail:{event}")
        org.records[-1]["requestParameters"] = {"name": "main-trail"}
    (warned,) = status(ingested(org.records)).warnings

    assert (warned.what, warned.detail, warned.account) == ("StopLogging", "main-trail", account.number)
    assert (warned.access_key_id, warned.event_id) == (key.key, org.records[-1]["eventID"])
    assert warned.principal == f"arn:aws:iam::{account.number}:user/mallory"


def test_a_baseline_is_told(ingested: Ingested) -> None:
    """Whether a snapshot of IAM was read, of which account and when, and how much it listed."""
    store = ingested([])
    at = "2026-03-01T00:00:00Z"
    targets = (Ref("User", "AIDAALICE"), Ref("Role", "111122223333/deployer"))
    facts = [Listed(at=at, event=f"iam:{n}", target=target, account="111122223333") for n, target in enumerate(targets)]
    before = status(store).baselines
    store.apply(Batch(rows=rows_of((), (), facts)))
    (after,) = status(store).baselines

    assert before == ()
    assert (after.account, after.at, after.listed) == ("111122223333", at, 2)


def test_an_empty_store_has_a_status(ingested: Ingested) -> None:
    """Nothing ingested is said as nothing covered, not as an error."""
    answer = status(ingested([]))

    assert (answer.coverage.since, answer.coverage.accounts, answer.quarantine.count) == (None, (), 0)


def test_order_is_nothing(ingested: Ingested) -> None:
    """The same records in another order have the same coverage, counts and warnings."""
    records = incident().records
    shuffled = list(records)
    random.Random(1).shuffle(shuffled)

    assert status(ingested(records)) == status(ingested(shuffled))


def test_a_real_trail(ingested: Ingested, shared_data: Path) -> None:
    """The invictus trail: one account, one day, every record read."""
    store = ingested(shared_data / "invictus")
    answer = status(store)

    assert answer.read["records"] == 2900
    assert answer.quarantine.count == 0
    assert (coverage(store).accounts, {part.days for part in answer.coverage.parts}) == (("123837392027",), {1})
    assert (answer.coverage.since, answer.coverage.until) == ("2023-07-10T11:42:18Z", "2023-07-10T12:37:50Z")
    assert [one.what for one in answer.warnings].count("DeleteTrail") == 2
    assert {one.what for one in answer.warnings} == {"DeleteTrail", "PutEventSelectors"}
