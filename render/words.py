"""What the short words of an answer mean, said to a responder."""

from queries.answer import Answer, Evidence, Kind, Origin, Stop, Warned

EVIDENCE: dict[Evidence, str] = {
    "exact": "the record that issued it names its key id",
    "session": "its session and second are those of an issuance",
    "near": "its session is one second off an issuance, and only one fits",
    "principal": "only the caller's principal is known, not its key",
    "inferred": "by a time window or a request parameter",
    "observed": "no issuance was seen; known by its use alone",
}

STOPS: dict[Stop, str] = {
    "iam-user": "an IAM user's own credential, which no other issued",
    "root": "the root user's own credential, which no other issued",
    "saml": "a person signed in at the SAML provider; who exactly is in its own log",
    "oidc": "a workload or person proved itself to the OIDC provider; what ran is in its own log",
    "identity-center": "a person signed in at IAM Identity Center",
    "service": "an AWS service took the role for its own work, or for a workload in it",
    "issuance-not-seen": "the record that issued it is not in what was ingested, so who stands behind it is not known",
    "other-account": "the caller is in another account, whose trail was not ingested",
    "ambiguous": "several credentials could have issued it, and nothing in the trail tells which",
}

KINDS: dict[Kind, str] = {
    "IAMUser": "IAM user",
    "Root": "root user",
    "SAMLUser": "SAML user",
    "WebIdentityUser": "OIDC identity",
    "IdentityCenterUser": "Identity Center user",
    "AWSService": "AWS service",
    "Account": "somebody in account",
    "Unknown": "unknown",
}

_WARNINGS = {
    "key-minted-by-other": "this key of {name}'s{key} was created by {by}{when}",
    "password-set-by-other": "the console password of {name} was set by {by}{when}",
    "trust-changed": "who may assume {name} was changed by {by}{when}, before this session",
    "digest-failed": "the trail's own digest does not match: records may be missing or altered{when}",
    "id-mismatch": "the key id{key} says account {by}, but the record says it acts as {principal}{when}",
    "transitive-tags-disagree": "the transitive tags in the record are not those that its issuer had{when}",
}
_ANY = "by {by}{when}"


def warning(warned: Warned, answer: Answer) -> str:
    """One warning as a sentence, its kind first."""
    hop = answer.hops[warned.hop or 0]
    parts = {
        "name": short(hop.principal),
        "principal": hop.principal,
        # The leaf's own key stands in the next line anyway.
        "key": f" ({hop.access_key_id})" if hop.access_key_id and hop is not answer.hops[0] else "",
        "by": warned.by or "somebody unknown",
        "when": (f" at {warned.at}" if warned.at else "") + (f" (event {warned.event_id})" if warned.event_id else ""),
    }
    told = _WARNINGS.get(warned.kind) or (_ANY if warned.by else "{when}")
    return f"{warned.kind}: {told.format_map(parts).strip()}".removesuffix(": ")


def short(principal: str) -> str:
    """The name at the end of a principal's ARN; anything else as it is."""
    if not principal.startswith("arn:"):
        return principal
    return principal.rpartition("/")[2] if "/" in principal else principal.rpartition(":")[2]


def account(principal: str) -> str:
    """The account in a principal's ARN, or ''."""
    return (principal.split(":", 5) + [""] * 5)[4] if principal.startswith("arn:") else ""


def session(session_id: str) -> str:
    """A session's id in words: the name of a role session, else when it began and for which service."""
    start, _, rest = session_id.partition("/")
    if ":assumed-role/" in rest:
        return f"session {rest.partition(':assumed-role/')[2].partition('/')[2].partition('/')[0]}"
    since = "undated" if start == "-" else f"since {start}"
    service = rest.partition("/")[2]
    if service.endswith(".amazonaws.com"):
        return f"used once by {service} for its caller, {since}"
    return f"session {since}"


def origin(told: Origin) -> str:
    """Who a chain began with: kind and name, id, account."""
    if told.kind == "Unknown":
        return "unknown"
    if told.kind == "Account":
        return f"{KINDS[told.kind]} {told.id}"
    name = told.name or short(told.arn or "") or told.id or ""
    number = account(told.arn or "")
    more = [part for part in (told.id if told.id != name else "", f"account {number}" if number else "") if part]
    return f"{KINDS[told.kind]} {name}" + (f" ({', '.join(more)})" if more else "")


def headline(answer: Answer) -> str:
    """The whole answer in a sentence, with what turns it: a key on the way that somebody else had made."""
    minted = [one for one in answer.warnings if one.kind == "key-minted-by-other" and one.hop]
    made = [f"{short(answer.hops[one.hop or 0].principal)}'s key was created by {one.by}" for one in minted if one.by]
    return ", but ".join((_behind(answer), *made))


def _behind(answer: Answer) -> str:
    what = answer.access_key_id or ("this session" if credential(answer) else "this")
    acts = answer.hops[0].principal if answer.hops else answer.principal
    if not answer.complete:
        return f"{what} {'acts as' if credential(answer) else 'is'} {acts}; {_unsure(answer)}"
    minted = answer.minted_by
    if minted and ("key-minted-by-other", minted.event_id) in {(one.kind, one.event_id) for one in answer.warnings}:
        return f"{what} acts as {acts}, but behind its making is {origin(minted.origin)}"
    if len(answer.principal_chain) == 1:
        return f"{what} is {origin(answer.origin)}"
    return f"{what} acts as {acts}; behind it is {origin(answer.origin)}"


def credential(answer: Answer) -> bool:
    """Whether a key or a session was asked about, and not a user, a service or somebody else who has such."""
    return bool(answer.access_key_id or (answer.hops and answer.hops[0].session))


def _unsure(answer: Answer) -> str:
    """What an incomplete chain lets one say."""
    if answer.origin.kind in {"Unknown", "Account"}:
        return "who is behind it is not known"
    if answer.evidence == "observed":
        return f"its use names {origin(answer.origin)}, but who is behind it is not sure"
    return f"behind it is probably {origin(answer.origin)} ({answer.evidence})"
