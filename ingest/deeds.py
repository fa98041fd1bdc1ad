"""What a caller did to something, as facts: made it, changed it, or tried to and was refused."""

from ingest.facts import Attempted, Changed, Created, Fact, RunsAs, Tagged, Tags, Untagged
from ingest.identity import Ref
from ingest.names import account
from ingest.record import Call

TAGGABLE = frozenset({"User", "Name", "Role", "Provider"})


def doer(call: Call) -> Ref:
    """Who called; where the record names nobody, the account that received it."""
    return call.actor.ref if call.actor.ref.id else Ref("Account", call.account)


def own(call: Call) -> Ref:
    """The caller as the thing that was touched: its session, else its user, else its key or account."""
    if call.actor.session:
        return call.actor.session.ref
    if call.actor.user:
        return call.actor.user.ref
    by = doer(call)
    return account(call) if by.label == "Service" else by


def created(call: Call, target: Ref) -> Created:
    """The caller made `target`."""
    return Created(at=call.at, event=call.event, target=target, by=doer(call), what=call.name)


def changed(call: Call, target: Ref, detail: str = "") -> Changed:
    """The caller changed, ended or touched `target`; `detail` is one short word more."""
    return Changed(at=call.at, event=call.event, target=target, by=doer(call), what=call.name, detail=detail)


def attempted(call: Call, target: Ref, error: str = "") -> Attempted:
    """The caller tried this on `target` and was refused with `error` (by default the record's own)."""
    return Attempted(
        at=call.at, event=call.event, by=doer(call), what=call.name, error=error or call.error, target=target
    )


def touched(call: Call, target: Ref, detail: str = "") -> Fact:
    """Changed where the call succeeded, Attempted where it was refused (a dry run is a refusal: nothing is made)."""
    return attempted(call, target) if call.error else changed(call, target, detail)


def runs_as(call: Call, thing: Ref, role: Ref) -> RunsAs:
    """From this call on `thing` may act as `role`."""
    return RunsAs(at=call.at, event=call.event, thing=thing, role=role)


def tagged(call: Call, target: Ref, tags: Tags) -> tuple[Tagged, ...]:
    """The tags set on `target`: one fact; none where there are no tags, or the record does not say on what."""
    if not tags or target.label not in TAGGABLE:
        return ()
    return (Tagged(at=call.at, event=call.event, target=target, tags=tags),)


def untagged(call: Call, target: Ref, keys: list[str] | None) -> tuple[Untagged, ...]:
    """The tag keys taken from `target`: one fact; none where there are no keys, or the record does not say from what.

    Field names are those of the API model. [unverified in a log]
    """
    if not keys or target.label not in TAGGABLE:
        return ()
    return (Untagged(at=call.at, event=call.event, target=target, keys=tuple(keys)),)
