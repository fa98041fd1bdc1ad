"""IAM roles and identity providers: made, opened to others, tagged, taken away.

https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
"""

import json
from typing import Any
from urllib.parse import quote

from synth.credential import Credential
from synth.iam_users import IamUsers
from synth.principal import Provider, Role
from synth.tags import Tags, listed, merge, without


class IamRoles(IamUsers):
    """The verbs of IAM about roles and providers. `by` is the credential that asks."""

    def existing_role(
        self, name: str, *, path: str = "/", tags: Tags | None = None, trusts: set[str] | None = None
    ) -> Role:
        """Give a role that is older than the trail; without `trusts` its own account may assume it."""
        role = self._role(name, path, tags, trusts)
        role.known = False
        self.roles[name] = role
        return role

    def service_linked_role(self, service: str, name: str) -> Role:
        """Give a role that only an AWS service uses: its path is `/aws-service-role/<service>/`."""
        return self.existing_role(name, path=f"/aws-service-role/{service}/", trusts={service})

    def create_role(
        self,
        name: str,
        *,
        by: Credential,
        path: str = "/",
        tags: Tags | None = None,
        trusts: set[str] | None = None,
    ) -> Role:
        """Give a new role; one that bore the name before had another id, and its tags do not pass on."""
        role = self._role(name, path, tags, trusts)
        policy = trust_policy(role.trusts)
        request: dict[str, Any] = {"path": path, "roleName": name, "assumeRolePolicyDocument": policy}
        shown: dict[str, Any] = {
            "assumeRolePolicyDocument": quote(policy, safe=""),
            "arn": role.arn,
            "roleId": role.id,
            "createDate": self.stamp(),
            "roleName": name,
            "path": path,
        }
        if tags:
            request["tags"] = shown["tags"] = listed(tags)
        self.iam(by, "CreateRole", request, {"role": shown})
        self.roles[name] = role
        return role

    def _role(self, name: str, path: str, tags: Tags | None, trusts: set[str] | None) -> Role:
        return Role(
            id=self.mint("AROA"),
            name=name,
            account=self.number,
            path=path,
            tags=dict(tags or {}),
            trusts=frozenset(trusts or {self.number}),
        )

    def delete_role(self, role: Role, *, by: Credential) -> None:
        """Delete a role; its sessions are dead from now on."""
        self.iam(by, "DeleteRole", {"roleName": role.name})
        role.alive = False
        self.roles.pop(role.name, None)

    def update_trust(self, role: Role, trusts: set[str], *, by: Credential) -> None:
        """Set anew who may assume a role: accounts, ARNs or services."""
        request = {"roleName": role.name, "policyDocument": trust_policy(frozenset(trusts))}
        self.iam(by, "UpdateAssumeRolePolicy", request)
        role.trusts = frozenset(trusts)

    def tag_role(self, role: Role, tags: Tags, *, by: Credential) -> None:
        """Set tags of a role; a key that is there in another case is replaced."""
        self.iam(by, "TagRole", {"roleName": role.name, "tags": listed(tags)})
        role.tags = merge(role.tags, tags)

    def untag_role(self, role: Role, keys: list[str], *, by: Credential) -> None:
        """Take tags from a role."""
        self.iam(by, "UntagRole", {"roleName": role.name, "tagKeys": keys})
        role.tags = without(role.tags, keys)

    def attach_role_policy(self, role: Role, policy: str, *, by: Credential) -> None:
        """Attach a policy of AWS's, by its name, to a role."""
        self.iam(by, "AttachRolePolicy", {"roleName": role.name, "policyArn": f"arn:aws:iam::aws:policy/{policy}"})

    def create_saml_provider(self, name: str, *, by: Credential, tags: Tags | None = None) -> Provider:
        """Give a new SAML provider."""
        arn = f"arn:aws:iam::{self.number}:saml-provider/{name}"
        request: dict[str, Any] = {"name": name}
        if tags:
            request["tags"] = listed(tags)
        self.iam(by, "CreateSAMLProvider", request, {"sAMLProviderArn": arn})
        return Provider(arn=arn, account=self.number, issuer=f"https://idp.example.com/{name}", tags=dict(tags or {}))

    def create_oidc_provider(self, issuer: str, *, by: Credential, tags: Tags | None = None) -> Provider:
        """Give a new OIDC provider for an issuer such as `token.actions.githubusercontent.com`."""
        arn = f"arn:aws:iam::{self.number}:oidc-provider/{issuer}"
        request: dict[str, Any] = {"url": f"https://{issuer}", "clientIDList": ["sts.amazonaws.com"]}
        response: dict[str, Any] = {"openIDConnectProviderArn": arn}
        if tags:
            request["tags"] = response["tags"] = listed(tags)
        self.iam(by, "CreateOpenIDConnectProvider", request, response)
        return Provider(arn=arn, account=self.number, issuer=issuer, tags=dict(tags or {}))

    def tag_provider(self, provider: Provider, tags: Tags, *, by: Credential) -> None:
        """Set tags of a provider: resource tags, their keys told apart by case, never tags of a principal."""
        saml = ":saml-provider/" in provider.arn
        event, field = ("TagSAMLProvider", "sAMLProviderArn") if saml else (_TAG_OIDC, "openIDConnectProviderArn")
        self.iam(by, event, {field: provider.arn, "tags": listed(tags)})
        provider.tags = {**provider.tags, **tags}

    def untag_provider(self, provider: Provider, keys: list[str], *, by: Credential) -> None:
        """Take tags from a provider."""
        saml = ":saml-provider/" in provider.arn
        event, field = ("UntagSAMLProvider", "sAMLProviderArn") if saml else (_UNTAG_OIDC, "openIDConnectProviderArn")
        self.iam(by, event, {field: provider.arn, "tagKeys": keys})
        provider.tags = {key: value for key, value in provider.tags.items() if key not in keys}


_TAG_OIDC, _UNTAG_OIDC = "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider"


def trust_policy(trusts: frozenset[str]) -> str:
    """Give the JSON of the trust policy that lets in these accounts, ARNs and services."""
    services = sorted(one for one in trusts if one.endswith(".amazonaws.com"))
    accounts = sorted(trusts - set(services))
    principal = {kind: who for kind, who in (("AWS", accounts), ("Service", services)) if who}
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
