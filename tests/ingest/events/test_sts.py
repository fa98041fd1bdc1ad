"""STS: who issued which key, for which session."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.facts import Attempted, Changed, Fact, Issued, Known
from ingest.identity import Ref, User, root, user_session

Shown = dict[str, Any]
FactsOf = Callable[[Shown], list[Fact]]
Make = Callable[..., Shown]

AT = "2024-05-06T07:08:09Z"
ALICE = User("AIDAALICE", "111122223333", "alice", "arn:aws:iam::111122223333:user/alice")
ROLE = "arn:aws:iam::111122223333:role/team/Deploy"
ASKED = {"roleArn": ROLE, "roleSessionName": "ci", "durationSeconds": 900}
CREDENTIALS = {"accessKeyId": "ASIACHILD", "expiration": "May 6, 2024, 7:23:09 AM", "sessionToken": "FwoGZX"}
ANSWER = {
    "credentials": CREDENTIALS,
    "assumedRoleUser": {"assumedRoleId": "AROADEPLOY:ci", "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/ci"},
}


def _only(facts: list[Fact]) -> Issued:
    (fact,) = [fact for fact in facts if isinstance(fact, Issued)]
    return fact


def test_assume_role_by_a_user(record: Make, facts_of: FactsOf) -> None:
    """The caller's key issued the child key, for the session that the role's ARN, with its path, and name open."""
    issued = _only(facts_of(record("sts", "AssumeRole", requestParameters=ASKED, responseElements=ANSWER)))
    session = issued.session

    assert (issued.issuer, issued.how, issued.key) == (Ref("AccessKey", "AKIAALICE"), "exact", "ASIACHILD")
    assert issued.expires == "2024-05-06T07:23:09Z"
    assert session is not None
    assert session.id == f"{AT}/arn:aws:sts::111122223333:assumed-role/Deploy/ci"
    assert (session.principal, session.kind) == ("AROADEPLOY:ci", "role")
    assert session.role is not None
    assert (session.role.arn, session.role.id) == (ROLE, "AROADEPLOY")


def test_chained_assume_role_with_tags(record: Make, facts_of: FactsOf) -> None:
    """Tags passed now, those that came down the chain, those that go on, and the source identity stay apart."""
    asked = ASKED | {
        "tags": [{"key": "Team", "value": "red"}, {"key": "Job", "value": "7"}],
        "transitiveTagKeys": ["Team"],
        "incomingTransitiveTags": {"Org": "acme"},
        "sourceIdentity": "alice@example.com",
    }
    issued = _only(facts_of(record("sts", "AssumeRole", requestParameters=asked, responseElements=ANSWER)))

    assert issued.tags == (("Team", "red"), ("Job", "7"))
    assert issued.inherited == (("Org", "acme"),)
    assert issued.transitive == ("Team",)
    assert issued.source_identity == "alice@example.com"


def test_callees_copy_knows_account_and_principal_only(record: Make, facts_of: FactsOf) -> None:
    """The other account's copy has no key: the issuer is the account, with the caller's principal id."""
    caller = {"type": "AWSAccount", "principalId": "AROAOTHER:job", "accountId": "999999999999"}
    issued = _only(
        facts_of(record("sts", "AssumeRole", userIdentity=caller, requestParameters=ASKED, responseElements=ANSWER))
    )

    assert (issued.issuer, issued.how) == (Ref("Account", "999999999999"), "principal")
    assert (issued.principal, issued.key) == ("AROAOTHER:job", "ASIACHILD")


def test_service_without_assumed_role_user(record: Make, facts_of: FactsOf) -> None:
    """EC2's answer names no session: request and time say which it is; its role id is not known yet."""
    caller = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    asked = {"roleArn": ROLE, "roleSessionName": "i-0123"}
    issued = _only(
        facts_of(
            record(
                "sts",
                "AssumeRole",
                userIdentity=caller,
                requestParameters=asked,
                responseElements={"credentials": CREDENTIALS},
            )
        )
    )

    assert (issued.issuer, issued.how) == (Ref("Service", "ec2.amazonaws.com"), "exact")
    assert issued.session is not None
    assert (issued.session.name, issued.session.principal) == ("i-0123", "")


