"""What tests of chains share."""

from typing import Any

from queries.answer import Answer
from synth.organization import Account, Organization

Record = dict[str, Any]

KEYS = "s3:ListBuckets"


def told(answer: Answer) -> tuple[list[str], str, str, bool, str | None]:
    """Chain, kind of origin, stop, completeness and evidence."""
    return answer.principal_chain, answer.origin.kind, answer.stop, answer.complete, answer.evidence


def arn(prod: Account, rest: str) -> str:
    """An IAM ARN of an account."""
    return f"arn:aws:iam::{prod.number}:{rest}"


def callee(org: Organization, far: Account) -> list[Record]:
    """What the other account alone has."""
    return [record for record in org.records if record["recipientAccountId"] == far.number]
