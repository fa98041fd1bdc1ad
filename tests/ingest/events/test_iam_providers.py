"""SAML and OIDC providers."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, Tagged, Untagged
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
KEY = Ref("AccessKey", "AKIAALICE")
SAML = "arn:aws:iam::111122223333:saml-provider/Corp"
OIDC = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("event", "asked", "answer", "arn"),
    [
        ("CreateSAMLProvider", {"name": "Corp"}, {"sAMLProviderArn": SAML}, SAML),
        (
            "CreateOpenIDConnectProvider",
            {"url": "https://token.actions.githubusercontent.com"},
            {"openIDConnectProviderArn": OIDC},
            OIDC,
        ),
    ],
)
def test_provider_made(record: Make, facts_of: FactsOf, event: str, asked: Shown, answer: Shown, arn: str) -> None:
    """The provider has the ARN of the answer, which a refused request's name or URL would have made as well."""
    asked |= {"tags": [{"key": "a", "value": "b"}]}
    made = facts_of(record("iam", event, requestParameters=asked, responseElements=answer))
    (refused,) = facts_of(record("iam", event, requestParameters=asked, errorCode="AccessDenied"))

    assert made == [
        Created(at=AT, event="e-1", target=Ref("Provider", arn), by=KEY, what=event),
        Tagged(at=AT, event="e-1", target=Ref("Provider", arn), tags=(("a", "b"),)),
    ]
    assert isinstance(refused, Attempted)
    assert refused.target == Ref("Provider", arn)


@pytest.mark.parametrize("field", ["openIDConnectProviderArn", "openIdConnectProviderArn", "OpenIDConnectProviderArn"])
def test_any_spelling_of_the_arn(record: Make, facts_of: FactsOf, field: str) -> None:
    """The field's spelling in the log is not sure, so each that makes sense is read."""
    asked = {field: OIDC, "clientID": "sts.amazonaws.com"}
    facts = facts_of(record("iam", "AddClientIDToOpenIDConnectProvider", requestParameters=asked))

    assert facts == [
        Changed(
            at=AT,
            event="e-1",
            target=Ref("Provider", OIDC),
            by=KEY,
            what="AddClientIDToOpenIDConnectProvider",
            detail="sts.amazonaws.com",
        )
    ]


def test_tags_set_and_taken(record: Make, facts_of: FactsOf) -> None:
    """Tags of a provider are its own, their keys as they are written."""
    tags = [{"key": "Dept", "value": "1"}, {"key": "dept", "value": "2"}]
    tagged = facts_of(record("iam", "TagSAMLProvider", requestParameters={"sAMLProviderArn": SAML, "tags": tags}))
    untagged = facts_of(
        record("iam", "UntagSAMLProvider", requestParameters={"sAMLProviderArn": SAML, "tagKeys": ["dept"]})
    )

    assert tagged == [Tagged(at=AT, event="e-1", target=Ref("Provider", SAML), tags=(("Dept", "1"), ("dept", "2")))]
    assert untagged == [Untagged(at=AT, event="e-1", target=Ref("Provider", SAML), keys=("dept",))]


@pytest.mark.parametrize("event", ["UpdateSAMLProvider", "TagOpenIDConnectProvider"])
@pytest.mark.parametrize("named", ["saml-provider/Corp", "oidc-provider/token.example.com"])
def test_denied_without_parameters(record: Make, facts_of: FactsOf, event: str, named: str) -> None:
    """A denied call logs no parameters: its provider is in the error message."""
    arn = f"arn:aws:iam::111122223333:{named}"
    (fact,) = facts_of(record("iam", event, errorCode="AccessDenied", errorMessage=f"no: it on resource: {arn}"))

    assert isinstance(fact, Attempted)
    assert fact.target == Ref("Provider", arn)
