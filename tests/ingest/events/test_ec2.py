"""Instances: made with a profile, given one, laid hands on."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
KEY = Ref("AccessKey", "AKIAALICE")
INSTANCE = Ref("Workload", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1")
PROFILE_ARN = "arn:aws:iam::111122223333:instance-profile/team/web"


@pytest.mark.parametrize("profile", [{"name": "web"}, {"arn": PROFILE_ARN}])
def test_run_instances(record: Make, facts_of: FactsOf, profile: Shown) -> None:
    """Each instance was made by the caller and marked with its profile; a profile is no role, so none is claimed."""
    facts = facts_of(
        record(
            "ec2",
            "RunInstances",
            requestParameters={"iamInstanceProfile": profile, "instancesSet": {"items": [{"imageId": "ami-1"}]}},
            responseElements={"instancesSet": {"items": [{"instanceId": "i-1"}]}},
        )
    )

    assert facts == [
        Created(at=AT, event="e-1", target=INSTANCE, by=KEY, what="RunInstances"),
        Changed(at=AT, event="e-1", target=INSTANCE, by=KEY, what="RunInstances", detail="web"),
    ]


@pytest.mark.parametrize("answer", [None, {"instancesSet": {}}])
def test_instances_too_many_to_be_logged(record: Make, facts_of: FactsOf, answer: Shown | None) -> None:
    """An answer over 100 KB is left out of the log: that instances were made, and with which profile, stays known."""
    asked = {"iamInstanceProfile": {"name": "web"}}
    facts = facts_of(record("ec2", "RunInstances", requestParameters=asked, responseElements=answer))

    account = Ref("Account", "111122223333")
    assert facts == [Changed(at=AT, event="e-1", target=account, by=KEY, what="RunInstances", detail="web")]


def test_dry_run_makes_no_instance(record: Make, facts_of: FactsOf) -> None:
    """A dry run that would have succeeded is a refusal."""
    (fact,) = facts_of(record("ec2", "RunInstances", errorCode="Client.DryRunOperation"))

    assert isinstance(fact, Attempted)
    assert fact.error == "Client.DryRunOperation"


WRAPPED = {"AssociateIamInstanceProfileRequest": {"IamInstanceProfile": {"Name": "web"}, "InstanceId": "i-1"}}


@pytest.mark.parametrize(
    ("event", "asked", "answer", "detail"),
    [
        ("AssociateIamInstanceProfile", {"instanceId": "i-1", "iamInstanceProfile": {"arn": PROFILE_ARN}}, {}, "web"),
        ("AssociateIamInstanceProfile", WRAPPED, {}, "web"),
        (
            "ReplaceIamInstanceProfileAssociation",
            {"ReplaceIamInstanceProfileAssociationRequest": {"AssociationId": "iip-assoc-1"}},
            {
                "ReplaceIamInstanceProfileAssociationResponse": {
                    "iamInstanceProfileAssociation": {"instanceId": "i-1", "iamInstanceProfile": {"arn": PROFILE_ARN}}
                }
            },
            "web",
        ),
        (
            "DisassociateIamInstanceProfile",
            {"DisassociateIamInstanceProfileRequest": {"AssociationId": "iip-assoc-1"}},
            {"iamInstanceProfileAssociation": {"instanceId": "i-1"}},
            "iip-assoc-1",
        ),
    ],
)
def test_profile_handed_over(
    record: Make, facts_of: FactsOf, event: str, asked: Shown, answer: Shown, detail: str
) -> None:
    """Plain or wrapped in the request's name, the instance is marked with the profile."""
    (fact,) = facts_of(record("ec2", event, requestParameters=asked, responseElements=answer))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (INSTANCE, detail)


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"userData": "<sensitiveDataRemoved>"}, "userData"),
        ({"disableApiTermination": {"value": False}}, "disableApiTermination"),
        ({"attribute": "groupSet", "value": "sg-1"}, "groupSet"),
    ],
)
def test_modify_instance_attribute(record: Make, facts_of: FactsOf, asked: Shown, detail: str) -> None:
    """The mark says which attribute."""
    (fact,) = facts_of(record("ec2", "ModifyInstanceAttribute", requestParameters={"instanceId": "i-1"} | asked))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (INSTANCE, detail)


def test_ssh_key_pushed(record: Make, facts_of: FactsOf) -> None:
    """A key pushed to an instance is a hand on it."""
    asked = {"instanceId": "i-1", "instanceOSUser": "ec2-user", "sSHPublicKey": "ssh-ed25519 A"}
    (fact,) = facts_of(record("ec2-instance-connect", "SendSSHPublicKey", requestParameters=asked))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (INSTANCE, "ec2-user")
