"""The record itself was touched."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Fact
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]


@pytest.mark.parametrize(
    ("source", "event", "asked", "detail"),
    [
        ("cloudtrail", "StopLogging", {"name": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}, "main"),
        ("cloudtrail", "DeleteTrail", {"name": "main"}, "main"),
        ("cloudtrail", "PutEventSelectors", {"trailName": "main", "eventSelectors": []}, "main"),
        ("guardduty", "DeleteDetector", {"detectorId": "d-1"}, "d-1"),
        ("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"}, "default"),
    ],
)
def test_watch_touched(record: Make, facts_of: FactsOf, source: str, event: str, asked: Shown, detail: str) -> None:
    """The account is marked with the trail's name; refused, it is an attempt."""
    (done,) = facts_of(record(source, event, requestParameters=asked))
    (refused,) = facts_of(record(source, event, requestParameters=asked, errorCode="AccessDenied"))
    account = Ref("Account", "111122223333")

    assert isinstance(done, Changed)
    assert (done.target, done.what, done.detail) == (account, event, detail)
    assert isinstance(refused, Attempted)
    assert refused.target == account
