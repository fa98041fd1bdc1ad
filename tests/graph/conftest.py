"""What tests of the graph share: a key seen in use, and an empty store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.stores.sqlite import SQLiteStore
from ingest.facts import Place, Seen
from ingest.identity import Actor, Ref, User


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    """A new store."""
    opened = SQLiteStore(tmp_path / "store.db", create=True)
    yield opened
    opened.close()


@pytest.fixture
def seen() -> Callable[..., Seen]:
    """Make alice's key seen in use from these places."""
    return _seen


def _seen(*places: str, first: str = "2026-03-02T08:00:00Z", last: str = "2026-03-02T09:00:00Z") -> Seen:
    user = User("AIDAALICE", "111122223333", "alice", "arn:aws:iam::111122223333:user/alice")
    who = Actor(Ref("AccessKey", "AKIAALICE"), "IAMUser", "AKIAALICE", "111122223333", "AIDAALICE", user=user)
    spans: dict[Place, tuple[str, str]] = {(address, "cli", "eu-west-1"): (first, last) for address in places or ("a",)}
    return Seen(who, spans)
