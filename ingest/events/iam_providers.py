"""SAML and OIDC providers: doors into the account. Their tags are no principal's, and their tag keys keep their case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from collections.abc import Iterable

import msgspec

from ingest.deeds import created, tagged, touched, untagged
from ingest.event import Registry
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.issuance import TagList, pairs
from ingest.names import account, partition, wanted
from ingest.record import Call, Shape

events = Registry()
_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"


class ProviderShown(Shape):
    """`requestParameters` and `responseElements` about a provider.

    CloudTrail lowers the first letter of `SAMLProviderArn`; for `OpenIDConnectProviderArn` that spelling has not been
    seen in a log, so the others that would make sense are read too. [unverified]
    """

    name: str | None = None
    url: str | None = None
    tags: TagList = None
    tag_keys: list[str] | None = None
    client: str | None = msgspec.field(default=None, name="clientID")
    saml: str | None = msgspec.field(default=None, name="sAMLProviderArn")
    saml_plain: str | None = msgspec.field(default=None, name="samlProviderArn")
    saml_full: str | None = msgspec.field(default=None, name="SAMLProviderArn")
    oidc: str | None = msgspec.field(default=None, name="openIDConnectProviderArn")
    oidc_plain: str | None = msgspec.field(default=None, name="openIdConnectProviderArn")
    oidc_full: str | None = msgspec.field(default=None, name="OpenIDConnectProviderArn")

    @property
    def arn(self) -> str:
        """The provider's ARN, however the field is spelled, or ''."""
        spelled = (self.saml, self.saml_plain, self.saml_full, self.oidc, self.oidc_plain, self.oidc_full)
        return next((arn for arn in spelled if arn), "")


def provider(call: Call) -> Ref:
    """The provider: its ARN in answer or request, as name or URL will make it, or in a refusal; else the account."""
    answer, asked = call.response(ProviderShown), call.request(ProviderShown)
    arn = answer.arn or asked.arn
    if not arn and asked.name:
        arn = f"arn:{partition(call)}:iam::{account(call).id}:saml-provider/{asked.name}"
    if not arn and asked.url:
        issuer = asked.url.removeprefix("https://").rstrip("/")
        arn = f"arn:{partition(call)}:iam::{account(call).id}:oidc-provider/{issuer}"
    arn = arn or wanted(call, "saml-provider") or wanted(call, "oidc-provider")
    return Ref("Provider", arn) if arn else account(call)


@events.handles(
    "iam",
    "CreateSAMLProvider",
    "CreateOpenIDConnectProvider",
    gives="a provider made, with its first tags",
    page=_API + "CreateSAMLProvider.html",
    refused=provider,
)
def create_provider(call: Call) -> Iterable[Fact]:
    """The provider by its ARN."""
    made = provider(call)
    yield created(call, made)
    yield from tagged(call, made, pairs(call.request(ProviderShown).tags))


@events.handles(
    "iam",
    "UpdateSAMLProvider",
    "DeleteSAMLProvider",
    "DeleteOpenIDConnectProvider",
    "AddClientIDToOpenIDConnectProvider",
    "RemoveClientIDFromOpenIDConnectProvider",
    "UpdateOpenIDConnectProviderThumbprint",
    gives="a provider changed or deleted",
    page=_API + "UpdateSAMLProvider.html",
    denied=True,
)
def provider_touched(call: Call) -> Iterable[Fact]:
    """A mark on the provider, with the client id where it is about one."""
    yield touched(call, provider(call), call.request(ProviderShown).client or "")


@events.handles(
    "iam",
    "TagSAMLProvider",
    "TagOpenIDConnectProvider",
    gives="tags set on a provider",
    page=_API + "TagSAMLProvider.html",
    refused=provider,
)
def tag_provider(call: Call) -> Iterable[Fact]:
    """The tags, over those with exactly the same keys."""
    return tagged(call, provider(call), pairs(call.request(ProviderShown).tags))


@events.handles(
    "iam",
    "UntagSAMLProvider",
    "UntagOpenIDConnectProvider",
    gives="tags taken from a provider",
    page=_API + "UntagSAMLProvider.html",
    refused=provider,
)
def untag_provider(call: Call) -> Iterable[Fact]:
    """The tag keys, whose case matters."""
    return untagged(call, provider(call), call.request(ProviderShown).tag_keys)
