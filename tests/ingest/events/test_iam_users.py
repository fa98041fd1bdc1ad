"""IAM users: ids, names, tags, passwords."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Created, Fact, Named, Renamed, Tagged, Untagged
from ingest.identity import Ref, User

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
ACCOUNT = "111122223333"
KEY = Ref("AccessKey", "AKIAALICE")
BOB = Ref("Name", f"{ACCOUNT}/bob")
MADE = {
    "path": "/team/",
    "userName": "Bob",
    "userId": "AIDABOB",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/team/Bob",
    "createDate": "May 6, 2024 7:08:09 AM",
}


def test_create_user(record: Make, facts_of: FactsOf) -> None:
    """The user is known by its id, bears its name from now on, and has its tags from birth."""
    tags = [{"key": "Team", "value": "red"}]
    facts = facts_of(
        record(
            "iam",
            "CreateUser",
            requestParameters={"userName": "Bob", "tags": tags},
            responseElements={"user": MADE | {"tags": tags}},
        )
    )
    bob = User("AIDABOB", ACCOUNT, "Bob", f"arn:aws:iam::{ACCOUNT}:user/team/Bob")

    assert facts == [
        Named(at=AT, event="e-1", user=bob),
        Created(at=AT, event="e-1", target=bob.ref, by=KEY, what="CreateUser"),
        Tagged(at=AT, event="e-1", target=bob.ref, tags=(("Team", "red"),)),
    ]


def test_rename_is_of_the_name(record: Make, facts_of: FactsOf) -> None:
    """No id is logged: whoever bears the old name, in its case, bears the new one."""
    facts = facts_of(record("iam", "UpdateUser", requestParameters={"userName": "Bob", "newUserName": "Rob"}))

    assert facts == [
        Renamed(at=AT, event="e-1", account=ACCOUNT, old="Bob", new="Rob"),
        Changed(at=AT, event="e-1", target=BOB, by=KEY, what="UpdateUser", detail="Rob"),
    ]


def test_new_path_is_no_rename(record: Make, facts_of: FactsOf) -> None:
    """A new path alone leaves the name as it is."""
    facts = facts_of(record("iam", "UpdateUser", requestParameters={"userName": "bob", "newPath": "/x/"}))

    assert facts == [Changed(at=AT, event="e-1", target=BOB, by=KEY, what="UpdateUser", detail="/x/")]


def test_refused_rename_changes_nothing(record: Make, facts_of: FactsOf) -> None:
    """A refused rename is an attempt on the old name."""
    asked = {"userName": "bob", "newUserName": "rob"}
    facts = facts_of(record("iam", "UpdateUser", requestParameters=asked, errorCode="EntityAlreadyExists"))

    assert facts == [Attempted(at=AT, event="e-1", by=KEY, what="UpdateUser", error="EntityAlreadyExists", target=BOB)]


def test_tags_set_and_taken(record: Make, facts_of: FactsOf) -> None:
    """Tagging and untagging hang on the user's name."""
    asked = {"userName": "BOB", "tags": [{"key": "Team", "value": "red"}, {"key": "Empty", "value": ""}]}
    tagged = facts_of(record("iam", "TagUser", requestParameters=asked))
    untagged = facts_of(record("iam", "UntagUser", requestParameters={"userName": "bob", "tagKeys": ["team"]}))

    assert tagged == [Tagged(at=AT, event="e-1", target=BOB, tags=(("Team", "red"), ("Empty", "")))]
    assert untagged == [Untagged(at=AT, event="e-1", target=BOB, keys=("team",))]


@pytest.mark.parametrize("event", ["CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"])
def test_password_of_another(record: Make, facts_of: FactsOf, event: str) -> None:
    """Who set bob's password shows, and that it was bob's."""
    facts = facts_of(record("iam", event, requestParameters={"userName": "bob"}))

    assert facts == [Changed(at=AT, event="e-1", target=BOB, by=KEY, what=event)]


def test_own_password(record: Make, facts_of: FactsOf) -> None:
    """A null request is about the caller itself, which is known by its id."""
    facts = facts_of(record("iam", "CreateLoginProfile"))

    assert facts == [Changed(at=AT, event="e-1", target=Ref("User", "AIDAALICE"), by=KEY, what="CreateLoginProfile")]


def test_groups(record: Make, facts_of: FactsOf) -> None:
    """Putting a user into a group marks the user with the group's name."""
    facts = facts_of(record("iam", "AddUserToGroup", requestParameters={"userName": "bob", "groupName": "admins"}))

    assert facts == [Changed(at=AT, event="e-1", target=BOB, by=KEY, what="AddUserToGroup", detail="admins")]


def test_delete_user(record: Make, facts_of: FactsOf) -> None:
    """The end of a user is a mark on its name."""
    facts = facts_of(record("iam", "DeleteUser", requestParameters={"userName": "bob"}))

    assert facts == [Changed(at=AT, event="e-1", target=BOB, by=KEY, what="DeleteUser")]


@pytest.mark.parametrize("event", ["CreateUser", "CreateAccessKey", "AttachUserPolicy", "UpdateLoginProfile"])
@pytest.mark.parametrize(
    ("message", "target"),
    [
        ("User: x is not authorized to perform: it on resource: user Bob because no policy allows it", BOB),
        (f"User: x is not authorized to perform: it on resource: arn:aws:iam::{ACCOUNT}:user/team/Bob", BOB),
        ("User: x is not authorized to perform: it on resource: group Bob", Ref("Account", ACCOUNT)),
        ("Access denied", Ref("Account", ACCOUNT)),
    ],
)
def test_denied_without_parameters(record: Make, facts_of: FactsOf, event: str, message: str, target: Ref) -> None:
    """A denied call logs no parameters: its user is in the message, and is never taken to be the caller itself."""
    (fact,) = facts_of(record("iam", event, errorCode="AccessDenied", errorMessage=message))

    assert isinstance(fact, Attempted)
    assert fact.target == target


def test_failed_self_service(record: Make, facts_of: FactsOf) -> None:
    """A call that failed for another reason had no name in it: it was about the caller's own user."""
    (fact,) = facts_of(record("iam", "CreateAccessKey", errorCode="LimitExceededException", errorMessage="quota of 2"))

    assert isinstance(fact, Attempted)
    assert fact.target == Ref("User", "AIDAALICE")


def test_user_of_whom_nothing_is_shown(record: Make, facts_of: FactsOf) -> None:
    """A user made in a call whose request and answer were left out is not the caller."""
    (fact,) = facts_of(record("iam", "CreateUser"))

    assert isinstance(fact, Changed)
    assert fact.target == Ref("Account", ACCOUNT)
