"""The console: signing in, switching roles, the federation endpoint, and `aws login` on the command line.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""

from typing import Any

from synth import identifiers
from synth.credential import Credential, Identity, Session, identity
from synth.ledger import GLOBAL_REGION, Refused
from synth.principal import Role, User
from synth.sts import Sts, role_request

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
_HOME = "https://console.aws.amazon.com/console/home?region=us-east-1"


class Signin(Sts):
    """The verbs of sign-in."""

    def console_login(self, user: User | None, *, mfa: bool = True) -> Credential:
        """Sign a user (None: root) in and give the first of the console's keys; none of them is ever issued in STS.

        The event itself has no key. Later calls carry its eventTime as their creationDate; `rotated` gives more keys.
        """
        self.trail.tick()
        session = Session(kind="console", account=self.number, bearer=user, start=self.trail.now, mfa=mfa)
        arn = f"arn:aws:signin:{GLOBAL_REGION}:{self.number}:session/{identifiers.uuid(self.rng)}"
        if not self.trail.old_style:
            session.context = {"signInSessionArn": arn}
        made = self.open(session, issued=False, link="session")
        made.console, made.agent = True, "AWS Internal"
        who = {key: value for key, value in identity(made).items() if key not in {"accessKeyId", "sessionContext"}}
        extra = {
            "eventType": "AwsConsoleSignIn",
            "readOnly": False,
            "additionalEventData": {"LoginTo": _HOME, "MobileVersion": "No", "MFAUsed": "Yes" if mfa else "No"},
        }
        self._signin(who, "ConsoleLogin", {"response": {"ConsoleLogin": "Success"}, "extra": extra})
        session.records = (self.trail.records[-1]["eventID"],)
        self.trail.tick()
        return made

    def enter_console(self, by: Credential) -> None:
        """Sign a role session in to the console: this ConsoleLogin has a key and a session, unlike a user's."""
        extra = {
            "eventType": "AwsConsoleSignIn",
            "readOnly": False,
            "additionalEventData": {"MobileVersion": "No", "MFAUsed": "No"},
        }
        response = {"ConsoleLogin": "Success"}
        self.call(by, "signin:ConsoleLogin", response=response, extra=extra, region=GLOBAL_REGION)
        by.console, by.agent = True, "AWS Internal"

    def failed_login(self, name: str) -> None:
        """Let somebody fail to sign in: no errorCode, only a message and a response that says Failure."""
        who: Identity = {"type": "IAMUser", "accountId": self.number, "accessKeyId": "", "userName": name}
        extra: dict[str, Any] = {
            "eventType": "AwsConsoleSignIn",
            "readOnly": False,
            "errorMessage": "Failed authentication",
            "additionalEventData": {"LoginTo": _HOME, "MobileVersion": "No", "MFAUsed": "No"},
        }
        self._signin(who, "ConsoleLogin", {"response": {"ConsoleLogin": "Failure"}, "extra": extra})

    def _signin(self, who: Identity, event: str, parts: dict[str, Any]) -> None:
        place = (self.place()[0], _BROWSER)
        self._write(self.number, f"signin:{event}", who, place, {"region": GLOBAL_REGION, **parts})

    def rotated(self, console: Credential) -> Credential:
        """Give another key of the same console session: the console changes keys every few seconds."""
        made = self.open(console.session, issued=False, link=console.link)
        made.console, made.address, made.agent = True, console.address, console.agent
        return made

    def switch_role(self, role: Role, *, by: Credential) -> Credential:
        """Switch a console session to a role and give a key in use; the key that AssumeRole shows is never used."""
        bearer = by.session.bearer
        if bearer is None:
            raise Refused("Roles may not be assumed by root accounts.")
        name = by.session.name or bearer.name
        self._permit(role, by, {"duration": 3600})
        session = self.child(by, role, name=name, end=self.trail.now + 3600, inherited=dict(by.session.transitive))
        session.transitive = dict(by.session.transitive)
        request = role_request(session, {"duration": 3600})
        self._log_assume(self.open(session), by, request, {"invokedBy": "AWS Internal"})
        used = self.open(session, issued=False, link="session")
        used.console, used.agent = True, "AWS Internal"
        who: Identity = {
            "type": "AssumedRole",
            "principalId": session.principal_id,
            "arn": session.arn,
            "accountId": session.account,
        }
        extra = {
            "eventType": "AwsConsoleSignIn",
            "additionalEventData": {"SwitchFrom": by.session.arn, "RedirectTo": _HOME},
        }
        self._signin(who, "SwitchRole", {"response": {"SwitchRole": "Success"}, "extra": extra})
        self.trail.records[-1]["recipientAccountId"] = session.account
        return used

    def signin_token(self, by: Credential, *, duration: int | None = None) -> Credential:
        """Trade a temporary key for a console sign-in; without a duration the key in the response is the caller's own.

        The child acts for the same session, with the same tags. https://docs.aws.amazon.com/IAM/latest/UserGuide/
        id_roles_providers_enable-console-custom-url.html
        """
        self.check(by)
        if duration is None:
            made = by
        else:
            parent = by.session
            more = {"passed": parent.passed, "inherited": parent.inherited, "transitive": parent.transitive}
            session = self.child(
                by, parent.bearer, kind=parent.kind, name=parent.name, end=self.trail.now + duration, **more
            )
            made = self.open(session)
        response = {"credentials": self.credentials_of(made), "GetSigninToken": "Success"}
        extra = {"eventType": "AwsConsoleSignIn", "readOnly": False}
        record = self.call(by, "signin:GetSigninToken", response=response, extra=extra, region=GLOBAL_REGION)
        if made is not by:
            made.session.records = (record["eventID"],)
        return made

    def aws_login(self, console: Credential) -> Credential:
        """Run `aws login` in a console session and give the command line's key: of the same session, never issued."""
        who = {key: value for key, value in identity(console).items() if key != "accessKeyId"}
        self.check(console)
        device = {"client_id": "arn:aws:signin:::devtools/same-device"}
        for event in ("AuthorizeOAuth2Access", "CreateOAuth2Token"):
            extra = {"readOnly": True, "eventType": "AwsApiCall"}
            self._signin(who, event, {"request": device, "extra": extra})
        return self.open(console.session, issued=False, link=console.link)
