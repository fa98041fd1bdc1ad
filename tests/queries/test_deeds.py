import pytest

from queries.deeds import Subject, subject_of


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        ("CreateUser", "life"),
        ("DeleteRole", "life"),
        ("CreateSAMLProvider", "life"),
        ("UpdateUser", "name"),
        ("TagUser", "tag"),
        ("UntagOpenIDConnectProvider", "tag"),
        ("baseline", "tag"),
        ("CreateAccessKey", "key"),
        ("UpdateServiceSpecificCredential", "key"),
        ("DeleteSigningCertificate", "key"),
        ("CreateLoginProfile", "login"),
        ("ChangePassword", "login"),
        ("DeactivateMFADevice", "login"),
        ("CheckMfa", "login"),
        ("ConsoleLogin", "login"),
        ("AttachUserPolicy", "policy"),
        ("DeleteUserPermissionsBoundary", "policy"),
        ("AddUserToGroup", "policy"),
        ("UpdateAssumeRolePolicy", "trust"),
        ("UpdateSAMLProvider", "trust"),
        ("AddClientIDToOpenIDConnectProvider", "trust"),
        ("AssumeRole", "other"),
    ],
)
def test_what_an_event_is_about(event: str, subject: Subject) -> None:
    """Lines can be told apart by what they are about, for every event of IAM that a history holds."""
    assert subject_of(event) == subject
