"""EKS: credentials of pods, and who is let into a cluster.

https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, runs_as, touched
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref, account_in, name_id
from ingest.issuance import Asked, AssumedRoleUser, Credentials, issued, opened
from ingest.names import account, arn, last, role_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/eks/latest/APIReference/API_"


class ClusterAsked(Shape):
    """`requestParameters` about a cluster, which is `name` or `clusterName`; both are read [unverified]."""

    cluster_name: str | None = None
    name: str | None = None
    principal_arn: str | None = None
    policy_arn: str | None = None
    role_arn: str | None = None
    target_role_arn: str | None = None
    association_id: str | None = None
    namespace: str | None = None
    service_account: str | None = None

    @property
    def cluster(self) -> str:
        """The cluster's name, or ''."""
        return last(self.cluster_name or self.name)


class PodAnswer(Shape):
    """`responseElements` of AssumeRoleForPodIdentity, null in every log seen."""

    credentials: Credentials | None = None
    assumed_role_user: AssumedRoleUser | None = None


def cluster(call: Call) -> Ref:
    """The cluster that the request names, or the account."""
    name = call.request(ClusterAsked).cluster
    return Ref("Workload", arn(call, "eks", f"cluster/{name}")) if name else account(call)


@events.handles(
    "eks-auth",
    "AssumeRoleForPodIdentity",
    gives="a pod's credentials asked for by its node, as a mark on the cluster; the key is in STS's AssumeRole by "
    "`pods.eks.amazonaws.com`, with the pod in its tags (issued here where the answer should show one)",
    page="https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html",
    refused=cluster,
)
def assume_role_for_pod_identity(call: Call) -> Iterable[Fact]:
    """A mark on the cluster: no field joins this call to STS's."""
    answer = call.response(PodAnswer)
    yield changed(call, cluster(call))
    yield from issued(call, answer.credentials, opened(call, "", None, answer.assumed_role_user), Asked())


@events.handles(
    "eks",
    "CreateAccessEntry",
    "UpdateAccessEntry",
    "DeleteAccessEntry",
    "AssociateAccessPolicy",
    "DisassociateAccessPolicy",
    gives="a principal let into a cluster, its rights there, or no longer, as a mark on the principal",
    page=_API + "CreateAccessEntry.html",
    denied=True,
)
def access_entry(call: Call) -> Iterable[Fact]:
    """A mark on the role or user with the cluster's name."""
    asked = call.request(ClusterAsked)
    principal = asked.principal_arn or ""
    kind = principal.split(":", 5)[-1].partition("/")[0]
    if kind == "user":
        target = Ref("Name", name_id(account_in(principal), last(principal)))
    else:
        target = role_named(call, principal) if principal else cluster(call)
    yield touched(call, target, asked.cluster)


class Association(Shape):
    """`responseElements.association`."""

    association_arn: str | None = None
    role_arn: str | None = None


class AssociationAnswer(Shape):
    """`responseElements` about pod identity associations."""

    association: Association | None = None


def association(call: Call) -> Ref:
    """The association: its ARN as answered or as cluster and id make it, else the cluster."""
    asked, answer = call.request(ClusterAsked), call.response(AssociationAnswer).association or Association()
    if answer.association_arn:
        return Ref("Workload", answer.association_arn)
    if asked.cluster and asked.association_id:
        return Ref("Workload", arn(call, "eks", f"podidentityassociation/{asked.cluster}/{asked.association_id}"))
    return cluster(call)


@events.handles(
    "eks",
    "CreatePodIdentityAssociation",
    "UpdatePodIdentityAssociation",
    "DeletePodIdentityAssociation",
    gives="a role handed to a service account's pods, or no longer",
    page=_API + "CreatePodIdentityAssociation.html",
    refused=association,
)
def pod_identity_association(call: Call) -> Iterable[Fact]:
    """The association and its role, or a mark on it."""
    thing, asked = association(call), call.request(ClusterAsked)
    words = (asked.namespace, asked.service_account)
    if call.name.startswith("Create"):
        yield created(call, thing)
    else:
        yield changed(call, thing, "/".join(word for word in words if word))
    if thing.label == "Workload" and not call.name.startswith("Delete"):
        yield from (runs_as(call, thing, role_named(call, role)) for role in (asked.role_arn,) if role)
