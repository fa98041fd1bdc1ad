"""Cognito's credentials for app users."""

from collections.abc import Callable
from typing import Any

from ingest.facts import Fact, Issued, Known
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]


def test_get_credentials_for_identity(record: Make, facts_of: FactsOf) -> None:
    """The caller is unknown; the identity in the answer issued the key, the same that the basic flow would show."""
    known, issued = facts_of(
        record(
            "cognito-identity",
            "GetCredentialsForIdentity",
            userIdentity={"type": "Unknown"},
            requestParameters={"logins": {"accounts.google.com": "HIDDEN"}, "identityId": "eu-west-1:1234"},
            responseElements={
                "credentials": {"accessKeyId": "ASIACOG", "sessionToken": "x", "expiration": "May 6, 2024 8:08:09 AM"},
                "identityId": "eu-west-1:1234",
            },
        )
    )

    assert isinstance(known, Known)
    assert (known.kind, known.provider) == ("cognito", "cognito-identity.amazonaws.com")
    assert isinstance(issued, Issued)
    assert issued.issuer == Ref("Identity", "cognito-identity.amazonaws.com|eu-west-1:1234")
    assert (issued.key, issued.how, issued.session) == ("ASIACOG", "exact", None)
    assert issued.expires == "2024-05-06T08:08:09Z"
