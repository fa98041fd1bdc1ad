"""EKS: pods' credentials, and who is let into a cluster."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Changed, Created, Fact, RunsAs
from ingest.identity import Ref

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

EKS = "arn:aws:eks:eu-west-1:111122223333:"


def test_pod_identity(record: Make, facts_of: FactsOf) -> None:
    """The node's call has no answer in the log: a mark on the cluster, no issuance."""
    asked = {"clusterName": "c", "token": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    (fact,) = facts_of(record("eks-auth", "AssumeRoleForPodIdentity", requestParameters=asked))

    assert isinstance(fact, Changed)
    assert fact.target == Ref("Workload", f"{EKS}cluster/c")


@pytest.mark.parametrize(
    ("principal", "target"),
    [
        ("arn:aws:iam::111122223333:role/x/Admin", Ref("Role", "111122223333/admin")),
        ("arn:aws:iam::111122223333:user/x/Bob", Ref("Name", "111122223333/bob")),
        ("arn:aws:iam::999999999999:user/x/Bob", Ref("Name", "999999999999/bob")),
    ],
)
@pytest.mark.parametrize("field", ["name", "clusterName"])
def test_access_entry(record: Make, facts_of: FactsOf, principal: str, target: Ref, field: str) -> None:
    """The principal that was let in is marked with the cluster, however its field is called."""
    asked = {field: "c", "principalArn": principal}
    (fact,) = facts_of(record("eks", "CreateAccessEntry", requestParameters=asked))

    assert isinstance(fact, Changed)
    assert (fact.target, fact.detail) == (target, "c")


def test_pod_identity_association(record: Make, facts_of: FactsOf) -> None:
    """The association acts as the role that it hands out; deleted by its id, it is the same one."""
    arn = f"{EKS}podidentityassociation/c/a-1"
    made, handed = facts_of(
        record(
            "eks",
            "CreatePodIdentityAssociation",
            requestParameters={
                "name": "c",
                "namespace": "n",
                "serviceAccount": "s",
                "roleArn": "arn:aws:iam::111122223333:role/Pod",
            },
            responseElements={"association": {"associationArn": arn}},
        )
    )
    (gone,) = facts_of(
        record("eks", "DeletePodIdentityAssociation", requestParameters={"name": "c", "associationId": "a-1"})
    )

    assert isinstance(made, Created)
    assert isinstance(handed, RunsAs)
    assert handed.role == Ref("Role", "111122223333/pod")
    assert isinstance(gone, Changed)
    assert made.target == handed.thing == gone.target == Ref("Workload", arn)