def test_session_without_a_key_is_the_issuer(record: Make, facts_of: FactsOf) -> None:
    """A service-linked role's session calls without an access key: the session itself is the parent."""
    arn = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x"
    caller = {
        "type": "AssumedRole",
        "principalId": "AROASLR:x",
        "arn": arn,
        "accountId": "111122223333",
        "sessionContext": {"attributes": {"creationDate": "2024-05-06T07:00:00Z"}},
        "invokedBy": "x.amazonaws.com",
    }
    issued = _only(
        facts_of(record("sts", "AssumeRole", userIdentity=caller, requestParameters=ASKED, responseElements=ANSWER))
    )

    assert (issued.issuer, issued.how) == (Ref("Session", f"2024-05-06T07:00:00Z/{arn}"), "session")


@pytest.mark.parametrize(
    ("resources", "role_arn"),
    [
        ([{"type": "AWS::IAM::Role", "ARN": ROLE, "accountId": "111122223333"}], ROLE),
        (None, ""),
    ],
)
def test_request_left_out_of_the_log(
    record: Make, facts_of: FactsOf, resources: list[Shown] | None, role_arn: str
) -> None:
    """A request over 100 KB is missing: `resources` still has the role's path, the answer alone has not."""
    issued = _only(facts_of(record("sts", "AssumeRole", resources=resources, responseElements=ANSWER)))
    session = issued.session

    assert session is not None
    assert session.id == f"{AT}/arn:aws:sts::111122223333:assumed-role/Deploy/ci"
    assert session.role is not None
    assert (session.role.name, session.role.arn, session.role.id) == ("Deploy", role_arn, "AROADEPLOY")


@pytest.mark.parametrize(
    ("expiration", "asked", "expires"),
    [
        ("Jul 3, 2021 11:27:09 PM", ASKED, "2021-07-03T23:27:09Z"),
        ("2024-05-06T08:08:09Z", ASKED, "2024-05-06T08:08:09Z"),
        ("in a while", ASKED, "2024-05-06T07:23:09Z"),
        ("in a while", {"roleArn": ROLE, "roleSessionName": "ci"}, ""),
        (None, ASKED, "2024-05-06T07:23:09Z"),
    ],
)
def test_expiration(record: Make, facts_of: FactsOf, expiration: str | None, asked: Shown, expires: str) -> None:
    """The end is what the answer says in any spelling; one that cannot be read is start plus what was asked, or ''."""
    answer = ANSWER | {"credentials": {"accessKeyId": "ASIACHILD", "expiration": expiration}}
    issued = _only(facts_of(record("sts", "AssumeRole", requestParameters=asked, responseElements=answer)))

    assert issued.expires == expires


@pytest.mark.parametrize(
    "message",
    [
        f"User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
        f"User: arn:aws:sts::1:assumed-role/a/b is not authorized on resource: {ROLE} with an explicit deny",
        f"User: arn:aws:iam::111122223333:role/other may not have {ROLE}.",
    ],
)
def test_refused_assume_role(record: Make, facts_of: FactsOf, message: str) -> None:
    """A refusal issues nothing; its role is only in the error message."""
    facts = facts_of(record("sts", "AssumeRole", errorCode="AccessDenied", errorMessage=message))

    assert facts == [
        Attempted(
            at=AT,
            event="e-1",
            by=Ref("AccessKey", "AKIAALICE"),
            what="AssumeRole",
            error="AccessDenied",
            target=Ref("Role", "111122223333/deploy"),
        )
    ]


def test_refused_assume_role_that_names_nothing(record: Make, facts_of: FactsOf) -> None:
    """Where not even the message names a role, the attempt is on the account."""
    (fact,) = facts_of(record("sts", "AssumeRole", errorCode="AccessDenied"))

    assert isinstance(fact, Attempted)
    assert fact.target == Ref("Account", "111122223333")


def test_answer_without_a_key_issues_nothing(record: Make, facts_of: FactsOf) -> None:
    """No key in the answer, no issuance, even without an error."""
    facts = facts_of(record("sts", "AssumeRole", requestParameters=ASKED))

    assert facts == []


