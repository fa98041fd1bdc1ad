"""Fixtures that turn a record as a trail holds it into the facts that its handler gives."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ingest.events import HANDLERS
from ingest.facts import Fact
from ingest.identity import actor
from ingest.record import Call, Record, event_id
from ingest.times import instant

Shown = dict[str, Any]


@pytest.fixture
def facts_of() -> Callable[[Shown], list[Fact]]:
    """Give a record's facts, none where it has no handler or was refused and its handler is not asked about that."""
    return _facts


@pytest.fixture
def record() -> Callable[..., Shown]:
    """Make a record of account 111122223333 by its user alice, with whatever is given put in place."""
    return _record


def _facts(shown: Shown) -> list[Fact]:
    raw = msgspec.json.encode(shown)
    decoded = msgspec.json.decode(raw, type=Record)
    who = actor(decoded.userIdentity)
    call = Call(
        record=decoded,
        actor=who,
        event=event_id(decoded, raw),
        at=instant(decoded.eventTime),
        account=decoded.recipientAccountId or who.account,
    )
    handler = HANDLERS.find(decoded.eventSource, decoded.eventName)
    if handler is None or (call.error and not handler.denied):
        return []
    return list(handler.handle(call))


def _record(source: str, name: str, /, **fields: object) -> Shown:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAALICE",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333",
            "accessKeyId": "AKIAALICE",
            "userName": "alice",
        },
        "eventTime": "2024-05-06T07:08:09Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "eventID": "e-1",
        "recipientAccountId": "111122223333",
        "requestParameters": None,
        "responseElements": None,
        **fields,
    }
