"""What a request names: users, roles, the account, ARNs that the log leaves to be put together."""

from ingest.identity import Ref, name_id, role_of
from ingest.record import Call


def account(call: Call) -> Ref:
    """The account that the call was about: the one that received the record."""
    return Ref("Account", call.account or call.actor.account)


def user_named(call: Call, name: str | None) -> Ref:
    """The user that `name` stands for; without a name IAM takes the caller's own user.

    Roots and users are known by their id, a name only as the name that it was then.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    if name:
        return Ref("Name", name_id(account(call).id, name))
    return call.actor.user.ref if call.actor.user else account(call)


def role_named(call: Call, role: str | None) -> Ref:
    """The role that a name or ARN (with any path) stands for; without either, the account."""
    if not role:
        return account(call)
    if role.startswith("arn:"):
        return role_of(role).ref
    return Ref("Role", name_id(account(call).id, role.rsplit("/", 1)[-1]))


def arn(call: Call, service: str, resource: str) -> str:
    """The ARN of a `resource` of this Region and account; one that is an ARN already stays as it is."""
    if resource.startswith("arn:"):
        return resource
    return f"arn:{partition(call)}:{service}:{call.region}:{account(call).id}:{resource}"


def partition(call: Call) -> str:
    """The partition of the call: as the caller's ARN says, else as the Region's name says.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    if call.actor.arn.count(":") > 1:
        return call.actor.arn.split(":", 2)[1]
    return next((name for start, name in _PARTITIONS if call.region.startswith(start)), "aws")


def last(text: str | None) -> str:
    """The last part of an ARN or path: what a person calls the thing by; '' for nothing."""
    return (text or "").rsplit("/", 1)[-1]


_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eusc-", "aws-eusc"),
)
