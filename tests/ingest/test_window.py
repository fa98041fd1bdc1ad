import re

import pytest

from ingest.packing import Pieces
from ingest.window import Broken, Window

LINE = b'{"a":}\n'
SIGN = re.compile(rb'"Records"\s*:')


class Counting:
    """A pattern that counts the bytes that it is asked to look through."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern
        self.bytes = 0

    def search(self, data: bytes, begin: int, end: int) -> re.Match[bytes] | None:
        """Search as the pattern does."""
        self.bytes += max(0, end - begin)
        return self._pattern.search(data, begin, end)


def window(text: bytes) -> Window:
    """A window on the whole text, all of it in memory."""
    found = Window(Pieces(iter([text])), 1024 * 1024)
    found.more()
    return found


@pytest.mark.parametrize("before", [0, 100, 5000])
def test_sign_ahead_is_found_from_every_place_before_it(before: int) -> None:
    """As long as it is near enough, and not once it was passed, whatever was asked before."""
    text = window(b" " * before + b'"Records": [' + b" " * 5000)
    found = []
    for place in range(before + 50):
        text.move(place)
        found.append(text.ahead(SIGN, 1000))

    assert found == [before - 990 <= place <= before for place in range(before + 50)]


def test_many_broken_values_are_looked_through_once() -> None:
    """Each asks what is ahead of it, and the text is not searched anew for each: a long broken file ends in time."""
    text, sign = window(LINE * 10_000), Counting(SIGN)
    while text.skip() >= 0:
        assert isinstance(text.value(), Broken)
        text.ahead(sign, 65536)  # type: ignore[arg-type]  # re.Pattern cannot be subclassed
        text.move(text.pos + len(LINE))

    assert sign.bytes < 100 * len(LINE) * 10_000
