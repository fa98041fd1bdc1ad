"""Steps of a random walk that open sessions and use them."""

from collections.abc import Callable
from typing import Any

from synth.credential import Credential
from synth.organization import Account
from synth.principal import Role
from synth.walk import EVENTS, NAMES, SESSIONS, Walk


def use(walk: Walk) -> None:
    """Make a plain call."""
    account, credential = walk.credential()
    account.use(credential, walk.rng.choice(EVENTS))


def assume(walk: Walk) -> None:
    """Assume a role, now and then twice or thrice in one second."""
    target = walk.role()
    if target is None:
        return
    account, by = walk.credential()
    tags = walk.tags()
    terms: dict[str, Any] = {"tags": tags, "transitive": [key for key in tags if walk.happens(0.5)]}
    if walk.happens(0.2):
        terms["source_identity"] = walk.rng.choice(NAMES)
    if walk.happens(0.3):
        terms["times"] = walk.rng.choice((2, 3))
    name = f"{walk.rng.choice(SESSIONS)}-{walk.rng.getrandbits(20)}"
    made = account.assume_role(target[1], by=by, name=name, **terms)
    walk.keep(target[0], made)
    target[0].use(made, walk.rng.choice(EVENTS))


def collide(walk: Walk) -> None:
    """Let two users open sessions of one name in one second, and a service act for one of them."""
    account = walk.account()
    keys = [key for owner, key in walk.live if owner is account and key.session.kind == "long-lived"]
    roles = [role for role in account.roles.values() if role.path == "/"]
    if not roles:
        return
    role = walk.rng.choice(roles)
    for key in walk.rng.sample(keys, min(2, len(keys))):
        made = account.assume_role(role, by=key, name="shared")
        walk.keep(account, made)
    walk.keep(account, account.forwarded(made, "athena.amazonaws.com", "s3:GetObject"))


def token(walk: Walk) -> None:
    """Get a session or federation token."""
    account, by = walk.credential()
    if walk.happens(0.5):
        made = account.get_session_token(by, mfa=walk.happens(0.5))
    else:
        made = account.get_federation_token(by, name=walk.rng.choice(SESSIONS), tags=walk.tags())
    walk.keep(account, made)
    account.use(made, "s3:ListBuckets")


def root(walk: Walk) -> None:
    """Assume the root of another account, or sign in as root."""
    account, by = walk.credential()
    target = walk.account()
    if account.number == walk.org.management and target is not account:
        account.use(account.assume_root(by, target=target), "iam:GetLoginProfile")
    else:
        walk.keep(account, account.console_login(None))


def console(walk: Walk) -> None:
    """Sign in, change keys, run `aws login`, switch roles."""
    found = walk.user()
    if found is None:
        return
    account, user = found
    login = account.console_login(user)
    for event in EVENTS[:2]:
        account.use(account.rotated(login), event)
    if not walk.org.trail.old_style and walk.happens(0.3):
        account.use(account.aws_login(login), "s3:ListBuckets")
    walk.keep(account, login)
    target = walk.role()
    if target is not None:
        switched = account.switch_role(target[1], by=login)
        target[0].use(switched, "ec2:DescribeInstances")
        walk.keep(target[0], switched)


def signin_token(walk: Walk) -> None:
    """Trade a session for a console sign-in."""
    account, by = walk.credential()
    if by.session.kind in {"role", "federated"}:
        made = account.signin_token(by, duration=walk.rng.choice((None, 3600)))
        account.use(made, "ec2:DescribeInstances")


def federate(walk: Walk) -> None:
    """Come from a SAML or OIDC provider."""
    target = walk.role()
    if target is None:
        return
    account, role = target
    admin, tags = walk.admins[account.number], walk.tags()
    terms: dict[str, Any] = {"tags": tags, "transitive": list(tags)[:1]}
    if walk.happens(0.5):
        provider = account.create_saml_provider(f"idp-{walk.rng.getrandbits(16)}", by=admin, tags=walk.tags())
        made = account.assume_role_with_saml(role, provider=provider, subject="zoe@example.com", **terms)
    else:
        provider = account.create_oidc_provider("token.actions.githubusercontent.com", by=admin)
        made = account.github_actions(role, provider=provider, repository="example/shop", **terms)
    walk.providers.append((account, provider))
    account.use(made, "s3:ListBuckets")
    walk.keep(account, made)


def pool(walk: Walk) -> None:
    """Come from Cognito."""
    target = walk.role()
    if target is not None:
        account, role = target
        made = account.cognito_credentials(role)
        account.use(made, "s3:GetObject")


def portal(walk: Walk) -> None:
    """Come from Identity Center."""
    account = walk.account()
    role, provider = account.sso_role(walk.rng.choice(("ReadOnly", "Admin")))
    person = walk.org.person(f"{walk.rng.choice(NAMES)}@example.com")
    made = account.identity_center(role, provider=provider, person=person, propagate=walk.happens(0.8))
    for event in EVENTS[:2]:
        account.use(made, event)
    walk.keep(account, made)


def workload(walk: Walk) -> None:
    """Start a workload."""
    target = walk.role()
    if target is None:
        return
    account, role = target
    made = walk.rng.choice(_WORKLOADS)(account, role)
    account.use(made, walk.rng.choice(EVENTS))
    walk.keep(account, made)


def _in_pod(account: Account, role: Role) -> Credential:
    node = account.instance(role)
    return account.pod(role, node=node, cluster="main", namespace="shop", service_account="cart")


_WORKLOADS: tuple[Callable[[Account, Role], Credential], ...] = (
    lambda account, role: account.instance(role, times=account.rng.choice((1, 2, 3))),
    lambda account, role: account.function(role, "report"),
    lambda account, role: account.task(role),
    lambda account, role: account.anywhere(role, common_name="build-7.example.com"),
    _in_pod,
)


def linked(walk: Walk) -> None:
    """Let a service act by its linked role."""
    account = walk.account()
    role = account.roles.get("AWSServiceRoleForRDS")
    role = role or account.service_linked_role("rds.amazonaws.com", "AWSServiceRoleForRDS")
    account.linked_use(role, "rds.amazonaws.com", "ec2:DescribeSecurityGroups", name="SLRManagement")


def unseen(walk: Walk) -> None:
    """Use a session that nobody saw begin."""
    target = walk.role()
    if target is not None:
        account, role = target
        made = account.unseen_session(role, name=f"unseen-{walk.rng.getrandbits(20)}")
        account.use(made, "s3:ListBuckets")
        walk.keep(account, made)


def forward(walk: Walk) -> None:
    """Let a service act for a caller."""
    account, by = walk.credential()
    account.forwarded(by, "secretsmanager.amazonaws.com", "kms:Decrypt")


def stack(walk: Walk) -> None:
    """Make or change a stack, and let it act."""
    account, by = walk.credential()
    mine = [stack for owner, stack in walk.stacks if owner is account]
    if mine and walk.happens(0.5):
        stack = walk.rng.choice(mine)
        account.update_stack(stack, by=by)
    else:
        roles = [role for role in account.roles.values() if role.path == "/"]
        role = walk.rng.choice([*roles, None])
        stack = account.create_stack(f"stack-{walk.rng.getrandbits(16)}", by=by, role=role)
        walk.stacks.append((account, stack))
    account.stack_acts(stack, "sqs:CreateQueue", by=by)
