"""The console, switching roles, the federation endpoint, `aws login`."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Began, Changed, Fact, Issued, Named
from ingest.identity import Ref, User, root, user_session

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
ALICE = User("AIDAALICE", "111122223333", "alice", "arn:aws:iam::111122223333:user/alice")
SIGNED_IN: Shown = {
    "type": "IAMUser",
    "principalId": "AIDAALICE",
    "arn": ALICE.arn,
    "accountId": "111122223333",
    "userName": "alice",
}
ROLE_ARN = "arn:aws:sts::111122223333:assumed-role/Deploy/alice"
IN_SESSION: Shown = {
    "type": "AssumedRole",
    "principalId": "AROADEPLOY:alice",
    "arn": ROLE_ARN,
    "accountId": "111122223333",
    "accessKeyId": "ASIAPARENT",
    "sessionContext": {"attributes": {"creationDate": "2024-05-06T07:00:00Z"}},
}


def test_console_login_of_a_user(record: Make, facts_of: FactsOf) -> None:
    """A session of the user begins now, and the user bears its name."""
    facts = facts_of(
        record("signin", "ConsoleLogin", userIdentity=SIGNED_IN, responseElements={"ConsoleLogin": "Success"})
    )

    assert facts == [
        Issued(at=AT, event="e-1", issuer=ALICE.ref, how="exact", session=user_session(ALICE, AT, "console")),
        Named(at=AT, event="e-1", user=ALICE),
    ]


def test_console_login_of_root(record: Make, facts_of: FactsOf) -> None:
    """Root's session begins; its `userName` is an alias of the account and names nobody."""
    caller = {"type": "Root", "principalId": "111122223333", "accountId": "111122223333", "userName": "acme"}
    caller["arn"] = "arn:aws:iam::111122223333:root"
    facts = facts_of(
        record("signin", "ConsoleLogin", userIdentity=caller, responseElements={"ConsoleLogin": "Success"})
    )

    owner = root("111122223333")
    session = user_session(owner, AT, "console")
    assert facts == [Issued(at=AT, event="e-1", issuer=owner.ref, how="exact", session=session)]


def test_console_login_of_a_role(record: Make, facts_of: FactsOf) -> None:
    """A role's sign-in goes on with a session that `userIdentity` shows already."""
    facts = facts_of(
        record("signin", "ConsoleLogin", userIdentity=IN_SESSION, responseElements={"ConsoleLogin": "Success"})
    )

    assert facts == []


