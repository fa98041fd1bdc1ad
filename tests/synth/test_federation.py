from synth.organization import Account, Organization
from synth.principal import Role


def start(seed: int) -> tuple[Organization, Account, Role]:
    """Give an account and a role older than the trail."""
    org = Organization(seed)
    account = org.account("prod")
    return org, account, account.existing_role("One")


def test_identity_center_uses_another_key_than_it_issues() -> None:
    """STS shows one key, calls are made with another; both are of the person, whose id the calls show."""
    org, account, _ = start(1)
    role, provider = account.sso_role("Admin")
    person = org.person("erin@example.com")
    used = account.identity_center(role, provider=provider, person=person)
    records = [account.use(used, "s3:ListBuckets") for _ in range(30)]
    truth = org.truth()
    issued = next(one for one in truth.values() if one.issued)

    assert issued.key != used.key
    assert (issued.seen, truth[used.key].seen) == (False, True)
    for one in (issued, truth[used.key]):
        assert one.chain == (role.arn, provider.arn)
        assert one.origin_id == f"{org.identity_store}/{person.id}"
    assert truth[used.key].evidence == "session"
    shown = [record for record in records if "onBehalfOf" in record["userIdentity"]]
    assert 15 < len(shown) < 30
    assert records[0]["userIdentity"]["sessionContext"]["attributes"]["creationDate"] == issued.start


def test_identity_center_without_the_person_in_calls() -> None:
    """Where no call shows the person's id, the user name is all that there is."""
    org, account, _ = start(2)
    role, provider = account.sso_role("Admin")
    person = org.person("erin@example.com")
    used = account.identity_center(role, provider=provider, person=person, propagate=False)
    account.use(used, "s3:ListBuckets")

    assert org.truth()[used.key].origin_id == "erin@example.com"


def test_portal_event_has_neither_parameters_nor_key() -> None:
    """GetRoleCredentials is a service event of the management account that names permission set and account."""
    org, account, _ = start(3)
    role, provider = account.sso_role("Admin")
    account.identity_center(role, provider=provider, person=org.person("erin"))
    record = next(one for one in org.records if one["eventName"] == "GetRoleCredentials")

    assert record["serviceEventDetails"] == {"role_name": "Admin", "account_id": account.number}
    assert (record["eventType"], record["requestParameters"]) == ("AwsServiceEvent", None)


def test_web_identities() -> None:
    """A workflow's or pod's chain ends at the provider, its origin is the token's subject."""
    org, account, role = start(4)
    admin = account.existing_key(account.existing_user("admin"))
    github = account.create_oidc_provider("token.actions.githubusercontent.com", by=admin)
    cluster = account.create_oidc_provider("oidc.eks.eu-west-1.amazonaws.com/id/0A1B", by=admin)
    workflow = account.github_actions(role, provider=github, repository="example/shop")
    pod = account.irsa(role, provider=cluster, namespace="shop", service_account="cart")
    pool = account.cognito_credentials(role)
    truth = org.truth()

    assert truth[workflow.key].chain == (role.arn, github.arn)
    assert truth[workflow.key].origin_id == "repo:example/shop:ref:refs/heads/main"
    assert truth[pod.key].origin_id == "system:serviceaccount:shop:cart"
    assert truth[pool.key].chain == (role.arn, "cognito-identity.amazonaws.com")
    assert {one.stop for one in (truth[made.key] for made in (workflow, pod, pool))} == {"oidc"}
