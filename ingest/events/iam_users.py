"""IAM users: made, renamed, tagged, deleted, put into groups, and their passwords.

Pages: https://docs.aws.amazon.com/IAM/latest/APIReference/ and its neighbour reference_identifiers.html.
"""

from collections.abc import Iterable

from ingest.deeds import changed, created, tagged, touched, untagged
from ingest.event import Registry
from ingest.facts import Fact, Named, Renamed
from ingest.identity import Ref, User, account_in
from ingest.issuance import TagList, pairs
from ingest.names import account, user_named
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"


class UserAsked(Shape):
    """`requestParameters` of calls about a user; without `userName` IAM takes the caller's own."""

    user_name: str | None = None
    new_user_name: str | None = None
    new_path: str | None = None
    group_name: str | None = None
    tags: TagList = None
    tag_keys: list[str] | None = None


class MadeUser(Shape):
    """`responseElements.user`."""

    user_id: str | None = None
    user_name: str | None = None
    arn: str | None = None
    tags: TagList = None


class UserAnswer(Shape):
    """`responseElements` of CreateUser."""

    user: MadeUser | None = None


def asked_user(call: Call) -> Ref:
    """The user that the request names, or the caller itself."""
    return user_named(call, call.request(UserAsked).user_name)


@events.handles(
    "iam",
    "CreateUser",
    gives="a user made, with id, name, ARN and first tags",
    page=_API + "CreateUser.html",
    refused=asked_user,
)
def create_user(call: Call) -> Iterable[Fact]:
    """The user by its id; by its name where the answer was left out; never the caller's own."""
    asked, user = call.request(UserAsked), call.response(UserAnswer).user or MadeUser()
    name = user.user_name or asked.user_name
    if not user.user_id:
        yield created(call, user_named(call, name)) if name else changed(call, account(call))
        return
    made = User(user.user_id, account_in(user.arn or "") or account(call).id, name or "", user.arn or "")
    yield Named(at=call.at, event=call.event, user=made)
    yield created(call, made.ref)
    yield from tagged(call, made.ref, pairs(user.tags) or pairs(asked.tags))


@events.handles(
    "iam",
    "UpdateUser",
    gives="a user renamed (its id stays) or moved to another path",
    page=_API + "UpdateUser.html",
    refused=asked_user,
)
def update_user(call: Call) -> Iterable[Fact]:
    """A rename from the old name to the new; no id is logged, so whoever bore the old name bears the new."""
    asked = call.request(UserAsked)
    if asked.user_name and asked.new_user_name:
        yield Renamed(
            at=call.at,
            event=call.event,
            account=account(call).id,
            old=asked.user_name,
            new=asked.new_user_name,
        )
    yield changed(call, asked_user(call), asked.new_user_name or asked.new_path or "")


@events.handles("iam", "DeleteUser", gives="the end of a user", page=_API + "DeleteUser.html", denied=True)
def delete_user(call: Call) -> Iterable[Fact]:
    """A mark on the name: no id is logged."""
    yield touched(call, asked_user(call))


@events.handles("iam", "TagUser", gives="tags set on a user", page=_API + "TagUser.html", refused=asked_user)
def tag_user(call: Call) -> Iterable[Fact]:
    """The tags, over those with the same keys without regard to case."""
    return tagged(call, asked_user(call), pairs(call.request(UserAsked).tags))


@events.handles("iam", "UntagUser", gives="tags taken from a user", page=_API + "UntagUser.html", refused=asked_user)
def untag_user(call: Call) -> Iterable[Fact]:
    """The tag keys, compared without regard to case."""
    return untagged(call, asked_user(call), call.request(UserAsked).tag_keys)


@events.handles(
    "iam",
    "CreateLoginProfile",
    "UpdateLoginProfile",
    "DeleteLoginProfile",
    "ChangePassword",
    gives="a user's password set, changed or taken away, and by whom",
    page=_API + "CreateLoginProfile.html",
    denied=True,
)
def login_profile(call: Call) -> Iterable[Fact]:
    """A mark on the name, or on the caller's own user where the request is null; the password is never logged."""
    yield touched(call, asked_user(call))


@events.handles(
    "iam",
    "AddUserToGroup",
    "RemoveUserFromGroup",
    gives="a user put into a group or taken out",
    page=_API + "AddUserToGroup.html",
    denied=True,
)
def membership(call: Call) -> Iterable[Fact]:
    """A mark on the user with the group's name."""
    yield touched(call, asked_user(call), call.request(UserAsked).group_name or "")
