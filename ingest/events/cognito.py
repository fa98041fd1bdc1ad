"""Cognito identity pools: credentials for the users of an app.

https://docs.aws.amazon.com/cognito/latest/developerguide/understanding-amazon-cognito-entries.html
"""

from collections.abc import Iterable

from ingest.deeds import touched
from ingest.event import Registry
from ingest.facts import Fact, Known
from ingest.identity import identity_ref
from ingest.issuance import Asked, Credentials, issued
from ingest.names import account
from ingest.record import Call, Shape

events = Registry()
PROVIDER = "cognito-identity.amazonaws.com"
"""Its issuer, which the basic flow's AssumeRoleWithWebIdentity names as well, so that both show the same subject."""


class IdentityAsked(Shape):
    """`requestParameters` about an identity."""

    identity_id: str | None = None


class IdentityAnswer(Shape):
    """`responseElements` of GetCredentialsForIdentity."""

    identity_id: str | None = None
    credentials: Credentials | None = None


@events.handles(
    "cognito-identity",
    "GetCredentialsForIdentity",
    gives="a key issued to an identity of a pool (a data event, off by default); its role shows when it is used",
    page="https://docs.aws.amazon.com/cognito/latest/developerguide/understanding-amazon-cognito-entries.html",
    denied=True,
)
def get_credentials_for_identity(call: Call) -> Iterable[Fact]:
    """The key and the identity that it was issued to; neither role nor session is in the record."""
    answer = call.response(IdentityAnswer)
    identity = answer.identity_id or call.request(IdentityAsked).identity_id
    if call.error or not identity:
        yield touched(call, account(call))
        return
    who = identity_ref(PROVIDER, identity)
    yield Known(at=call.at, event=call.event, identity=who, kind="cognito", name=identity, provider=PROVIDER)
    yield from issued(call, answer.credentials, None, Asked(), (who, "exact", ""))
