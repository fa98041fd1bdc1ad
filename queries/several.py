"""What a question says where several things fit what was asked for: all of them, each under an id of its own."""

from collections.abc import Sequence

import msgspec

from ingest.errors import NotFound
from queries.answer import spelled


class Choice(msgspec.Struct, frozen=True, rename=spelled):
    """One of several: `id` asks for this one and no other; `name` and the times tell a person which it is."""

    kind: str
    id: str
    name: str | None = None
    first: str | None = None
    last: str | None = None

    def __str__(self) -> str:
        """One line: kind, id, name, and from when to when it is known."""
        times = f"{self.first} to {self.last}" if self.first and self.last else None
        return "  ".join(word for word in (self.kind, self.id, self.name, times) if word)


class Several(NotFound):
    """More than one thing fits; catch it to list `choices`, whose order does not depend on that of ingest.

    The message's first line is the sentence, each further one a choice.
    """

    def __init__(self, asked: str, choices: Sequence[Choice], more: str = "") -> None:
        """`asked` is the text as it was given, `more` what else one may do than ask for one by its id."""
        self.choices = sorted(choices, key=lambda one: (one.kind, one.id, one.first or "", one.last or ""))
        told = f"{asked!r} fits {len(self.choices)} of them: ask for one by its id{more}"
        super().__init__("\n".join((told, *(f"  {choice}" for choice in self.choices))))
