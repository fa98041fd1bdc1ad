"""Lines of a history: what was done or tried, one line an event, whatever number of rows tell of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from ingest.identity import Ref
from queries.answer import spelled
from queries.caller import Caller
from queries.reach import Changed, Created, Listed, Tagged, Untagged

Subject = Literal["name", "life", "tag", "key", "login", "policy", "trust", "other"]
"""What a line is about: a name or path; being made or deleted; tags; long-lived credentials; passwords, second factors
and sign-ins; rights (policies, boundaries, groups); who may get in (trust policies, providers); anything else."""

_SUBJECTS: tuple[tuple[Subject, re.Pattern[str]], ...] = (
    ("tag", re.compile(r"^(Tag|Untag)")),
    ("trust", re.compile(r"AssumeRolePolicy|ClientID|Thumbprint|^Update\w*Provider")),
    ("name", re.compile(r"^UpdateUser$")),
    ("policy", re.compile(r"Policy|Boundary|Group")),
    ("login", re.compile(r"Login|Password|MFA|Mfa")),
    ("key", re.compile(r"Key|Credential|Certificate")),
    ("life", re.compile(r"^(Create|Delete)")),
)
"""By the event's name; the first that fits."""

BASELINE = "baseline"
SIGN_IN = "ConsoleLogin"


class Line(msgspec.Struct, frozen=True, rename=spelled):
    """One thing that happened, or with `error` was tried and refused.

    `what` is the event's name (or `baseline`), `detail` what it set: new name, tags, key, status, policy; `principal`
    and `access_key_id` are those of the caller, as of then. `event_id` is None for a sign-in that is only known by
    the use of its session.
    """

    at: str
    subject: Subject
    what: str
    detail: str | None = None
    principal: str | None = None
    access_key_id: str | None = None
    event_id: str | None = None
    error: str | None = None


class Attempted(msgspec.Struct, array_like=True, gc=False):
    """An ATTEMPTED edge, from what it was aimed at."""

    label: str
    id: str
    by_label: str
    by_id: str
    event: str
    at: str
    what: str
    error: str | None


Row = Created | Changed | Attempted | Tagged | Untagged | Listed
"""Whatever tells of an event; of a tag only the record says who set it."""


class _Deed(msgspec.Struct):
    """What the rows of one event say, while they are put together."""

    at: str
    what: str = ""
    details: set[str] = msgspec.field(default_factory=set)
    by: str | None = None
    error: str | None = None


class Deeds:
    """Deeds by event; the order in which rows are added does not matter."""

    def __init__(self, records: Mapping[str, tuple[str, Caller]]) -> None:
        """Start with none; `records` are names and callers by event, as the records behind them say."""
        self._records = records
        self._deeds: dict[str, _Deed] = {}

    def add(self, ref: Ref, row: Row) -> None:
        """Take in what one row says of an event; `ref` is what it happened to, the user itself or a key of it."""
        deed = self._deeds.setdefault(row.event, _Deed(row.at))
        said = ""
        if isinstance(row, Tagged):
            said = f"{row.key}={row.value}"
        elif isinstance(row, Untagged):
            said = row.key
        elif not isinstance(row, Listed):
            deed.what, deed.by = row.what, row.by_id
            said = ref.id if ref.label == "AccessKey" else ""
        if isinstance(row, Changed):
            said = f"{said} {row.detail or ''}".strip()
        elif isinstance(row, Attempted):
            deed.error = row.error or "refused"
        if said:
            deed.details.add(said)

    def lines(self) -> Iterator[Line]:
        """One line an event, in no order."""
        for event, deed in self._deeds.items():
            name, by = self._records.get(event, ("", Caller(deed.by)))
            what = name or deed.what or BASELINE
            detail = ", ".join(sorted(deed.details)) or None
            yield Line(deed.at, subject_of(what), what, detail, by.principal, by.access_key_id, event, deed.error)


def subject_of(event: str) -> Subject:
    """What an event of this name is about."""
    if event == BASELINE:
        return "tag"
    return next((subject for subject, pattern in _SUBJECTS if pattern.search(event)), "other")
