from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from graph.stores.sqlite import SQLiteStore
from queries.coverage import Gap, coverage

Ingested = Callable[[Sequence[Any] | Path], SQLiteStore]


def seen(at: str, account: str = "111122223333", region: str = "eu-west-1") -> dict[str, Any]:
    """A record of no consequence."""
    who = {"type": "IAMUser", "principalId": "AIDAALICE", "accountId": account, "accessKeyId": "AKIAALICE"}
    return {
        "eventTime": at,
        "eventName": "ListBuckets",
        "eventSource": "s3.amazonaws.com",
        "eventID": f"{account}{region}{at}",
        "awsRegion": region,
        "recipientAccountId": account,
        "userIdentity": who,
    }


def test_each_account_and_region_by_itself(ingested: Ingested) -> None:
    """From, to, days with records, and days without any in between."""
    times = ("2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-04T08:00:00Z", "2026-03-08T08:00:00Z")
    other = seen("2026-02-01T01:00:00Z", "444455556666", "us-east-1")
    covered = coverage(ingested([seen(times[3]), other, *map(seen, times[:3])]))
    first, second = covered.parts

    assert (first.account, first.region, first.since, first.until, first.days) == (
        "111122223333",
        "eu-west-1",
        times[0],
        times[3],
        4,
    )
    assert first.gaps == (Gap("2026-03-03", "2026-03-03", 1), Gap("2026-03-05", "2026-03-07", 3))
    assert [str(gap) for gap in first.gaps] == ["2026-03-03", "2026-03-05 to 2026-03-07"]
    assert (second.days, second.gaps) == (1, ())
    assert (covered.since, covered.until) == ("2026-02-01T01:00:00Z", times[3])
    assert covered.accounts == ("111122223333", "444455556666")


def test_it_reads_as_a_sentence(ingested: Ingested) -> None:
    """Where much is covered only the first accounts are named; an empty graph says so."""
    five = [seen("2026-03-01T00:00:00Z", f"{n:012d}") for n in range(5)]

    assert str(coverage(ingested(five))) == (
        "the graph covers 2026-03-01T00:00:00Z to 2026-03-01T00:00:00Z, "
        "accounts 000000000000, 000000000001, 000000000002 and 2 more"
    )
    assert str(coverage(ingested([]))) == "the graph is empty: nothing was ingested yet"
