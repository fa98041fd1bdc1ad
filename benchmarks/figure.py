"""What a benchmark gives: named figures, each with what is wanted of it, and points for the plot."""

import operator
from typing import Literal

import msgspec

_HOLDS = {"≤": operator.le, "≥": operator.ge}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value: `bound` is what is wanted of it (`≥ 0.6`), None where it is only shown."""

    what: str
    value: float
    unit: str = ""
    sign: Literal["≤", "≥"] | None = None
    bound: float = 0.0

    @property
    def met(self) -> bool | None:
        """Whether it is as wanted; None where nothing is."""
        return bool(_HOLDS[self.sign](self.value, self.bound)) if self.sign else None

    @property
    def wanted(self) -> str:
        """What is wanted, '' where nothing is."""
        return f"{self.sign} {self.bound:g}{self.unit and ' ' + self.unit}" if self.sign else ""

    @property
    def shown(self) -> str:
        """The value with its unit, three digits of it."""
        digits = 0 if abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2
        return f"{self.value:,.{digits}f}{self.unit and ' ' + self.unit}"


class Point(msgspec.Struct, frozen=True):
    """A cost at a size, for the plot: `line` names the curve."""

    line: str
    size: int
    cost: float


class Result(msgspec.Struct, frozen=True):
    """All that one benchmark measured."""

    figures: list[Figure]
    points: list[Point] = []
