"""People and machines that come from outside IAM: SAML, OIDC, Cognito, and Identity Center.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html
"""

from typing import Any, Unpack

from synth import identifiers
from synth.credential import Credential, Identity, Session
from synth.ledger import GLOBAL_REGION, Ledger, outside, passed_tags
from synth.principal import Person, Provider, Role
from synth.sts import Terms

_GITHUB = "repo:%s:ref:refs/heads/main"


class Federation(Ledger):
    """The verbs of federation; the account is that of the role."""

    def _outsider(self, role: Role, name: str, terms: Terms, **more: Any) -> Session:  # noqa: ANN401 -- fields of Session
        self.standing(role)
        passed = dict(terms.get("tags", {}))
        fields: dict[str, Any] = {
            "passed": passed,
            "transitive": passed_tags(passed, terms.get("transitive", [])),
            "source_identity": terms.get("source_identity", ""),
            "end": self.trail.now + terms.get("duration", 3600),
            **more,
        }
        return Session(kind="role", account=self.number, bearer=role, name=name, start=self.trail.now, **fields)

    def _log(self, made: Credential, event: str, who: Identity, request: dict[str, Any], more: dict[str, Any]) -> None:
        session = made.session
        role = {"accountId": self.number, "type": "AWS::IAM::Role", "ARN": session.acts_as}
        if session.source_identity:
            request["sourceIdentity"] = session.source_identity
        if session.passed:
            request["principalTags"] = dict(session.passed)
        if session.transitive:
            request["transitiveTagKeys"] = list(session.transitive)
        user = {"assumedRoleId": session.principal_id, "arn": session.arn}
        response = {"credentials": self.credentials_of(made), "assumedRoleUser": user, **more}
        extra = {"resources": [role, *request.pop("_resources", [])]}
        record = self.bare_call(who, event, request=request, response=response, extra=extra)
        session.records = (record["eventID"],)

    def assume_role_with_saml(
        self, role: Role, *, provider: Provider, subject: str, **terms: Unpack[Terms]
    ) -> Credential:
        """Give a key that a SAML assertion about `subject` got; its tags are those of the assertion."""
        session = self._outsider(role, subject, terms, **outside("SAMLUser", subject, subject, provider.arn))
        made = self.open(session)
        self._log_saml(made, provider, subject)
        return made

    def _log_saml(self, made: Credential, provider: Provider, subject: str) -> None:
        qualifier = identifiers.session_token(self.rng, 20)[-24:] + "="
        who: Identity = {
            "type": "SAMLUser",
            "principalId": f"{qualifier}:{subject}",
            "userName": subject,
            "identityProvider": qualifier,
        }
        request = {
            "sAMLAssertionID": f"_{identifiers.uuid(self.rng)}",
            "roleSessionName": made.session.name,
            "roleArn": made.session.acts_as,
            "principalArn": provider.arn,
            "durationSeconds": (made.session.end or 0) - (made.session.start or 0),
            "_resources": [{"accountId": self.number, "type": "AWS::IAM::SAMLProvider", "ARN": provider.arn}],
        }
        more = {
            "subject": subject,
            "subjectType": "persistent",
            "issuer": provider.issuer,
            "audience": "https://signin.aws.amazon.com/saml",
            "nameQualifier": qualifier,
        }
        self._log(made, "sts:AssumeRoleWithSAML", who, request, more)

    def assume_role_with_web_identity(
        self, role: Role, *, provider: Provider, subject: str, name: str, **terms: Unpack[Terms]
    ) -> Credential:
        """Give a key that a token of an OIDC provider about `subject` got."""
        field = {"federatedProvider": provider.arn, "attributes": {}}
        more = {"context": {"webIdFederationData": field}, **outside("WebIdentityUser", subject, subject, provider.arn)}
        made = self.open(self._outsider(role, name, terms, **more))
        audience = "sts.amazonaws.com"
        who: Identity = {
            "type": "WebIdentityUser",
            "principalId": f"{provider.arn}:{audience}:{subject}",
            "userName": subject,
            "identityProvider": provider.arn,
        }
        request = {"roleArn": role.arn, "roleSessionName": name, "durationSeconds": terms.get("duration", 3600)}
        shown = {"subjectFromWebIdentityToken": subject, "provider": provider.arn, "audience": audience}
        self._log(made, "sts:AssumeRoleWithWebIdentity", who, request, shown)
        return made

    def github_actions(self, role: Role, *, provider: Provider, repository: str, **terms: Unpack[Terms]) -> Credential:
        """Give the key of a GitHub workflow on the main branch of `owner/name`."""
        subject = _GITHUB % repository
        return self.assume_role_with_web_identity(
            role, provider=provider, subject=subject, name="GitHubActions", **terms
        )

    def irsa(self, role: Role, *, provider: Provider, namespace: str, service_account: str) -> Credential:
        """Give the key of a pod by its EKS service account, whose cluster's issuer `provider` is."""
        subject = f"system:serviceaccount:{namespace}:{service_account}"
        name = f"botocore-session-{self.trail.now}"
        return self.assume_role_with_web_identity(role, provider=provider, subject=subject, name=name)

    def cognito_credentials(self, role: Role) -> Credential:
        """Give a key of a Cognito identity: a data event whose response has the key, and no role.

        The role is known from its use. `GetCredentialsForIdentity` is logged only where data events are switched on.
        """
        who = f"{self.region}:{identifiers.uuid(self.rng)}"
        issuer = "cognito-identity.amazonaws.com"
        more = outside("WebIdentityUser", who, who, issuer)
        field = {"federatedProvider": issuer, "attributes": {}}
        session = self._outsider(role, "CognitoIdentityCredentials", {}, context={"webIdFederationData": field}, **more)
        made = self.open(session)
        record = self.bare_call(
            {"type": "Unknown", "principalId": "", "accountId": self.number},
            "cognito-identity:GetCredentialsForIdentity",
            request={"identityId": who},
            response={"identityId": who, "credentials": self.credentials_of(made)},
            extra={"managementEvent": False},
        )
        session.records = (record["eventID"],)
        return made

    def sso_role(self, permission_set: str) -> tuple[Role, Provider]:
        """Give the role and SAML provider that Identity Center keeps in this account for a permission set."""
        tail = f"{self.rng.getrandbits(64):016x}"
        role = Role(
            id=self.mint("AROA"),
            name=f"AWSReservedSSO_{permission_set}_{tail}",
            account=self.number,
            path=f"/aws-reserved/sso.amazonaws.com/{self.region}/",
            known=False,
        )
        arn = f"arn:aws:iam::{self.number}:saml-provider/AWSSSO_{tail}_DO_NOT_DELETE"
        self.roles[role.name] = role
        return role, Provider(arn=arn, account=self.number, issuer=f"https://portal.sso.{GLOBAL_REGION}.amazonaws.com")

    def identity_center(
        self, role: Role, *, provider: Provider, person: Person, propagate: bool = True, console: bool = False
    ) -> Credential:
        """Give a key that a person got from Identity Center; what STS shows as issued is another key, never used.

        With `propagate`, calls made with it carry `onBehalfOf` (most of them: some services leave it out).
        """
        self._portal(role, person)
        store = f"arn:aws:identitystore::{self.world.management}:identitystore/{self.world.identity_store}"
        more = outside("IdentityCenterUser", person.name, person.name, provider.arn)
        more["origin"].person_id = f"{self.world.identity_store}/{person.id}"
        if propagate:
            more["scope"] = {"onBehalfOf": {"userId": person.id, "identityStoreArn": store}}
        session = self._outsider(role, person.name, {"duration": 43200}, **more)
        self._log_saml(self.open(session), provider, person.name)
        used = self.open(session, issued=False, link="session")
        used.console = console
        return used

    def _portal(self, role: Role, person: Person) -> None:
        """Write GetRoleCredentials as the management account sees it: a service event without any key."""
        store = f"arn:aws:identitystore::{self.world.management}:identitystore/{self.world.identity_store}"
        who: Identity = {
            "type": "IdentityCenterUser",
            "accountId": self.world.management,
            "onBehalfOf": {"userId": person.id, "identityStoreArn": store},
            "credentialId": identifiers.uuid(self.rng),
        }
        details = {"role_name": role.name.split("_")[1], "account_id": self.number}
        extra = {"eventType": "AwsServiceEvent", "serviceEventDetails": details}
        record = self.bare_call(who, "sso:GetRoleCredentials", extra=extra)
        record["recipientAccountId"] = self.world.management
