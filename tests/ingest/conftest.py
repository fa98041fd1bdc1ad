"""What tests of reading share: a small bulk trail in delivery files, and plain records of one caller."""

from collections.abc import Callable
from typing import Any

import pytest

from synth.bulk import Bulk, Shape, bulk_trail


@pytest.fixture(scope="session")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Bulk:
    """A trail of 6,000 records in 120 delivery files, every tenth of which issues a credential."""
    return bulk_trail(tmp_path_factory.mktemp("bulk"), Shape(events=6000, share=0.1, per_file=50, principals=200))


@pytest.fixture
def call() -> Callable[..., dict[str, Any]]:
    """Make a record of the user alice, with whatever is given put in place."""
    return _call


def _call(number: int, at: str = "2026-03-02T08:00:00Z", **fields: object) -> dict[str, Any]:
    identity = {
        "type": "IAMUser",
        "principalId": "AIDAALICE",
        "arn": "arn:aws:iam::111122223333:user/alice",
        "accountId": "111122223333",
        "accessKeyId": "AKIAALICE",
        "userName": "alice",
    }
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": at,
        "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.4",
        "eventID": f"e-{number}",
        "recipientAccountId": "111122223333",
        **fields,
    }
