"""The demo's incident: a CI key leaks, and what was done with it over three accounts, among everybody else's work."""

from typing import Any, NamedTuple

import msgspec

from synth.credential import Credential
from synth.ledger import Refused
from synth.organization import Account, Organization
from synth.principal import Role, User
from synth.trail import Record
from synth.truth import Truth

_THIEF = ("203.0.113.66", "Boto3/1.38.2 md/Botocore#1.38.2 ua/2.0 os/linux#6.11.0-kali md/arch#x86_64 lang/python#3.12")
_READS = (
    "ec2:DescribeInstances",
    "ec2:DescribeSecurityGroups",
    "s3:ListBuckets",
    "logs:DescribeLogGroups",
    "monitoring:DescribeAlarms",
    "lambda:ListFunctions20150331",
    "rds:DescribeDBInstances",
    "sts:GetCallerIdentity",
)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A key worth looking at, and one line that says why."""

    key: str
    line: str


class Incident(NamedTuple):
    """The trail, the truth by key, and the keys that the story is about: leaked, deepest, minted, console, stack."""

    records: list[Record]
    truth: dict[str, Truth]
    story: dict[str, Mark]


class _Stage(msgspec.Struct, eq=False, kw_only=True):
    """Everybody and everything there is before the story begins."""

    org: Organization
    build: Account
    prod: Account
    admin: Credential
    leaked: Credential
    bob: User
    deployer: Role
    release: Role
    operations: Role
    executor: Role
    workers: list[tuple[Account, Credential]]


def incident(seed: int = 2026) -> Incident:
    """Give the incident, some hundreds of records over one morning; the same seed gives the same, byte for byte."""
    stage = _stage(Organization(seed))
    _background(stage, 70)
    _ordinary_release(stage)
    _background(stage, 60)
    stage.org.tick(2 * 3600)
    _hire_workers(stage)
    deepest = _intrusion(stage)
    minted, stack_key = _foothold(stage, deepest)
    _background(stage, 60)
    console = _response(stage)
    story = _story(stage.leaked, deepest, minted, console, stack_key)
    return Incident(stage.org.records, stage.org.truth(), story)


def _story(leaked: Credential, deepest: Credential, minted: Credential, console: Credential, stack: Credential) -> Any:  # noqa: ANN401 -- typed where it is kept
    lines = (
        ("leaked", leaked, "the CI user's key, used from an address that the build never had"),
        ("deepest", deepest, "the end of the role chain: three roles and an account away from the leaked key"),
        ("minted", minted, "bob's key on paper: it was the intruder's session that made it"),
        ("stack", stack, "what a stack did under its own role, because the intruder changed the stack"),
        ("console", console, "erin's console session by Identity Center, in which the key was switched off"),
    )
    return {name: Mark(key=credential.key, line=line) for name, credential, line in lines}


def _stage(org: Organization) -> _Stage:
    org.account("management", region="us-east-1")
    build, prod = org.account("build", region="eu-west-1"), org.account("prod", region="eu-west-1")
    admin = build.existing_key(build.existing_user("provisioner", tags={"team": "platform"}))
    prod_admin = prod.existing_key(prod.existing_user("provisioner", tags={"team": "platform"}))
    tags = {"team": "platform", "cost-center": "1107"}
    ci = build.create_user("ci-deployer", by=admin, path="/machines/", tags=tags)
    leaked = build.create_access_key(ci, by=admin)
    deployer = build.create_role("Deployer", by=admin, tags={"stage": "build"})
    release = prod.create_role(
        "Release", by=prod_admin, path="/delivery/", tags={"stage": "prod"}, trusts={build.number}
    )
    operations = prod.create_role("OperationsAdmin", by=prod_admin, tags={"stage": "prod"}, trusts={release.arn})
    executor = prod.create_role("StackExecutor", by=prod_admin, trusts={"cloudformation.amazonaws.com"})
    prod.attach_role_policy(operations, "IAMFullAccess", by=prod_admin)
    bob = prod.create_user("bob", by=prod_admin, tags={"team": "shop", "Mail": "bob@example.com"})
    stage = _Stage(
        org=org,
        build=build,
        prod=prod,
        admin=prod_admin,
        leaked=leaked,
        bob=bob,
        deployer=deployer,
        release=release,
        operations=operations,
        executor=executor,
        workers=[],
    )
    _hire_workers(stage)
    return stage


def _hire_workers(stage: _Stage) -> None:
    """Start the workloads and people whose everyday calls surround the story."""
    build, prod = stage.build, stage.prod
    app = prod.roles.get("AppServer") or prod.create_role(
        "AppServer", by=stage.admin, tags={"app": "shop"}, trusts={"ec2.amazonaws.com"}
    )
    report = prod.roles.get("NightlyReport") or prod.existing_role("NightlyReport", trusts={"lambda.amazonaws.com"})
    linked = prod.roles.get("AWSServiceRoleForRDS") or prod.service_linked_role(
        "rds.amazonaws.com", "AWSServiceRoleForRDS"
    )
    prod.linked_use(linked, "rds.amazonaws.com", "ec2:DescribeSecurityGroups", name="SLRManagement")
    dana = build.existing_key(build.users.get("dana") or build.existing_user("dana", tags={"team": "shop"}))
    role, provider = prod.sso_role("ReadOnly")
    finn = prod.identity_center(role, provider=provider, person=stage.org.person("finn@example.com"))
    stage.workers[:] = [
        (prod, prod.instance(app)),
        (prod, prod.instance(app)),
        (prod, prod.function(report, "nightly-report")),
        (build, dana),
        (prod, finn),
    ]


def _background(stage: _Stage, calls: int) -> None:
    rng = stage.org.trail.rng
    for _ in range(calls):
        account, credential = rng.choice(stage.workers)
        stage.org.tick(rng.randrange(2, 60))
        account.use(credential, rng.choice(_READS))


def _ordinary_release(stage: _Stage) -> None:
    """Do what the leaked key is for: a build deploys, over two accounts, with a stack that has a role of its own."""
    build, prod, org = stage.build, stage.prod, stage.org
    for number in (1041, 1042):
        tags = {"build": str(number), "repository": "example/shop"}
        first = build.assume_role(
            stage.deployer, by=stage.leaked, name=f"build-{number}", tags=tags, transitive=["repository"], times=2
        )
        org.tick(4)
        second = build.assume_role(stage.release, by=first, name=f"build-{number}", tags={"change": f"CHG{number}"})
        org.tick(9)
        stack = prod.create_stack(f"shop-{number}", by=second, role=stage.executor)
        org.tick(3)
        prod.stack_acts(stack, "lambda:UpdateFunctionCode20150331v2", by=second, request={"functionName": "shop"})
        _background(stage, 15)


def _intrusion(stage: _Stage) -> Credential:
    """Use the leaked key from elsewhere: look around, be denied once, then walk down to the strongest role."""
    build, org = stage.build, stage.org
    stage.leaked.address, stage.leaked.agent = _THIEF
    for event in ("sts:GetCallerIdentity", "iam:ListUsers", "iam:ListRoles", "s3:ListBuckets"):
        org.tick(11)
        build.use(stage.leaked, event)
    _denied(stage, stage.operations, by=stage.leaked)
    tags = {"build": "1043", "repository": "example/shop"}
    first = build.assume_role(stage.deployer, by=stage.leaked, name="build-1043", tags=tags, transitive=["repository"])
    org.tick(38)
    second = build.assume_role(stage.release, by=first, name="build-1043", tags={"change": "CHG1043"})
    org.tick(21)
    stage.prod.use(second, "iam:ListAttachedRolePolicies", request={"roleName": "OperationsAdmin"})
    org.tick(30)
    return stage.prod.assume_role(stage.operations, by=second, name="maintenance")


def _denied(stage: _Stage, role: Role, *, by: Credential) -> None:
    stage.org.tick(17)
    try:
        stage.build.assume_role(role, by=by, name="build-1043")
    except Refused:
        stage.org.tick(25)


def _foothold(stage: _Stage, deepest: Credential) -> tuple[Credential, Credential]:
    """Mint a key for bob, read a secret with it, open a role to the world, and let the stack do something."""
    prod, org = stage.prod, stage.org
    org.tick(44)
    minted = prod.create_access_key(stage.bob, by=deepest)
    minted.address, minted.agent = _THIEF
    prod.attach_user_policy(stage.bob, "AdministratorAccess", by=deepest)
    org.tick(60)
    secret = {"secretId": "prod/shop/database"}
    for event in ("sts:GetCallerIdentity", "secretsmanager:ListSecrets"):
        prod.use(minted, event)
        org.tick(8)
    prod.use(minted, "secretsmanager:GetSecretValue", request=secret)
    prod.forwarded(minted, "secretsmanager.amazonaws.com", "kms:Decrypt")
    org.tick(90)
    prod.update_trust(stage.release, {stage.build.number, "arn:aws:iam::999988887777:root"}, by=minted)
    stack = prod.create_stack("metrics-agent", by=minted, role=stage.executor)
    org.tick(5)
    request = {"functionName": "metrics-agent", "role": stage.operations.arn}
    acted = prod.stack_acts(stack, "lambda:CreateFunction20150331", by=minted, request=request)
    return minted, acted


def _response(stage: _Stage) -> Credential:
    """Let erin find it: she signs in by Identity Center, looks around, and switches the leaked key off."""
    build, org = stage.build, stage.org
    role, provider = build.sso_role("IncidentResponse")
    console = build.identity_center(role, provider=provider, person=org.person("erin@example.com"))
    build.enter_console(console)
    for event in ("cloudtrail:LookupEvents", "iam:ListAccessKeys", "iam:GetUser", "cloudtrail:LookupEvents"):
        org.tick(40)
        build.use(build.rotated(console), event)
    build.update_access_key(stage.leaked, by=console, active=False)
    return console
