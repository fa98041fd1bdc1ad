import pytest

from synth.organization import Account, Organization


@pytest.fixture
def prod() -> Account:
    """Give an account."""
    return Organization(8).account("prod")


def truth_of(account: Account, key: str) -> tuple[tuple[str, ...], str, bool]:
    """Give chain, origin and completeness of a key."""
    truth = Organization.truth(account.world)[key]  # type: ignore[arg-type]  # the world is the organization
    return truth.chain, truth.origin_id, truth.complete


def test_instance_session(prod: Account) -> None:
    """EC2's record has no assumedRoleUser; the calls name the instance; the chain ends at the service."""
    role = prod.existing_role("App")
    made = prod.instance(role)
    record = prod.trail.records[-1]
    call = prod.use(made, "s3:ListBuckets")

    assert "assumedRoleUser" not in record["responseElements"]
    assert "sharedEventID" in record
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert call["userIdentity"]["inScopeOf"]["issuerType"] == "AWS::EC2::Instance"
    assert truth_of(prod, made.key) == ((role.arn, "ec2.amazonaws.com"), "ec2.amazonaws.com", True)


def test_pod_tags_are_transitive(prod: Account) -> None:
    """Pod Identity passes six tags that go down the chain; the node's own event has no response."""
    role = prod.existing_role("App")
    node = prod.instance(role)
    pod = prod.pod(role, node=node, cluster="main", namespace="shop", service_account="cart")
    asked, issued = prod.trail.records[-2:]

    assert (asked["eventName"], asked["responseElements"]) == ("AssumeRoleForPodIdentity", None)
    assert len(issued["requestParameters"]["transitiveTagKeys"]) == 6
    assert pod.session.transitive == pod.session.passed


def test_certificate_sets_the_source_identity(prod: Account) -> None:
    """Roles Anywhere puts the certificate's name into the source identity, its serial into the session's name."""
    made = prod.anywhere(prod.existing_role("App"), common_name="build-7.example.com")
    call = prod.use(made, "s3:ListBuckets")

    assert call["userIdentity"]["sessionContext"]["sourceIdentity"] == "CN=build-7.example.com"


def test_linked_role_calls_have_no_key(prod: Account) -> None:
    """A service that acts by its linked role shows a session without a key; only the issued key is known."""
    role = prod.service_linked_role("rds.amazonaws.com", "AWSServiceRoleForRDS")
    call = prod.linked_use(role, "rds.amazonaws.com", "ec2:DescribeSecurityGroups", name="SLRManagement")

    assert "accessKeyId" not in call["userIdentity"]
    assert call["userIdentity"]["invokedBy"] == "rds.amazonaws.com"
    assert call["userIdentity"]["type"] == "AssumedRole"


def test_session_that_nobody_saw_begin(prod: Account) -> None:
    """A role session known by use alone ends at its role, incomplete."""
    role = prod.existing_role("App")
    made = prod.unseen_session(role, name="x")

    assert truth_of(prod, made.key) == ((role.arn,), "", False)
