"""Finding handlers, and the page that lists them."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from ingest.event import Registry, table
from ingest.events import HANDLERS
from ingest.facts import Fact
from ingest.record import Call

PAGE = "https://docs.aws.amazon.com/"


def _nothing(_: Call) -> Iterable[Fact]:
    return ()


def test_version_suffix_does_not_matter() -> None:
    """Lambda's event names end in a version; each finds the handler of the plain name."""
    plain = HANDLERS.find("lambda.amazonaws.com", "UpdateFunctionCode")
    found = {
        HANDLERS.find("lambda.amazonaws.com", name)
        for name in ("UpdateFunctionCode20150331", "UpdateFunctionCode20150331v2")
    }

    assert plain is not None
    assert found == {plain}


def test_unknown_event_has_no_handler() -> None:
    """An event that gives nothing more than its caller is not handled, nor is a known name of another service.

    S3 Express's CreateSession shows a key, of the data plane alone: no principal, so no issuance.
    """
    others = [("s3", "GetObject"), ("ec2", "AssumeRole"), ("s3express", "CreateSession"), ("s3", "ListObjectsV2")]
    found = [HANDLERS.find(f"{source}.amazonaws.com", name) for source, name in others]

    assert found == [None] * 4


def test_two_handlers_of_one_event_are_an_error() -> None:
    """A second handler for an event is refused, in one registry and when two are put together."""
    one, other = Registry(), Registry()
    one.handles("sts", "AssumeRole", gives="a key", page=PAGE)(_nothing)
    other.handles("sts", "AssumeRole", gives="a key", page=PAGE)(_nothing)

    with pytest.raises(ValueError, match="two handlers"):
        one.handles("sts", "AssumeRole", gives="a key", page=PAGE)(_nothing)
    with pytest.raises(ValueError, match="two handlers"):
        Registry(one, other)


def test_page_lists_the_registered_handlers() -> None:
    """docs/events.md ends with the table of the handlers, a row an event; rewrite it with `ingest.event.table`."""
    page = Path(__file__).parents[2] / "docs" / "events.md"
    text = page.read_text(encoding="utf-8")

    assert text[text.index("| source |") :] == table(HANDLERS)


def test_refused_calls_reach_every_handler() -> None:
    """The page promises that a refused call of each event is kept as an attempt."""
    deaf = [handler.name for handler in HANDLERS.handlers.values() if not handler.denied]

    assert deaf == []


def test_each_handler_says_what_it_gives_and_where_that_is_written() -> None:
    """Every row names a page of AWS's documentation and says what the event gives."""
    wrong = [
        (handler.source, handler.name)
        for handler in HANDLERS.handlers.values()
        if not handler.gives or not handler.page.startswith("https://docs.aws.amazon.com/")
    ]

    assert wrong == []
