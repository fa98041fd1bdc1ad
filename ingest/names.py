"""What a request names: users, roles, the account, ARNs that the log leaves to be put together."""

import re

from ingest.identity import Ref, account_in, name_id, role_of
from ingest.record import Call


def account(call: Call) -> Ref:
    """The account that the call was about: the one that received the record."""
    return Ref("Account", call.account or call.actor.account)


def user_named(call: Call, name: str | None) -> Ref:
    """The user that `name` stands for; without a name IAM takes the caller's own user.

    Roots and users are known by their id, a name only as the name that it was then. Of a call that was denied the
    parameters are not logged: it is about the user in its error message, never the caller's own for want of a name.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    if name:
        return Ref("Name", name_id(account(call).id, name))
    if shown := wanted(call, "user"):
        return Ref("Name", name_id(account_in(shown) or account(call).id, last(shown)))
    own = call.actor.user
    return own.ref if own and "Denied" not in call.error else account(call)


def role_named(call: Call, role: str | None) -> Ref:
    """The role that a name or ARN (with any path) stands for; without either, that of a refusal, or the account."""
    role = role or wanted(call, "role")
    if not role:
        return account(call)
    if role.startswith("arn:"):
        return role_of(role).ref
    return Ref("Role", name_id(account(call).id, role.rsplit("/", 1)[-1]))


def wanted(call: Call, kind: str) -> str:
    """ARN of the user, role or provider (`kind`: what its ARN begins with) that a refusal's message names, or ''.

    Messages say `… on resource: <ARN>`, IAM's of many calls `… on resource: user <name>`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    found = _RESOURCE.search(call.record.errorMessage or "")
    shown = found.group(1).rstrip(".,;:'\")") if found else ""
    if shown.startswith(f"{kind} "):
        shown = f"arn:{partition(call)}:iam::{account(call).id}:{shown.replace(' ', '/', 1)}"
    return shown if shown.startswith("arn:") and shown.split(":", 5)[-1].startswith(f"{kind}/") else ""


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


_RESOURCE = re.compile(r"on resource:?\s+[\"']?((?:(?:user|role) )?[^\s\"']+)")
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
