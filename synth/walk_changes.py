"""Steps of a random walk that change IAM, or fail to: tags that come late, renames, names that are taken again."""

from functools import partial
from typing import Any

from synth.ledger import GLOBAL_REGION
from synth.principal import User
from synth.walk import NAMES, Walk


def tag(walk: Walk) -> None:
    """Set or take away tags late, when sessions are running already."""
    found = walk.user() if walk.happens(0.5) else walk.role()
    if found is None:
        return
    account, target = found
    by, tags = walk.by(account), walk.tags() or {"owner": "nobody"}
    gone = walk.happens(0.3)
    if isinstance(target, User):
        untag, tag = partial(account.untag_user, target), partial(account.tag_user, target)
    else:
        untag, tag = partial(account.untag_role, target), partial(account.tag_role, target)
    if gone:
        untag(list(tags), by=by)
    else:
        tag(tags, by=by)


def tag_provider(walk: Walk) -> None:
    """Tag a provider: no principal's tags."""
    if walk.providers:
        account, provider = walk.rng.choice(walk.providers)
        account.tag_provider(provider, walk.tags() or {"owner": "nobody"}, by=walk.by(account))


def mint(walk: Walk) -> None:
    """Make a key for a user."""
    found = walk.user()
    if found is not None:
        account, user = found
        made = account.create_access_key(user, by=walk.by(account))
        account.use(made, "sts:GetCallerIdentity")
        walk.keep(account, made)


def switch_off(walk: Walk) -> None:
    """Switch a key off."""
    account, key = walk.credential()
    if key.session.kind == "long-lived" and key is not walk.admins[account.number]:
        account.update_access_key(key, by=walk.by(account), active=False)


def rename(walk: Walk) -> None:
    """Rename a user, and now and then back, with a call in between."""
    found = walk.user()
    if found is None:
        return
    account, user = found
    by, old = walk.admins[account.number], user.name
    account.rename_user(user, f"{old}-{walk.rng.getrandbits(12)}", by=by)
    for owner, key in walk.live:
        if key.session.bearer is user:
            owner.use(key, "s3:ListBuckets")
    if walk.happens(0.5) and old not in account.users:
        account.rename_user(user, old, by=by)


def again_user(walk: Walk) -> None:
    """Delete a user and make another of its name, with other tags."""
    found = walk.user()
    if found is not None:
        account, user = found
        by = walk.admins[account.number]
        account.delete_user(user, by=by)
        fresh = account.create_user(user.name, by=by, tags=walk.tags())
        walk.keep(account, account.create_access_key(fresh, by=by))


def again_role(walk: Walk) -> None:
    """Delete a role and make another of its name, with other tags."""
    found = walk.role()
    if found is not None:
        account, role = found
        by = walk.admins[account.number]
        account.delete_role(role, by=by)
        account.create_role(role.name, by=by, tags=walk.tags(), trusts=set(role.trusts))


def close(walk: Walk) -> None:
    """Let a role trust its own account only: calls from elsewhere are denied from now on."""
    found = walk.role()
    if found is not None:
        account, role = found
        account.update_trust(role, {account.number}, by=walk.by(account))


def password(walk: Walk) -> None:
    """Give a user a password and a policy, and let somebody mistype it."""
    found = walk.user()
    if found is not None:
        account, user = found
        account.create_login_profile(user, by=walk.by(account))
        account.attach_user_policy(user, "ReadOnlyAccess", by=walk.by(account))
        account.failed_login(user.name)


def denied_change(walk: Walk) -> None:
    """Let somebody fail to change IAM: such a record names what was asked for, and nothing came of it."""
    account, by = walk.credential()
    request: dict[str, Any] = {"userName": walk.rng.choice(NAMES)}
    event, code = walk.rng.choice(_FAILURES)
    request |= {"newUserName": "mallory"} if event == "iam:UpdateUser" else {}
    request |= {"tags": [{"key": "team", "value": "stolen"}]} if event == "iam:TagUser" else {}
    account.use(by, event, request=request, error=(code, "not today"), region=GLOBAL_REGION)


_FAILURES = (
    ("iam:TagUser", "AccessDenied"),
    ("iam:UpdateUser", "NoSuchEntityException"),
    ("iam:CreateAccessKey", "LimitExceededException"),
)
