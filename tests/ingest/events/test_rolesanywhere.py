"""Roles Anywhere: certificates that stand for roles."""

from collections.abc import Callable
from typing import Any

from ingest.facts import Attempted, Changed, Created, Fact, Issued, Known
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

ANCHOR = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/ta-1"
SUBJECT = "arn:aws:rolesanywhere:eu-west-1:111122223333:subject/s-1"
ROLE_ARN = "arn:aws:iam::111122223333:role/Deploy"


def test_create_session(record: Make, facts_of: FactsOf) -> None:
    """Where the answer shows the key, the certificate's subject issued it, by way of the trust anchor."""
    granted = {
        "credentials": {"accessKeyId": "ASIACERT", "expiration": "2024-05-06T08:08:09Z"},
        "assumedRoleUser": {
            "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/00ff",
            "assumedRoleId": "AROADEPLOY:00ff",
        },
        "roleArn": ROLE_ARN,
        "sourceIdentity": "CN=build-7",
    }
    known, issued = facts_of(
        record(
            "rolesanywhere",
            "CreateSession",
            userIdentity={"type": "Unknown", "accountId": "111122223333"},
            requestParameters={"roleArn": ROLE_ARN, "trustAnchorArn": ANCHOR, "profileArn": "p"},
            responseElements={"credentialSet": [granted], "subjectArn": SUBJECT},
        )
    )

    assert isinstance(known, Known)
    assert (known.kind, known.name, known.provider) == ("certificate", "CN=build-7", ANCHOR)
    assert isinstance(issued, Issued)
    assert (issued.key, issued.issuer) == ("ASIACERT", Ref("Identity", f"{ANCHOR}|{SUBJECT}"))
    assert issued.source_identity == "CN=build-7"
    assert issued.session is not None
    assert issued.session.arn == "arn:aws:sts::111122223333:assumed-role/Deploy/00ff"


def test_session_without_credentials_in_the_log(record: Make, facts_of: FactsOf) -> None:
    """Nothing is issued where the answer is empty: STS's own record has the key."""
    facts = facts_of(record("rolesanywhere", "CreateSession", requestParameters={"trustAnchorArn": ANCHOR}))

    assert facts == []


def test_trust_anchor(record: Make, facts_of: FactsOf) -> None:
    """A trust anchor is a provider; deleted by its id, it is the same one."""
    (made,) = facts_of(
        record(
            "rolesanywhere",
            "CreateTrustAnchor",
            requestParameters={"name": "evil"},
            responseElements={"trustAnchor": {"trustAnchorArn": ANCHOR}},
        )
    )
    (gone,) = facts_of(record("rolesanywhere", "DeleteTrustAnchor", requestParameters={"trustAnchorId": "ta-1"}))

    assert isinstance(made, Created)
    assert isinstance(gone, Changed)
    assert made.target == gone.target == Ref("Provider", ANCHOR)


def test_profile_marks_its_roles(record: Make, facts_of: FactsOf) -> None:
    """Each role that certificates may now have is marked with the profile."""
    facts = facts_of(
        record("rolesanywhere", "CreateProfile", requestParameters={"name": "p", "roleArns": [ROLE_ARN, ROLE_ARN]})
    )

    assert [(fact.target, fact.detail) for fact in facts if isinstance(fact, Changed)] == [
        (Ref("Role", "111122223333/deploy"), "p")
    ]


def test_failure_beside_the_answer(record: Make, facts_of: FactsOf) -> None:
    """A certificate that was refused, which only `additionalEventData` says, is an attempt on the role."""
    (fact,) = facts_of(
        record(
            "rolesanywhere",
            "CreateSession",
            requestParameters={"roleArn": ROLE_ARN, "trustAnchorArn": ANCHOR},
            additionalEventData={"errorMessage": "Untrusted signing certificate"},
        )
    )

    assert isinstance(fact, Attempted)
    assert (fact.target, fact.error) == (Ref("Role", "111122223333/deploy"), "Untrusted signing certificate")
