from synth.organization import Account, Organization
from synth.principal import User


def start(seed: int) -> tuple[Organization, Account, User]:
    """Give an account with a user."""
    org = Organization(seed)
    account = org.account("prod")
    admin = account.existing_key(account.existing_user("admin"))
    return org, account, account.create_user("alice", by=admin)


def test_console_keys_change_within_one_session() -> None:
    """ConsoleLogin has no key; the keys used later all bear its time as their creationDate."""
    org, account, alice = start(1)
    login = account.console_login(alice)
    event = next(record for record in org.records if record["eventName"] == "ConsoleLogin")
    keys = [account.rotated(login) for _ in range(3)]
    calls = [account.use(key, "s3:ListBuckets") for key in keys]
    truth = org.truth()

    assert "accessKeyId" not in event["userIdentity"]
    for key, call in zip(keys, calls, strict=True):
        assert call["sessionCredentialFromConsole"] == "true"
        assert call["userIdentity"]["sessionContext"]["attributes"]["creationDate"] == event["eventTime"]
        assert (truth[key.key].chain, truth[key.key].evidence) == ((alice.arn,), "session")


def test_switched_role_uses_another_key() -> None:
    """The key that AssumeRole shows is never used; the one in use is of the same session and leads to the user."""
    org, account, alice = start(2)
    other = org.account("data")
    role = other.existing_role("Reader", trusts={account.number})
    login = account.console_login(alice)
    used = account.switch_role(role, by=login)
    account.use(used, "s3:ListBuckets")
    mine, theirs, switched = org.records[-4:-1]
    issued = mine["responseElements"]["credentials"]["accessKeyId"]
    truth = org.truth()

    assert mine["userIdentity"]["invokedBy"] == "AWS Internal"
    assert theirs["recipientAccountId"] == switched["recipientAccountId"] == other.number
    assert (switched["eventName"], "accessKeyId" in switched["userIdentity"]) == ("SwitchRole", False)
    assert issued != used.key
    assert (truth[issued].seen, truth[used.key].seen) == (False, True)
    assert truth[issued].chain == truth[used.key].chain == (role.arn, alice.arn)


def test_signin_token_without_a_duration_is_the_same_key() -> None:
    """The response then holds the caller's own key, which is no issuance; with a duration it is a new one."""
    org, account, _ = start(3)
    parent = account.instance(account.existing_role("One"))
    same = account.signin_token(parent)
    echoed = org.records[-1]["responseElements"]["credentials"]["accessKeyId"]
    made = account.signin_token(parent, duration=3600)
    truth = org.truth()

    assert same.key == echoed == parent.key
    assert truth[made.key].chain == truth[parent.key].chain
    assert truth[made.key].records == (org.records[-1]["eventID"],)


def test_aws_login_belongs_to_the_console_session() -> None:
    """The command line's key is in no response, and shares sign-in session and start with the console."""
    org, account, alice = start(4)
    login = account.console_login(alice)
    made = account.aws_login(login)
    one, two = account.use(login, "s3:ListBuckets"), account.use(made, "s3:ListBuckets")

    assert one["userIdentity"]["sessionContext"] == two["userIdentity"]["sessionContext"]
    assert "signInSessionArn" in one["userIdentity"]["sessionContext"]
    assert not org.truth()[made.key].issued


def test_failed_login_has_no_error_code() -> None:
    """Only the message and the response say that a sign-in failed."""
    org, account, _ = start(5)
    account.failed_login("alice")
    record = org.records[-1]

    assert "errorCode" not in record
    assert record["responseElements"] == {"ConsoleLogin": "Failure"}


def test_root_is_its_own_origin() -> None:
    """Root's console session and key lead to `<account>:root`."""
    org, account, _ = start(6)
    console, key = account.console_login(None), account.root_key()
    call = account.use(key, "iam:GetAccountSummary")
    truth = org.truth()

    assert call["userIdentity"]["type"] == "Root"
    for one in (truth[console.key], truth[key.key]):
        assert (one.chain, one.origin_id) == ((account.root_arn,), f"{account.number}:root")
