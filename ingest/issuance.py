"""What issuing calls have in common: who issued, the credentials in the answer, the tags passed and handed on."""

import re
from typing import Literal

from ingest.facts import How, Issued, Tags
from ingest.identity import HIDDEN, Ref, Role, Session, account_in, assumed_in, role_session
from ingest.names import account, role_named, wanted
from ingest.record import Call, Shape
from ingest.times import instant, shift


class Credentials(Shape):
    """`credentials` of an answer; the secret is never logged."""

    access_key_id: str | None = None
    expiration: str | int | None = None


class AssumedRoleUser(Shape):
    """`assumedRoleUser` of an answer: AROA…:name, and the session's ARN, which leaves the role's path out."""

    assumed_role_id: str | None = None
    assume_role_id: str | None = None
    arn: str | None = None

    @property
    def principal(self) -> str:
        """AROA…:name or ''; eks-auth's API spells the field without its d."""
        return self.assumed_role_id or self.assume_role_id or ""


class Tag(Shape):
    """One tag of a list."""

    key: str | None = None
    value: str | None = None


TagList = list[Tag] | dict[str, str | list[str] | None] | Literal["HIDDEN_DUE_TO_SECURITY_REASONS"] | None
"""Tags as a list of key and value (AssumeRole, IAM) or as a map (SAML, OIDC, inherited ones); OIDC has lists of one.

Roles Anywhere hides them; that STS or IAM ever should is [unverified], and is then no tag rather than a bad record.
"""


class Asked(Shape):
    """`requestParameters` of the STS calls that issue credentials; each call has some of them."""

    role_arn: str | None = None
    role_session_name: str | None = None
    duration_seconds: int | None = None
    tags: TagList = None
    principal_tags: TagList = None
    incoming_transitive_tags: TagList = None
    transitive_tag_keys: list[str] | None = None
    source_identity: str | None = None
    principal_arn: str | None = None
    name: str | None = None
    target_principal: str | None = None


def pairs(tags: TagList) -> Tags:
    """The tags as key and value, in the order of the log; a tag without a key, or with a hidden one, is none."""
    if isinstance(tags, dict):
        found = [(key, ",".join(value) if isinstance(value, list) else value or "") for key, value in tags.items()]
    else:
        listed = tags if isinstance(tags, list) else []
        found = [(tag.key or "", tag.value or "") for tag in listed]
    return tuple((key, value) for key, value in found if key not in {"", HIDDEN})


def issuer(call: Call) -> tuple[Ref, How, str]:
    """Which credential called, how sure that is, and the caller's principal where only its account is a node.

    The callee's copy of a cross-account call shows an account and a principal id, never a key.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    who = call.actor
    if who.ref.label in {"AccessKey", "Service", "Identity"}:
        return who.ref, "exact", ""
    if who.ref.label == "Session":
        return who.ref, "session", ""
    if who.ref.label == "Account" and not who.ref.id:
        return account(call), "inferred", who.principal or who.arn
    return who.ref, "principal", who.principal or who.arn


def expiry(call: Call, credentials: Credentials, seconds: int | None) -> str:
    """When the credentials end: as the answer says, else as the request asked, else ''."""
    if credentials.expiration:
        try:
            return instant(credentials.expiration)
        except ValueError:
            pass
    return shift(call.at, seconds) if seconds else ""


def issued(
    call: Call,
    credentials: Credentials | None,
    session: Session | None,
    asked: Asked,
    by: tuple[Ref, How, str] | None = None,
    answered_identity: str | None = None,
) -> tuple[Issued, ...]:
    """The issuance that a successful call with a key in its answer is; nothing without a key.

    `by` is the issuer where `issuer` would not know it; `answered_identity` the source identity in the answer.
    """
    if credentials is None or not credentials.access_key_id:
        return ()
    ref, how, principal = by or issuer(call)
    tags = pairs(asked.tags) or pairs(asked.principal_tags)
    named = {key.casefold() for key in asked.transitive_tag_keys or ()}
    return (
        Issued(
            at=call.at,
            event=call.event,
            issuer=ref,
            how=how,
            principal=principal,
            key=credentials.access_key_id,
            session=session,
            expires=expiry(call, credentials, asked.duration_seconds),
            tags=tags,
            inherited=pairs(asked.incoming_transitive_tags),
            transitive=tuple(key for key, _ in tags if key.casefold() in named),
            source_identity=answered_identity or asked.source_identity or "",
        ),
    )


def opened(call: Call, role_arn: str, name: str | None, user: AssumedRoleUser | None) -> Session | None:
    """The role session that the call opened, or None where neither request, resources nor answer say which.

    The role's ARN with its path comes from the request, else from `resources` (requests over 100 KB are left out of
    the log); the session's ARN in the answer has no path, so it is only asked last. EC2 and Lambda answers lack it.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    user = user or AssumedRoleUser()
    arn = role_arn or call.resource("AWS::IAM::Role")
    name = name or (user.arn or "").partition("/")[2].partition("/")[2] or user.principal.partition(":")[2]
    if arn and name:
        return role_session(arn, name, call.at, user.principal)
    return session_of(user.arn or "", call.at, user.principal)


def session_of(arn: str, start: str, principal: str) -> Session | None:
    """The session that an assumed-role ARN names, begun at `start`; its role's path is not known."""
    if ":assumed-role/" not in arn:
        return None
    role, name = assumed_in(arn)
    role_id = principal.removesuffix(f":{name}") if principal.endswith(f":{name}") else ""
    bearer = Role(account_in(arn), role, "", role_id)
    return Session(f"{start}/{arn}", "role", arn, principal, bearer.account, name, start, bearer)


def aimed_at_role(call: Call) -> Ref:
    """The role that a refused call wanted: in the request if that was kept, else in the error message, else unknown.

    A refused AssumeRole has null parameters; its message ends `on resource: <role ARN>`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    role = call.request(Asked).role_arn or call.resource("AWS::IAM::Role") or wanted(call, "role")
    shown = _ROLES.findall(call.record.errorMessage or "") if not role else []
    return role_named(call, shown[-1].rstrip(".,;:'\")") if shown else role)


_ROLES = re.compile(r"arn:[^:\s]+:iam::\d*:role/\S+")