def _saml(record: Make, role: str) -> Shown:
    provider = "arn:aws:iam::111122223333:saml-provider/Corp"
    return record(
        "sts",
        "AssumeRoleWithSAML",
        userIdentity={
            "type": "SAMLUser",
            "principalId": "nq=:bob@example.com",
            "userName": "bob@example.com",
            "identityProvider": "nq=",
        },
        requestParameters={
            "roleArn": role,
            "principalArn": provider,
            "roleSessionName": "bob@example.com",
            "principalTags": {"Team": "blue"},
            "transitiveTagKeys": ["Team"],
            "sAMLAssertionID": "_1",
        },
        responseElements={"credentials": CREDENTIALS, "subject": "bob@example.com", "subjectType": "persistent"},
    )


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        (ROLE, "saml"),
        (
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_A_0",
            "identity-center",
        ),
    ],
)
def test_saml(record: Make, facts_of: FactsOf, role: str, kind: str) -> None:
    """The subject at its provider issued the key; Identity Center's roles tell its people by their path."""
    known, issued = facts_of(_saml(record, role))
    provider = "arn:aws:iam::111122223333:saml-provider/Corp"

    assert isinstance(known, Known)
    assert (known.kind, known.name, known.provider) == (kind, "bob@example.com", provider)
    assert isinstance(issued, Issued)
    assert issued.issuer == known.identity == Ref("Identity", f"{provider}|bob@example.com")
    assert (issued.tags, issued.transitive) == ((("Team", "blue"),), ("Team",))
    assert issued.session is not None
    assert issued.session.role is not None
    assert issued.session.role.arn == role


GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("caller", "answer", "provider", "subject", "kind"),
    [
        (
            {
                "type": "WebIdentityUser",
                "principalId": f"{GITHUB}:sts.amazonaws.com:repo:org/repo:ref:refs/heads/main",
                "userName": "repo:org/repo:ref:refs/heads/main",
                "identityProvider": GITHUB,
            },
            {"subjectFromWebIdentityToken": "repo:org/repo:ref:refs/heads/main", "provider": GITHUB},
            GITHUB,
            "repo:org/repo:ref:refs/heads/main",
            "oidc",
        ),
        (
            {"type": "WebIdentityUser", "principalId": f"{GITHUB}:sts.amazonaws.com:repo:org/repo:ref:refs/heads/b"},
            {},
            GITHUB,
            "repo:org/repo:ref:refs/heads/b",
            "oidc",
        ),
        (
            {
                "type": "WebIdentityUser",
                "principalId": "cognito-identity.amazonaws.com:eu-west-1:pool:eu-west-1:1234",
                "userName": "eu-west-1:1234",
                "identityProvider": "cognito-identity.amazonaws.com",
            },
            {"provider": "cognito-identity.amazonaws.com"},
            "cognito-identity.amazonaws.com",
            "eu-west-1:1234",
            "cognito",
        ),
    ],
    ids=["github", "principal id only", "cognito"],
)
def test_web_identity(
    record: Make, facts_of: FactsOf, caller: Shown, answer: Shown, provider: str, subject: str, kind: str
) -> None:
    """The token's subject at its provider issued the key; subjects hold colons and slashes and stay whole."""
    known, issued = facts_of(
        record(
            "sts",
            "AssumeRoleWithWebIdentity",
            userIdentity=caller,
            requestParameters=ASKED,
            responseElements=ANSWER | answer,
        )
    )

    assert isinstance(known, Known)
    assert (known.kind, known.name, known.provider) == (kind, subject, provider)
    assert isinstance(issued, Issued)
    assert (issued.issuer, issued.how) == (Ref("Identity", f"{provider}|{subject}"), "exact")


def test_get_session_token(record: Make, facts_of: FactsOf) -> None:
    """The key belongs to a session of the same user, begun now."""
    issued = _only(facts_of(record("sts", "GetSessionToken", responseElements={"credentials": CREDENTIALS})))

    assert issued.issuer == Ref("AccessKey", "AKIAALICE")
    assert issued.session == user_session(ALICE, AT, "token")


