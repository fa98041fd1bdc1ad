import pytest

from synth.credential import Credential
from synth.ledger import Refused
from synth.organization import Account, Organization


def start(seed: int) -> tuple[Organization, Account, Credential]:
    """Give an account and a user's key."""
    org = Organization(seed)
    account = org.account("prod")
    return org, account, account.existing_key(account.existing_user("dana"))


def test_forwarded_calls_of_a_long_lived_key() -> None:
    """Each call of a service for a user has its own key, issued nowhere, begun in this second or the one before."""
    org, account, key = start(1)
    made = [account.forwarded(key, "secretsmanager.amazonaws.com", "kms:Decrypt") for _ in range(3)]
    call = org.records[-1]
    truth = org.truth()

    assert len({one.key for one in made}) == 3
    assert call["userIdentity"]["invokedBy"] == call["sourceIPAddress"] == "secretsmanager.amazonaws.com"
    for one in made:
        assert truth[one.key].chain == truth[key.key].chain
        assert (truth[one.key].kind, truth[one.key].evidence) == ("forwarded", "observed")
        assert one.session.start is not None
        assert org.trail.now - one.session.start in {0, 1}


def test_forwarded_calls_of_a_session() -> None:
    """For a session's key, a service's call has the creationDate of that session and leads where it leads."""
    org, account, key = start(2)
    parent = account.assume_role(account.existing_role("One"), by=key)
    org.tick(300)
    made = account.forwarded(parent, "athena.amazonaws.com", "s3:GetObject")
    truth = org.truth()

    assert truth[made.key].start == truth[parent.key].start
    assert truth[made.key].chain == truth[parent.key].chain
    assert truth[made.key].evidence == "session"


def test_stack_remembers_its_role() -> None:
    """Whoever changes a stack later, it acts by the role that it was given; the truth names who asked."""
    org, account, key = start(3)
    other = account.existing_key(account.existing_user("mallory"))
    role = account.existing_role("Executor")
    stack = account.create_stack("shop", by=key, role=role)
    account.update_stack(stack, by=other)
    asked = org.records[-1]
    made = account.stack_acts(stack, "sqs:CreateQueue", by=other)
    truth = org.truth()[made.key]

    assert "roleARN" not in asked["requestParameters"]
    assert truth.session == role.session_arn("AWSCloudFormation")
    assert truth.chain == (role.arn, "cloudformation.amazonaws.com")
    assert truth.asked_by == other.key


def test_stack_without_a_role_acts_as_its_caller() -> None:
    """A stack without a role works with the rights of whoever asked."""
    org, account, key = start(4)
    stack = account.create_stack("shop", by=key)
    made = account.stack_acts(stack, "sqs:CreateQueue", by=key)

    assert org.truth()[made.key].chain == org.truth()[key.key].chain
    assert org.records[-1]["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"


def test_stack_cannot_act_by_a_deleted_role() -> None:
    """A role that is made again under the name is another role: the stack's own is gone."""
    org, account, key = start(5)
    role = account.create_role("Executor", by=key)
    stack = account.create_stack("shop", by=key, role=role)
    account.delete_role(role, by=key)
    account.create_role("Executor", by=key)
    before = len(org.records)

    with pytest.raises(Refused):
        account.stack_acts(stack, "sqs:CreateQueue", by=key)
    assert len(org.records) == before
