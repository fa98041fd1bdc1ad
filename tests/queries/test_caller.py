import zlib
from typing import Any

import msgspec
import pytest

from queries.caller import Caller, caller


def packed(**identity: Any) -> bytes:  # noqa: ANN401 -- JSON
    """A record as a store keeps it."""
    record = {"eventTime": "2026-03-01T00:00:00Z", "eventName": "X", "userIdentity": identity or None}
    return zlib.compress(msgspec.json.encode(record))


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (
            {"type": "IAMUser", "arn": "arn:aws:iam::1:user/a", "principalId": "AIDAA", "accessKeyId": "AKIAA"},
            Caller("arn:aws:iam::1:user/a", "AKIAA"),
        ),
        (
            {"type": "AWSAccount", "accountId": "111122223333", "principalId": "AROAB:build"},
            Caller("AROAB:build", None),
        ),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, Caller("ec2.amazonaws.com", None)),
        (
            {"type": "SAMLUser", "userName": "carol", "identityProvider": "x=", "principalId": "x=:carol"},
            Caller("carol", None),
        ),
        ({"accountId": "111122223333"}, Caller("111122223333", None)),
        ({}, Caller(None, None)),
    ],
)
def test_the_best_that_the_record_says(identity: dict[str, Any], expected: Caller) -> None:
    """An ARN where there is one, else a principal id, person, service or account; and the key."""
    assert caller(packed(**identity)) == expected
