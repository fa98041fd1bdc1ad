from datetime import UTC, datetime

import pytest

from cli.options import moment, size
from ingest.errors import UsageError

NOW = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z"),
        ("2026-03-04T05:06:07+02:00", "2026-03-04T03:06:07Z"),
        ("Mar 4, 2026, 5:06:07 PM", "2026-03-04T17:06:07Z"),
        ("2026-03-04", "2026-03-04T00:00:00Z"),
        ("today", "2026-03-04T00:00:00Z"),
        ("Yesterday", "2026-03-03T00:00:00Z"),
        ("now", "2026-03-04T10:20:30Z"),
        ("2h ago", "2026-03-04T08:20:30Z"),
        ("90 minutes ago", "2026-03-04T08:50:30Z"),
        ("yesterday at 3pm", "2026-03-03T15:00:00Z"),
        ("3 march 2026", "2026-03-03T00:00:00Z"),
        ("2026-03-04 05:06", "2026-03-04T05:06:00Z"),
        ("", ""),
    ],
)
def test_a_time_as_people_write_it(text: str, means: str) -> None:
    """RFC 3339, AWS's own spellings, dates and words all become one instant, in UTC."""
    assert moment(text, now=NOW) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-03-04", "2026-03-05T00:00:00Z"),
        ("2024-02-28", "2024-02-29T00:00:00Z"),
        ("yesterday", "2026-03-04T00:00:00Z"),
        ("9999-12-31", "9999-12-31T23:59:59Z"),
        ("31 december 9999", "9999-12-31T23:59:59Z"),
        ("3 march 2026", "2026-03-04T00:00:00Z"),
        ("2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z"),
        ("2h ago", "2026-03-04T08:20:30Z"),
    ],
)
def test_an_end_that_is_a_date_takes_the_whole_day(text: str, means: str) -> None:
    """`--until 2026-03-04` keeps that day's records; a moment stays that moment."""
    assert moment(text, end=True, now=NOW) == means


@pytest.mark.parametrize("text", ["soon-ish", "2026-02-30", "03/04/2026", "4.3.2026", "2026", "12", "10:00"])
def test_what_is_no_time_or_could_be_two(text: str) -> None:
    """What is no time, or means another day elsewhere, is refused with examples of what is taken."""
    with pytest.raises(UsageError, match="is not a time: give"):
        moment(text, now=NOW)


@pytest.mark.parametrize(
    ("text", "means"),
    [("512", 512), ("64k", 65536), ("16 MiB", 16 * 1024**2), ("8GB", 8 * 1024**3), ("1.5G", 3 * 1024**3 // 2)],
)
def test_a_size_as_people_write_it(text: str, means: int) -> None:
    """Sizes take units of 1,024, in either spelling."""
    assert size(text) == means


@pytest.mark.parametrize("text", ["", "0", "-1", "big", "5x"])
def test_what_is_no_size(text: str) -> None:
    """Nothing, zero and nonsense are refused."""
    with pytest.raises(UsageError, match="is not a size"):
        size(text)
