"""Accounts of an organization."""

from collections.abc import Callable
from typing import Any

from ingest.facts import Changed, Created, Fact
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

OWN = Ref("Account", "111122223333")
MEMBER = Ref("Account", "444455556666")


def test_account_made(record: Make, facts_of: FactsOf) -> None:
    """The request has no id yet; the service's result has, and is the account's making."""
    asked = {"createAccountStatus": {"id": "car-1", "state": "IN_PROGRESS", "accountName": "new"}}
    (begun,) = facts_of(record("organizations", "CreateAccount", responseElements=asked))
    status = {"createAccountStatus": {"id": "car-1", "state": "SUCCEEDED", "accountId": MEMBER.id}}
    (made,) = facts_of(record("organizations", "CreateAccountResult", serviceEventDetails=status))

    assert isinstance(begun, Changed)
    assert (begun.target, begun.detail) == (OWN, "IN_PROGRESS")
    assert isinstance(made, Created)
    assert made.target == MEMBER


def test_account_left_or_taken_out(record: Make, facts_of: FactsOf) -> None:
    """The account that is named is marked, else the one that left by itself."""
    (left,) = facts_of(record("organizations", "LeaveOrganization"))
    (out,) = facts_of(
        record("organizations", "RemoveAccountFromOrganization", requestParameters={"accountId": MEMBER.id})
    )

    assert isinstance(left, Changed)
    assert left.target == OWN
    assert isinstance(out, Changed)
    assert out.target == MEMBER


def test_policy_lifted(record: Make, facts_of: FactsOf) -> None:
    """A policy taken from an account marks that account, from a unit or root the organization's own."""
    facts = [
        fact
        for target in (MEMBER.id, "ou-1-2")
        for fact in facts_of(
            record("organizations", "DetachPolicy", requestParameters={"policyId": "p-1", "targetId": target})
        )
    ]

    assert [(fact.target, fact.detail) for fact in facts if isinstance(fact, Changed)] == [
        (MEMBER, "p-1"),
        (OWN, "p-1"),
    ]


def test_public_access_block(record: Make, facts_of: FactsOf) -> None:
    """The account's public-access block is a setting of the account."""
    (fact,) = facts_of(record("s3", "DeleteAccountPublicAccessBlock"))

    assert isinstance(fact, Changed)
    assert fact.target == OWN