@pytest.mark.parametrize(
    ("caller", "target"),
    [
        (SIGNED_IN, Ref("User", "AIDAALICE")),
        ({"type": "IAMUser", "accountId": "111122223333", "userName": "Bob"}, Ref("Name", "111122223333/bob")),
        (
            {"type": "IAMUser", "accountId": "111122223333", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"},
            Ref("Account", "111122223333"),
        ),
    ],
    ids=["with id", "by name", "no such user"],
)
@pytest.mark.parametrize("message", [{"errorMessage": "Failed authentication"}, {}], ids=["message", "answer only"])
def test_failed_console_login(record: Make, facts_of: FactsOf, caller: Shown, target: Ref, message: Shown) -> None:
    """A failure has no error code, perhaps not even a message: the answer says so."""
    failed = {"responseElements": {"ConsoleLogin": "Failure"}} | message
    (fact,) = facts_of(record("signin", "ConsoleLogin", userIdentity=caller, **failed))

    assert isinstance(fact, Attempted)
    assert fact.target == target
    assert fact.error == message.get("errorMessage", "Failure")


@pytest.mark.parametrize(("word", "kind"), [("Success", Named), ("Failure", Attempted)])
def test_check_mfa(record: Make, facts_of: FactsOf, word: str, kind: type[Fact]) -> None:
    """A second factor checked names the user; a wrong one is an attempt. No session begins here."""
    facts = facts_of(record("signin", "CheckMfa", userIdentity=SIGNED_IN, responseElements={"CheckMfa": word}))

    assert [type(fact) for fact in facts] == [kind]


def _switch(record: Make, **extra: object) -> Shown:
    caller = {key: IN_SESSION[key] for key in ("type", "principalId", "arn", "accountId")}
    return record(
        "signin",
        "SwitchRole",
        userIdentity=caller,
        responseElements={"SwitchRole": "Success"},
        additionalEventData={"SwitchFrom": "arn:aws:iam::999999999999:user/alice", "RedirectTo": "https://x"} | extra,
    )


def test_switch_role(record: Make, facts_of: FactsOf) -> None:
    """A session of the role begins now, out of the principal that switched; its key is not known."""
    (fact,) = facts_of(_switch(record))

    assert isinstance(fact, Issued)
    assert (fact.key, fact.how, fact.issuer) == ("", "inferred", Ref("Account", "999999999999"))
    assert fact.principal == "arn:aws:iam::999999999999:user/alice"
    assert fact.session is not None
    assert fact.session.id == f"{AT}/{ROLE_ARN}"
    assert fact.session.role is not None
    assert (fact.session.role.name, fact.session.role.id) == ("Deploy", "AROADEPLOY")


def test_switch_role_from_nowhere(record: Make, facts_of: FactsOf) -> None:
    """Where the record does not say who switched, the session began all the same."""
    (fact,) = facts_of(_switch(record, SwitchFrom=None))

    assert isinstance(fact, Began)
    assert fact.session.id == f"{AT}/{ROLE_ARN}"


def test_failed_switch_role(record: Make, facts_of: FactsOf) -> None:
    """A failed switch is an attempt on the role."""
    (fact,) = facts_of(_switch(record) | {"responseElements": {"SwitchRole": "Failure"}})

    assert isinstance(fact, Attempted)
    assert fact.target == Ref("Role", "111122223333/deploy")


def test_exit_role(record: Make, facts_of: FactsOf) -> None:
    """Leaving a role marks its session."""
    (fact,) = facts_of(record("signin", "ExitRole", userIdentity=IN_SESSION))

    assert isinstance(fact, Changed)
    assert fact.target == Ref("Session", f"2024-05-06T07:00:00Z/{ROLE_ARN}")


@pytest.mark.parametrize(("child", "issued"), [("ASIACHILD", ["ASIACHILD"]), ("ASIAPARENT", [])])
def test_get_signin_token(record: Make, facts_of: FactsOf, child: str, issued: list[str]) -> None:
    """A new key is issued by the caller's; the caller's own key in the answer is no issuance."""
    answer = {"credentials": {"accessKeyId": child}, "GetSigninToken": "Success"}
    facts = facts_of(record("signin", "GetSigninToken", userIdentity=IN_SESSION, responseElements=answer))
    issuances = [fact for fact in facts if isinstance(fact, Issued)]

    assert [fact.key for fact in issuances] == issued
    assert all(fact.issuer == Ref("AccessKey", "ASIAPARENT") and fact.how == "exact" for fact in issuances)


@pytest.mark.parametrize("event", ["AuthorizeOAuth2Access", "CreateOAuth2Token"])
def test_aws_login(record: Make, facts_of: FactsOf, event: str) -> None:
    """`aws login` shows no key: a mark on the session that authorised it, never an issuance."""
    caller = {key: value for key, value in IN_SESSION.items() if key != "accessKeyId"}
    asked = {"client_id": "arn:aws:signin:::devtools/same-device"}
    facts = facts_of(record("signin", event, userIdentity=caller, requestParameters=asked))
    session = Ref("Session", f"2024-05-06T07:00:00Z/{ROLE_ARN}")

    assert facts == [Changed(at=AT, event="e-1", target=session, by=session, what=event, detail="same-device")]


def test_root_password(record: Make, facts_of: FactsOf) -> None:
    """A root password recovered is a mark on root."""
    caller = {"type": "Root", "principalId": "111122223333", "accountId": "111122223333"}
    (fact,) = facts_of(record("signin", "PasswordRecoveryCompleted", userIdentity=caller))

    assert isinstance(fact, Changed)
    assert fact.target == Ref("User", "111122223333:root")


@pytest.mark.parametrize("event", ["PasswordRecoveryRequested", "PasswordRecoveryCompleted", "PasswordUpdated"])
def test_failed_root_password(record: Make, facts_of: FactsOf, event: str) -> None:
    """A recovery that failed, which only the answer says, changed nothing."""
    caller = {"type": "Root", "principalId": "111122223333", "accountId": "111122223333"}
    (fact,) = facts_of(record("signin", event, userIdentity=caller, responseElements={event: "Failure"}))

    assert isinstance(fact, Attempted)
    assert (fact.target, fact.error) == (Ref("User", "111122223333:root"), "Failure")


def test_switch_role_that_says_its_second(record: Make, facts_of: FactsOf) -> None:
    """Where the record itself dates the session, its keys in use will bear that second and not the event's."""
    switch = _switch(record)
    switch["userIdentity"] |= {"sessionContext": {"attributes": {"creationDate": "2024-05-06T07:08:08Z"}}}
    (fact,) = facts_of(switch)

    assert isinstance(fact, Issued)
    assert fact.session is not None
    assert fact.session.id == f"2024-05-06T07:08:08Z/{ROLE_ARN}"