def test_get_federation_token(record: Make, facts_of: FactsOf) -> None:
    """The key belongs to a federated user whose rights come from the caller."""
    arn = "arn:aws:sts::111122223333:federated-user/app"
    issued = _only(
        facts_of(
            record(
                "sts",
                "GetFederationToken",
                requestParameters={"name": "app", "tags": [{"key": "a", "value": "b"}]},
                responseElements={
                    "credentials": CREDENTIALS,
                    "federatedUser": {"arn": arn, "federatedUserId": "111122223333:app"},
                },
            )
        )
    )
    session = issued.session

    assert session is not None
    assert (session.id, session.kind, session.arn) == (f"{AT}/111122223333:app", "federated", arn)
    assert session.user == ALICE
    assert issued.tags == (("a", "b"),)


@pytest.mark.parametrize("target", ["444455556666", "arn:aws:iam::444455556666:root"])
def test_assume_root(record: Make, facts_of: FactsOf, target: str) -> None:
    """The key belongs to a session of the target account's root, named by digits or ARN."""
    issued = _only(
        facts_of(
            record(
                "sts",
                "AssumeRoot",
                requestParameters={"targetPrincipal": target, "durationSeconds": 900},
                responseElements={"credentials": {"accessKeyId": "ASIAROOT"}, "sourceIdentity": "alice"},
            )
        )
    )

    assert issued.session == user_session(root("444455556666"), AT, "root")
    assert (issued.expires, issued.source_identity) == ("2024-05-06T07:23:09Z", "alice")


def test_get_delegated_access_token(record: Make, facts_of: FactsOf) -> None:
    """The key is issued by the caller, for the session that the answer names where it is a role's."""
    arn = "arn:aws:sts::111122223333:assumed-role/Deploy/vendor"
    answer = {"credentials": CREDENTIALS, "assumedPrincipal": arn}
    issued = _only(facts_of(record("sts", "GetDelegatedAccessToken", responseElements=answer)))

    assert issued.key == "ASIACHILD"
    assert issued.session is not None
    assert issued.session.arn == arn


def test_get_web_identity_token(record: Make, facts_of: FactsOf) -> None:
    """A token for the outside is no key: a mark on the caller with the audience."""
    facts = facts_of(record("sts", "GetWebIdentityToken", requestParameters={"audience": ["https://a.example"]}))

    assert facts == [
        Changed(
            at=AT,
            event="e-1",
            target=ALICE.ref,
            by=Ref("AccessKey", "AKIAALICE"),
            what="GetWebIdentityToken",
            detail="https://a.example",
        )
    ]


def test_endless_error_message(record: Make, facts_of: FactsOf) -> None:
    """A message that is made to be slow to search, as long as a record may be, is read in one go."""
    facts = facts_of(record("sts", "AssumeRole", errorCode="AccessDenied", errorMessage="arn:" * 60_000))

    assert [fact.target for fact in facts if isinstance(fact, Attempted)] == [Ref("Account", "111122223333")]


@pytest.mark.parametrize("event", ["GetSessionToken", "GetFederationToken"])
def test_refused_token_is_an_attempt_on_oneself(record: Make, facts_of: FactsOf, event: str) -> None:
    """A refused token would have been the caller's own."""
    (fact,) = facts_of(record("sts", event, errorCode="AccessDenied", errorMessage="no"))

    assert isinstance(fact, Attempted)
    assert fact.target == ALICE.ref


HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


@pytest.mark.parametrize("tags", [HIDDEN, [{"key": HIDDEN, "value": HIDDEN}], {HIDDEN: HIDDEN}])
def test_hidden_tags_are_none(record: Make, facts_of: FactsOf, tags: object) -> None:
    """Tags that the log hides are not known; the key was issued all the same."""
    asked = ASKED | {"tags": tags}
    issued = _only(facts_of(record("sts", "AssumeRole", requestParameters=asked, responseElements=ANSWER)))

    assert (issued.key, issued.tags) == ("ASIACHILD", ())


@pytest.mark.parametrize("answer", [{"errorCode": "AccessDenied"}, {"errorMessage": "AccessDenied"}])
def test_error_in_the_answer(record: Make, facts_of: FactsOf, answer: Shown) -> None:
    """Some services put the error into the answer: the call was refused all the same."""
    (fact,) = facts_of(record("sts", "AssumeRole", requestParameters=ASKED, responseElements=answer))

    assert isinstance(fact, Attempted)
    assert fact.error == "AccessDenied"
