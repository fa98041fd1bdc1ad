"""What is so of each access key of a made-up organization, told from the simulation's state and never from records."""

from collections.abc import Iterable

import msgspec

from synth import moments
from synth.credential import Credential, Evidence, weakest
from synth.principal import Hop, Origin
from synth.tags import Tags, merge

_STOPS = {
    "IAMUser": "iam-user",
    "Root": "root",
    "SAMLUser": "saml",
    "WebIdentityUser": "oidc",
    "IdentityCenterUser": "identity-center",
    "AWSService": "service",
    "Account": "other-account",
    "Unknown": "issuance-not-seen",
}


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The truth about one access key, as of its start; for a long-lived key as of when it was last seen in use.

    `chain` runs from the principal to the origin with equal neighbours as one; names in it are those borne at each
    hop's moment. `tags` is all that any hop said, `principal_tags` what `aws:PrincipalTag` is. Times are RFC 3339.
    `records` are the eventIDs of the issuance, the caller's copy first. `tags_known` and `principal_tags_known` are
    False where a user or role is older than the trail, `ambiguous` is True where nothing in a whole trail tells two
    issuers apart, and `evidence` is what a whole trail allows. `asked_by` is the key that had a stack made or changed.
    """

    key: str
    kind: str
    principal: str
    chain: tuple[str, ...]
    origin_kind: str
    origin_id: str
    origin_name: str
    stop: str
    complete: bool
    evidence: Evidence
    tags: Tags
    tags_known: bool
    principal_tags: Tags
    principal_tags_known: bool
    transitive: tuple[str, ...]
    source_identity: str | None
    session: str
    start: str | None
    end: str | None
    minted_by: str | None
    asked_by: str | None
    records: tuple[str, ...]
    issued: bool
    seen: bool
    ambiguous: bool


def truths(credentials: Iterable[Credential]) -> dict[str, Truth]:
    """Give the truth of every credential that has a key, by key."""
    known = [credential for credential in credentials if credential.key]
    issuers = _issuers(known)
    return {credential.key: _truth(credential, issuers) for credential in known}


_Start = tuple[str, int | None]


def _issuers(credentials: list[Credential]) -> dict[_Start, set[str]]:
    """Collect who issued the sessions of one ARN that started in one second."""
    issuers: dict[_Start, set[str]] = {}
    for credential in credentials:
        session = credential.session
        if credential.issued and session.kind == "role":
            issuers.setdefault((session.arn, session.start), set()).add(_issuer(credential))
    return issuers


def _issuer(credential: Credential) -> str:
    session = credential.session
    if session.parent is not None:
        return session.parent.key
    return f"{session.above[0].arn if session.above else ''} {session.origin_now().id}"


def _ambiguous(credential: Credential, issuers: dict[_Start, set[str]]) -> bool:
    session = credential.session
    if not credential.issued and len(issuers.get((session.arn, session.start), ())) > 1:
        return True
    return session.parent is not None and _ambiguous(session.parent, issuers)


def _truth(credential: Credential, issuers: dict[_Start, set[str]]) -> Truth:
    session = credential.session
    leaf, principal_tags = session.born, session.principal_tags
    if session.kind == "long-lived" and credential.last is not None:
        leaf, principal_tags = credential.last, credential.last_tags
    hops = (leaf, *session.above)
    origin = session.origin or _own(session.origin_now(), leaf)
    return Truth(
        key=credential.key,
        kind=session.kind,
        principal=leaf.arn,
        chain=_collapsed(hops),
        origin_kind=origin.kind,
        origin_id=origin.person_id if origin.shown and origin.person_id else origin.id,
        origin_name=origin.name,
        stop=_STOPS[origin.kind],
        complete=origin.kind not in {"Account", "Unknown"},
        evidence=weakest(*(credential.chain_evidence or (credential.link,))),
        tags=merge(*(hop.tags for hop in reversed(hops))),
        tags_known=all(hop.known for hop in hops),
        principal_tags=principal_tags,
        principal_tags_known=leaf.known,
        transitive=tuple(sorted(session.transitive)),
        source_identity=session.source_identity or None,
        session=session.arn,
        start=None if session.start is None else moments.iso(session.start),
        end=None if session.end is None else moments.iso(session.end),
        minted_by=session.minted_by or None,
        asked_by=session.asked_by or None,
        records=session.records,
        issued=credential.issued,
        seen=credential.seen,
        ambiguous=_ambiguous(credential, issuers),
    )


def _own(origin: Origin, leaf: Hop) -> Origin:
    return Origin(kind=origin.kind, id=origin.id, name=leaf.name)


def _collapsed(hops: tuple[Hop, ...]) -> tuple[str, ...]:
    arns = [hop.arn for hop in hops]
    return tuple(arn for at, arn in enumerate(arns) if at == 0 or arn != arns[at - 1])
