import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ingest.delivery import Delivery, delivery
from ingest.record import Head
from synth.generate import organization

Call = Callable[..., dict[str, Any]]


def read(*records: dict[str, Any], **style: Any) -> Delivery[Head]:  # noqa: ANN401 (what json.dumps takes)
    """A delivery file of these records."""
    found = delivery("f", json.dumps({"Records": records}, **{"separators": (",", ":"), **style}).encode())

    assert found is not None
    return found


def texts(found: Delivery[Head]) -> list[Any]:
    """Each record, by its text as it is found one by one."""
    return [msgspec.json.decode(found.raw(index)) for index in range(len(found.heads))]


@pytest.mark.parametrize("style", [{}, {"indent": 1}, {"separators": (", ", ": ")}, {"sort_keys": True}])
def test_text_of_a_record_is_its_own(style: dict[str, Any]) -> None:
    """However the file is laid out, each record's text is that of the record, in any order of asking."""
    records = organization(3).records
    found = read(*records, **style)

    assert texts(found) == records
    assert [msgspec.json.decode(found.raw(index)) for index in reversed(range(len(records)))] == records[::-1]
    assert [msgspec.json.decode(raw) for raw in found.records] == records


def test_id_that_stands_in_another_record_too(call: Call) -> None:
    """A record that quotes another's id, or holds a whole record of the same id, is not taken for it."""
    wanted = call(2, eventName="AssumeRole")
    quoting = call(1, requestParameters={"seen": "e-2", "copy": {**wanted, "eventName": "Other"}})
    nested = call(3, requestParameters={"copy": wanted})

    assert texts(read(quoting, wanted, nested)) == [quoting, wanted, nested]
    assert texts(read(nested, quoting, wanted)) == [nested, quoting, wanted]


def test_ids_that_are_missing_repeated_or_escaped(call: Call) -> None:
    """Without a plain id of its own a record is still found, by its place."""
    records = [call(1, eventID=None), call(2), call(2, eventName="Other"), call(3, eventID="e\u00e4\n3"), call(4)]

    assert texts(read(*records)) == records


@pytest.mark.parametrize("broken", [{"eventTime": None}, {"eventName": 5}, {"eventID": []}, {"awsRegion": 1}])
def test_one_record_that_cannot_be_read(call: Call, broken: dict[str, Any]) -> None:
    """A file with a record that is none is no delivery: it must be read record by record."""
    text = json.dumps({"Records": [call(1), call(2, **broken)]}).encode()

    assert delivery("f", text) is None
