"""What a handler of one CloudTrail event is, and how it is found by the event's source and name."""

import re
from collections.abc import Callable, Iterable
from functools import wraps

import msgspec

from ingest.deeds import attempted
from ingest.facts import Fact
from ingest.identity import Ref
from ingest.record import Call

Handle = Callable[[Call], Iterable[Fact]]
Aim = Callable[[Call], Ref]
"""Says what a refused call was aimed at."""


class Handler(msgspec.Struct, frozen=True):
    """One event: what it `gives` in a line, and the AWS page (or data set) that says so; docs/events.md is made of it.

    `denied` handlers are asked about refused calls too; the others never see one.
    """

    source: str
    name: str
    handle: Handle
    gives: str
    page: str
    denied: bool = False


class Registry:
    """The handlers of one or more services."""

    def __init__(self, *parts: "Registry") -> None:
        """Start with the handlers of `parts`. Raises ValueError where two of them handle the same event."""
        self.handlers: dict[tuple[str, str], Handler] = {}
        for part in parts:
            for handler in part.handlers.values():
                self.add(handler)

    def handles(
        self, source: str, *names: str, gives: str, page: str, denied: bool = False, refused: Aim | None = None
    ) -> Callable[[Handle], Handle]:
        """Register the decorated function for events `names` of `source` (`sts` stands for `sts.amazonaws.com`).

        With `refused`, a refused call gives an Attempted on what `refused` says, and the function never sees it; with
        `denied`, the function is asked itself. Raises ValueError where an event already has a handler.
        """

        def register(handle: Handle) -> Handle:
            asked = _unless_refused(handle, refused) if refused else handle
            for name in names:
                self.add(Handler(f"{source}.amazonaws.com", name, asked, gives, page, denied or refused is not None))
            return handle

        return register

    def add(self, handler: Handler) -> None:
        """Take a handler in. Raises ValueError where its event already has one."""
        key = (handler.source, handler.name)
        if key in self.handlers:
            raise ValueError(f"two handlers for {key}")
        self.handlers[key] = handler

    def find(self, source: str, name: str) -> Handler | None:
        """The handler of an event; a version suffix of the name (CreateFunction20150331v2) does not matter."""
        found = self.handlers.get((source, name))
        if found is None and name[-1:].isdigit():
            found = self.handlers.get((source, _VERSION.sub("", name)))
        return found


def table(registry: Registry) -> str:
    """The handlers as a Markdown table, a row an event, in their order: what docs/events.md must hold."""
    rows = ["| source | event | what it gives | where it is written |", "| --- | --- | --- | --- |"]
    for handler in registry.handlers.values():
        source = handler.source.removesuffix(".amazonaws.com")
        page = handler.page.rsplit("/", 1)[-1].removesuffix(".html")
        rows.append(f"| {source} | {handler.name} | {handler.gives} | [{page}]({handler.page}) |")
    return "\n".join(rows) + "\n"


def _unless_refused(handle: Handle, aim: Aim) -> Handle:
    @wraps(handle)
    def asked(call: Call) -> Iterable[Fact]:
        if call.error:
            return (attempted(call, aim(call)),)
        return handle(call)

    return asked


# https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
_VERSION = re.compile(r"(?:\d{8}(?:v\d+)?|\d{4}_\d{2}_\d{2})$")
