"""What could not be read: with where it was and why; counted, shown, never dropped in silence."""

import msgspec


class Quarantined(msgspec.Struct, frozen=True):
    """A piece of input that could not be read.

    `source` is the object's name, `position` where in it (`record 3`, `line 12`, `byte 4096`, or ''), `reason` one
    sentence, `sample` the first characters of what was there.
    """

    source: str
    position: str
    reason: str
    sample: str = ""

    @property
    def passing(self) -> bool:
        """Whether another try may go better: the object could not be opened or read, or not within the limits then."""
        return self.reason.startswith(("cannot be ", "expands over ", "a JSON value of more than "))
