"""The table "what the key is" of design.md section 4, a case a row, and how each link is found."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from graph.stores.sqlite import SQLiteStore
from queries.answer import Candidate, Origin
from queries.who import who
from synth.credential import Credential
from synth.organization import Account, Organization
from synth.principal import Provider, User
from tests.queries.chains import KEYS, arn, callee, told

Record = dict[str, Any]
Ingested = Callable[[Sequence[Any]], SQLiteStore]

# -- a user's own


def test_key_made_in_the_trail(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A long-lived key whose creation was seen is exact, starts with it, and never ends."""
    bob = prod.create_user("bob", by=alice)
    key = prod.create_access_key(bob, by=alice)
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([bob.arn], "IAMUser", "iam-user", True, "exact")
    assert answer.origin == Origin("IAMUser", bob.id, bob.arn, "bob")
    assert (answer.start, answer.end) == (org.records[-1]["eventTime"], None)
    assert (answer.trails, answer.seen.first) == ([], None)


def test_key_only_used(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A long-lived key that was only used is complete, by observation, with neither start nor end."""
    prod.use(alice, KEYS)
    (answer,) = who(ingested(org.records), alice.key)

    assert told(answer) == ([arn(prod, "user/alice")], "IAMUser", "iam-user", True, "observed")
    assert (answer.start, answer.end, answer.minted_by) == (None, None, None)
    assert answer.seen.first == answer.seen.last == org.records[0]["eventTime"]
    assert [place.address for place in answer.seen.places] == [org.records[0]["sourceIPAddress"]]


def test_root_key(ingested: Ingested, org: Organization, prod: Account) -> None:
    """A key of root's is root's, whatever the alias in its records says."""
    root = prod.root_key()
    record = prod.use(root, KEYS)
    record["userIdentity"]["userName"] = "our-alias"
    (answer,) = who(ingested(org.records), root.key)

    assert told(answer) == ([prod.root_arn], "Root", "root", True, "observed")
    assert answer.origin.name == "root"


@pytest.mark.parametrize("of_root", [False, True])
def test_session_token(ingested: Ingested, org: Organization, prod: Account, alice: Credential, of_root: bool) -> None:  # noqa: FBT001 -- a case
    """A GetSessionToken key acts as its user or root: one principal, two hops, the exact key that asked."""
    parent = prod.root_key() if of_root else alice
    token = prod.get_session_token(parent)
    (answer,) = who(ingested(org.records), token.key)
    kind, stop = ("Root", "root") if of_root else ("IAMUser", "iam-user")

    assert told(answer) == ([parent.session.acts_as], kind, stop, True, "exact")
    assert [(hop.access_key_id, hop.evidence) for hop in answer.hops] == [(token.key, "exact"), (parent.key, None)]


def test_session_token_only_used(ingested: Ingested, prod: Account, alice: Credential) -> None:
    """A GetSessionToken key whose issuance is lost is still its user's: complete, by observation, with a start."""
    token = prod.get_session_token(alice)
    used = prod.use(token, KEYS)
    (answer,) = who(ingested([used]), token.key)

    assert told(answer) == ([arn(prod, "user/alice")], "IAMUser", "iam-user", True, "observed")
    assert (answer.start, answer.end) == (used["userIdentity"]["sessionContext"]["attributes"]["creationDate"], None)


def test_console_with_its_sign_in(ingested: Ingested, org: Organization, prod: Account, user: User) -> None:
    """A console key leads to the ConsoleLogin of its second, and so does every key that it rotates to."""
    console = prod.console_login(user)
    prod.use(console, KEYS)
    other = prod.rotated(console)
    prod.use(other, KEYS)
    store = ingested(org.records)

    for key in (console.key, other.key):
        (answer,) = who(store, key)
        assert told(answer) == ([arn(prod, "user/alice")], "IAMUser", "iam-user", True, "session")
        assert answer.hops[0].event_id == org.records[0]["eventID"]
        assert answer.start == org.records[0]["eventTime"]


def test_console_without_its_sign_in(ingested: Ingested, prod: Account, user: User) -> None:
    """A console key whose ConsoleLogin is lost is still its user's: complete, by observation."""
    console = prod.console_login(user)
    (answer,) = who(ingested([prod.use(console, KEYS)]), console.key)

    assert told(answer) == ([arn(prod, "user/alice")], "IAMUser", "iam-user", True, "observed")
    assert answer.start is not None


def test_root_in_the_console(ingested: Ingested, org: Organization, prod: Account) -> None:
    """Root's console key is root's."""
    console = prod.console_login(None)
    prod.use(console, KEYS)
    (answer,) = who(ingested(org.records), console.key)

    assert told(answer) == ([prod.root_arn], "Root", "root", True, "session")


def test_forwarded(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """The key of a call that a service made with alice's rights is alice's, in a session named for the service."""
    key = prod.forwarded(alice, "secretsmanager.amazonaws.com", "kms:Decrypt")
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([arn(prod, "user/alice")], "IAMUser", "iam-user", True, "observed")
    assert str(answer.hops[0].session).endswith("/secretsmanager.amazonaws.com")


# -- federated users


@pytest.mark.parametrize("issuance", [True, False])
def test_federation_token(
    ingested: Ingested,
    org: Organization,
    prod: Account,
    alice: Credential,
    user: User,
    issuance: bool,  # noqa: FBT001 -- a case
) -> None:
    """A federated user's key leads to the user who asked, also where only its use was seen; that user has no tags."""
    prod.tag_user(user, {"team": "red"}, by=alice)
    key = prod.get_federation_token(alice, name="kiosk", tags={"desk": "7"})
    used = prod.use(key, KEYS)
    federated = f"arn:aws:sts::{prod.number}:federated-user/kiosk"
    tagged = [record for record in org.records if record["eventName"] == "TagUser"]
    (answer,) = who(ingested(org.records if issuance else [*tagged, used]), key.key)

    evidence = "exact" if issuance else "observed"
    assert told(answer) == ([federated, arn(prod, "user/alice")], "IAMUser", "iam-user", True, evidence)
    assert answer.principal_tags == ({"desk": "7", "team": "red"} if issuance else {"team": "red"})
    assert answer.hops[1].tags == {"team": "red"}
    assert (
        answer.hops[0].session
        == f"{used['userIdentity']['sessionContext']['attributes']['creationDate']}/{prod.number}:kiosk"
    )


# -- from outside


def test_saml(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A SAML key leads to the provider, and its origin is the subject of the assertion."""
    provider = prod.create_saml_provider("idp", by=alice)
    role = prod.create_role("staff", by=alice)
    key = prod.assume_role_with_saml(role, provider=provider, subject="carol@example.com")
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([role.arn, provider.arn], "SAMLUser", "saml", True, "exact")
    assert answer.origin == Origin("SAMLUser", "carol@example.com", None, "carol@example.com")
    assert [hop.evidence for hop in answer.hops] == ["exact", None]


@pytest.mark.parametrize(
    ("provider", "subject"),
    [
        ("accounts.google.com", "1122334455"),
        ("oidc-provider/token.actions.githubusercontent.com", "repo:acme/site:ref:refs/heads/main"),
        ("oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B", "system:serviceaccount:shop:cart"),
        ("oidc-provider/idp.example.com", "auth0|5f7c8ec7"),
    ],
)
def test_oidc(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential, provider: str, subject: str
) -> None:
    """An OIDC key leads to its provider (built-in: its issuer), and the subject stays whole, colons and all."""
    named = arn(prod, provider) if "/" in provider else provider
    role = prod.create_role("site", by=alice)
    shown = Provider(arn=named, account=prod.number, issuer=provider.partition("/")[2] or provider)
    key = prod.assume_role_with_web_identity(role, provider=shown, subject=subject, name="app")
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([role.arn, named], "WebIdentityUser", "oidc", True, "exact")
    assert (answer.origin.id, answer.origin.name) == (subject, subject)


def test_provider_that_no_field_names(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """Where a record names no provider at all, the chain has the role alone, and no empty principal."""
    role = prod.create_role("site", by=alice)
    shown = Provider(arn="accounts.google.com", account=prod.number, issuer="")
    key = prod.assume_role_with_web_identity(role, provider=shown, subject="11", name="app")
    record = org.records[-1]
    record["userIdentity"] = {"type": "WebIdentityUser", "userName": "11"}
    del record["responseElements"]["provider"]
    (answer,) = who(ingested(org.records), key.key)

    assert answer.principal_chain == [role.arn]
    assert (answer.origin.kind, answer.origin.id) == ("WebIdentityUser", "11")


@pytest.mark.parametrize("propagate", [True, False])
def test_identity_center(ingested: Ingested, org: Organization, prod: Account, propagate: bool) -> None:  # noqa: FBT001 -- a case
    """The key that a person uses was never issued: session and second lead to the SAML sign-in, and to the person."""
    role, provider = prod.sso_role("Admin")
    person = org.person("dana@example.com")
    key = prod.identity_center(role, provider=provider, person=person, propagate=propagate)
    for _ in range(9):
        prod.use(key, KEYS)
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([role.arn, provider.arn], "IdentityCenterUser", "identity-center", True, "session")
    assert answer.origin.name == "dana@example.com"
    assert answer.origin.id == (f"{org.identity_store}/{person.id}" if propagate else "dana@example.com")


def test_identity_center_only_used(ingested: Ingested, org: Organization, prod: Account) -> None:
    """Without the SAML sign-in the person in `onBehalfOf` is still told, but the chain is not complete."""
    role, provider = prod.sso_role("Admin")
    person = org.person("dana@example.com")
    key = prod.identity_center(role, provider=provider, person=person)
    used = [prod.use(key, KEYS) for _ in range(9)]
    (answer,) = who(ingested(used), key.key)

    assert told(answer) == ([role.arn], "IdentityCenterUser", "issuance-not-seen", False, "observed")
    assert answer.origin.id == f"{org.identity_store}/{person.id}"


def test_cognito(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A Cognito key leads to the pool's issuer and the identity; its role is known once it is used."""
    role = prod.create_role("app", by=alice)
    key = prod.cognito_credentials(role)
    identity = org.records[-1]["requestParameters"]["identityId"]
    prod.use(key, KEYS)
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([role.arn, "cognito-identity.amazonaws.com"], "WebIdentityUser", "oidc", True, "exact")
    assert answer.origin.id == identity


# -- services


def test_services(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """EC2, Lambda, ECS, and a pod by Pod Identity: the role, then the service that handed the key out."""
    role = prod.create_role("work", by=alice)
    node = prod.instance(role)
    keys = {
        "ec2.amazonaws.com": node,
        "lambda.amazonaws.com": prod.function(role, "resize"),
        "ecs-tasks.amazonaws.com": prod.task(role),
        "pods.eks.amazonaws.com": prod.pod(role, node=node, cluster="blue", namespace="shop", service_account="cart"),
    }
    store = ingested(org.records)

    for service, key in keys.items():
        (answer,) = who(store, key.key)
        assert told(answer) == ([role.arn, service], "AWSService", "service", True, "exact")
        assert answer.origin == Origin("AWSService", service, None, service)
        assert answer.trails
    assert "kubernetes-pod-name" in who(store, keys["pods.eks.amazonaws.com"].key)[0].transitive_tags


def test_service_linked_role(ingested: Ingested, org: Organization, prod: Account) -> None:
    """What a service did by its linked role has no key: the session leads to the service, by its issued key."""
    role = prod.service_linked_role("rds.amazonaws.com", "AWSServiceRoleForRDS")
    record = prod.linked_use(role, "rds.amazonaws.com", "ec2:CreateNetworkInterface", name="SLRManagement")
    (answer,) = who(ingested(org.records), f"arn:aws:sts::{prod.number}:assumed-role/{role.name}/SLRManagement")

    assert "accessKeyId" not in record["userIdentity"]
    assert told(answer) == ([role.arn, "rds.amazonaws.com"], "AWSService", "service", True, "exact")


def test_workload_only_used(ingested: Ingested, prod: Account, alice: Credential) -> None:
    """An instance's key known by use alone tells of its instance, but is not complete."""
    role = prod.create_role("work", by=alice)
    used = prod.use(prod.instance(role, identifier="i-0123456789abcdef0"), KEYS)
    (answer,) = who(ingested([used]), used["userIdentity"]["accessKeyId"])

    assert told(answer) == ([role.arn], "AWSService", "issuance-not-seen", False, "observed")
    assert (answer.origin.id, str(answer.origin.name).rpartition("/")[2]) == (
        "ec2.amazonaws.com",
        "i-0123456789abcdef0",
    )


# -- root of another account


def test_assume_root(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """A privileged root session is the target's root, by the caller; unseen, nobody is named for it."""
    member = org.account("member")
    key = prod.assume_root(alice, target=member)
    used = member.use(key, "s3:DeleteBucketPolicy")
    (answer,) = who(ingested(org.records), key.key)
    (unseen,) = who(ingested([used]), key.key)

    assert told(answer) == ([member.root_arn, arn(prod, "user/alice")], "IAMUser", "iam-user", True, "exact")
    assert told(unseen) == ([member.root_arn], "Unknown", "issuance-not-seen", False, "observed")


# -- role chains, and the other account's copy


def test_chain_of_roles(ingested: Ingested, org: Organization, prod: Account, alice: Credential, far: Account) -> None:
    """A chain over two accounts: every hop with its key, the caller's copy of a call that is there twice."""
    first = prod.assume_role(prod.existing_role("deploy"), by=alice, name="build")
    target = far.existing_role("admin", trusts={prod.number})
    last = far.assume_role(target, by=first, name="build")
    (answer,) = who(ingested(org.records), last.key)

    assert told(answer)[0] == [target.arn, arn(prod, "role/deploy"), arn(prod, "user/alice")]
    assert [hop.access_key_id for hop in answer.hops] == [last.key, first.key, alice.key]
    assert [hop.event_id for hop in answer.hops] == [last.session.records[0], first.session.records[0], None]


def test_callee_copy_with_nothing_known(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential, far: Account
) -> None:
    """The other account's copy alone: the role, then an account, and never that account's root."""
    key = far.assume_role(far.existing_role("admin", trusts={prod.number}), by=alice, name="x")
    (answer,) = who(ingested(callee(org, far)), key.key)

    assert told(answer) == ([key.session.acts_as], "Account", "other-account", False, "principal")
    assert answer.origin == Origin("Account", prod.number)


def test_callee_copy_of_a_known_user(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential, far: Account
) -> None:
    """Where the user's id is known by something else, the chain goes on to its ARN and is complete."""
    used = prod.use(alice, KEYS)
    key = far.assume_role(far.existing_role("admin", trusts={prod.number}), by=alice, name="x")
    (answer,) = who(ingested([used, *callee(org, far)]), key.key)

    assert told(answer) == (
        [key.session.acts_as, arn(prod, "user/alice")],
        "IAMUser",
        "iam-user",
        True,
        "principal",
    )
    assert answer.hops[1].access_key_id is None


@pytest.mark.parametrize(
    ("sessions", "gap", "stop"),
    [(1, 0, "iam-user"), (2, 600, "ambiguous"), (2, 7200, "iam-user"), (0, 0, "other-account")],
)
def test_callee_copy_of_a_role_session(  # noqa: PLR0913, PLR0917 -- two accounts and a case
    ingested: Ingested,
    org: Organization,
    prod: Account,
    alice: Credential,
    far: Account,
    sessions: int,
    gap: int,
    stop: str,
) -> None:
    """A role session is the caller where just one of its name was alive; those that had ended by then are not."""
    deploy, target = prod.existing_role("deploy"), far.existing_role("admin", trusts={prod.number})
    opened = []
    for _ in range(max(sessions, 1)):
        org.tick(gap)
        opened.append(prod.assume_role(deploy, by=alice, name="build"))
    mine = [record for record in org.records if sessions]
    key = far.assume_role(target, by=opened[-1], name="x")
    (answer,) = who(ingested([*mine, *callee(org, far)]), key.key)

    assert (answer.stop, answer.evidence) == (stop, "principal")
    assert answer.complete == (stop == "iam-user")
    if stop == "ambiguous":
        assert [one.session for one in answer.candidates] == sorted(
            f"{r['eventTime']}/{opened[0].session.arn}" for r in mine
        )
    if stop == "iam-user":
        assert answer.principal_chain[1:] == [deploy.arn, arn(prod, "user/alice")]


def test_role_session_only_used(ingested: Ingested, org: Organization, prod: Account) -> None:
    """A role session known by use alone: the role of its sessionIssuer, with path, and nobody behind it."""
    role = prod.existing_role("deploy", path="/ci/")
    key = prod.unseen_session(role, name="build")
    used = prod.use(key, KEYS)
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([role.arn], "Unknown", "issuance-not-seen", False, "observed")
    assert (answer.start, answer.end) == (used["eventTime"], None)
    assert (answer.trails, answer.origin) == ([], Origin())


# -- by console session and by time


def test_switched_role(ingested: Ingested, org: Organization, prod: Account, alice: Credential, user: User) -> None:
    """A switched role leads back to the console session, which is the user's own."""
    console = prod.console_login(user)
    role = prod.create_role("ops", by=alice)
    key = prod.switch_role(role, by=console)
    prod.use(key, KEYS)
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == ([role.arn, arn(prod, "user/alice")], "IAMUser", "iam-user", True, "session")
    assert [(hop.access_key_id, hop.evidence) for hop in answer.hops] == [(key.key, "session"), (console.key, None)]


@pytest.mark.parametrize(("seen", "origin"), [(0, "first"), (1, "nobody"), (2, "first or second")])
def test_switched_role_of_a_name_that_changed_hands(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential, seen: int, origin: str
) -> None:
    """A SwitchRole names its user by ARN: whoever bore it then, never one who was made later."""
    bob = prod.create_user("bob", by=alice)
    prod.use(prod.create_access_key(bob, by=alice), KEYS)
    first = list(org.records)
    prod.switch_role(prod.existing_role("ops"), by=prod.console_login(bob))
    switched = org.records[-1]
    prod.delete_user(bob, by=alice)
    gone = org.records[-1]
    org.tick(60)
    again = prod.create_user("bob", by=alice)
    prod.use(prod.create_access_key(again, by=alice), KEYS)
    second = [record for record in org.records[-3:] if seen < 2 or record["eventName"] == "ListBuckets"]
    records = {0: [*first, gone, *second], 1: second, 2: [*first, *second]}[seen]
    (answer,) = who(ingested([*records, switched]), switched["userIdentity"]["arn"])

    if origin == "first":
        assert (answer.origin.id, answer.stop, answer.evidence) == (bob.id, "iam-user", "inferred")
    elif origin == "nobody":
        assert (answer.origin, answer.stop) == (Origin("Account", prod.number), "other-account")
    else:
        assert (answer.complete, answer.stop) == (False, "ambiguous")
        assert answer.candidates == [Candidate(one) for one in sorted((bob.id, again.id))]


def test_role_that_assumes_itself_in_one_second(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential
) -> None:
    """Under the same name the two sessions look like one; the tags that were passed tell that they are not."""
    role = prod.existing_role("ops")
    first = prod.assume_role(role, by=alice, name="s", tags={"build": "1", "kept": "y"}, transitive=["kept"])
    made = org.records[-1]
    second = prod.assume_role(role, by=first, name="s", tags={"step": "2"})
    org.records[-1]["eventTime"] = made["eventTime"]
    (answer,) = who(ingested(org.records), second.key)

    assert answer.principal_tags == {"kept": "y", "step": "2"}
    assert answer.principal_chain == [role.arn, arn(prod, "user/alice")]


@pytest.mark.parametrize("given", ["later", "before"])
def test_stack_that_had_another_role_then(
    ingested: Ingested, org: Organization, prod: Account, alice: Credential, given: str
) -> None:
    """What a role does for CloudFormation is not done for a stack that got it later, or has another since."""
    role, other = prod.existing_role("exec"), prod.existing_role("exec2")
    own = prod.create_stack("web", by=alice, role=role)
    another = prod.create_stack("db", by=alice, role=other if given == "later" else role)
    org.records[:] = org.records[1:]
    org.tick(5)
    if given == "before":
        prod.update_stack(another, by=alice, role=other)
        org.tick(5)
    key = prod.stack_acts(own, "s3:CreateBucket", by=alice)
    org.tick(5)
    if given == "later":
        prod.update_stack(another, by=alice, role=role)
    (answer,) = who(ingested(org.records), key.key)

    assert answer.principal_chain == [role.arn, "cloudformation.amazonaws.com"]


def test_stack_with_a_role(ingested: Ingested, org: Organization, prod: Account, alice: Credential) -> None:
    """What a stack did with its role leads on to whoever operated it, by a time window: never complete."""
    role = prod.existing_role("exec")
    stack = prod.create_stack("web", by=alice, role=role)
    org.tick(5)
    key = prod.stack_acts(stack, "s3:CreateBucket", by=alice)
    (answer,) = who(ingested(org.records), key.key)

    assert told(answer) == (
        [role.arn, "cloudformation.amazonaws.com", arn(prod, "user/alice")],
        "IAMUser",
        "iam-user",
        False,
        "inferred",
    )
    assert [hop.evidence for hop in answer.hops] == ["exact", "inferred", None]
