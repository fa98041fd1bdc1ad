"""Functions: made with a role, changed, opened."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, RunsAs
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
KEY = Ref("AccessKey", "AKIAALICE")
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:f"
FUNCTION = Ref("Workload", ARN)
ROLE_ARN = "arn:aws:iam::111122223333:role/service-role/F"
ROLE = Ref("Role", "111122223333/f")


def test_create_function(record: Make, facts_of: FactsOf) -> None:
    """The function was made by the caller and acts as its role."""
    facts = facts_of(
        record(
            "lambda",
            "CreateFunction20150331",
            requestParameters={"functionName": "f", "role": ROLE_ARN},
            responseElements={"functionName": "f", "functionArn": ARN, "role": ROLE_ARN},
        )
    )

    assert facts == [
        Created(at=AT, event="e-1", target=FUNCTION, by=KEY, what="CreateFunction20150331"),
        RunsAs(at=AT, event="e-1", thing=FUNCTION, role=ROLE),
    ]


def test_function_refused(record: Make, facts_of: FactsOf) -> None:
    """A refused function is an attempt on the ARN that it would have had."""
    asked = {"functionName": "f", "role": ROLE_ARN}
    (fact,) = facts_of(record("lambda", "CreateFunction20150331", requestParameters=asked, errorCode="AccessDenied"))

    assert isinstance(fact, Attempted)
    assert fact.target == FUNCTION


@pytest.mark.parametrize("name", ["f", "f:live", ARN, f"{ARN}:7", "111122223333:function:f", "function:f:7"])
def test_any_way_to_name_a_function(record: Make, facts_of: FactsOf, name: str) -> None:
    """Name, partial ARN and ARN, with version or alias, all mean the function."""
    (fact,) = facts_of(record("lambda", "DeleteFunction20150331", requestParameters={"functionName": name}))

    assert isinstance(fact, Changed)
    assert fact.target == FUNCTION


def test_code_changed(record: Make, facts_of: FactsOf) -> None:
    """New code acts with the role that the answer names; the answer's ARN ends in a version."""
    facts = facts_of(
        record(
            "lambda",
            "UpdateFunctionCode20150331v2",
            requestParameters={"functionName": ARN, "publish": True, "dryRun": False},
            responseElements={"functionArn": f"{ARN}:1", "role": ROLE_ARN},
        )
    )

    assert facts == [
        Changed(at=AT, event="e-1", target=FUNCTION, by=KEY, what="UpdateFunctionCode20150331v2"),
        RunsAs(at=AT, event="e-1", thing=FUNCTION, role=ROLE),
    ]


def test_dry_run_of_code(record: Make, facts_of: FactsOf) -> None:
    """A dry run succeeds and changes nothing."""
    asked = {"functionName": "f", "dryRun": True}
    facts = facts_of(record("lambda", "UpdateFunctionCode20150331v2", requestParameters=asked))

    assert facts == []


def test_permission_added(record: Make, facts_of: FactsOf) -> None:
    """The mark says who was let in."""
    asked = {"functionName": "f", "statementId": "x", "action": "lambda:InvokeFunction", "principal": "*"}
    (fact,) = facts_of(record("lambda", "AddPermission20150331v2", requestParameters=asked))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (FUNCTION, "*")
