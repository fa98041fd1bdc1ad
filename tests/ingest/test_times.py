import locale
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import instant, seconds_between, shift


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-07-10T11:42:36Z", "2023-07-10T11:42:36Z"),
        ("20230710T114236Z", "2023-07-10T11:42:36Z"),
        ("2023-07-10T11:42:36.987654321Z", "2023-07-10T11:42:36Z"),
        ("2023-07-10T11:42:36", "2023-07-10T11:42:36Z"),
        ("2023-07-10 11:42:36", "2023-07-10T11:42:36Z"),
        ("2023-07-10T11:42:36+00:00", "2023-07-10T11:42:36Z"),
        ("2023-07-10T13:42:36.000+0200", "2023-07-10T11:42:36Z"),
        ("2023-07-10T00:12:36-05:30", "2023-07-10T05:42:36Z"),
        ("2023-07-10T11:42:36 UTC", "2023-07-10T11:42:36Z"),
        ("Jul 3, 2021 11:27:09 PM", "2021-07-03T23:27:09Z"),
        ("Jul 10, 2023, 12:31:14 PM", "2023-07-10T12:31:14Z"),
        ("Jul 10, 2023, 12:31:14\u202fAM", "2023-07-10T00:31:14Z"),
        ("Jul\u00a010,\u00a02023, 1:01:01\u00a0pm", "2023-07-10T13:01:01Z"),
        ("  July 10, 2023, 1:01:01 PM ", "2023-07-10T13:01:01Z"),
        (1688989356, "2023-07-10T11:42:36Z"),
        (1688989356.75, "2023-07-10T11:42:36Z"),
        (1688989356750, "2023-07-10T11:42:36Z"),
        ("1688989356", "2023-07-10T11:42:36Z"),
        ("1688989356750", "2023-07-10T11:42:36Z"),
        ("1.688989356E9", None),
    ],
)
def test_spellings(text: str | float, expected: str | None) -> None:
    """Every spelling that AWS uses means the same instant; others are refused."""
    if expected is None:
        with pytest.raises(ValueError, match="not a time"):
            instant(text)
    else:
        assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "null",
        0,
        -1,
        True,
        "0",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "2023-13-01T00:00:00Z",
        "2023-07-10T25:00:00Z",
        "2023-07-10",
        "Foo 10, 2023, 12:31:14 PM",
        "Jul 10, 2023, 13:31:14 PM",
        "Jul 32, 2023, 12:31:14 PM",
        "２０２３-07-10T11:42:36Z",
        "2023-07-10T11:42:36+99:00",
        float("nan"),
        float("inf"),
        1e300,
        10**400,
        "9999-12-31T23:59:59-23:00",
    ],
)
def test_what_is_no_time_is_refused(text: str | float) -> None:
    """What is no moment in a trail raises, and never becomes the year 1970 by accident."""
    with pytest.raises(ValueError, match=r"."):
        instant(text)


def test_month_names_do_not_depend_on_the_locale() -> None:
    """English month names are understood whatever the machine's locale is."""
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, "C.UTF-8")
        found = instant("May 1, 2022, 3:00:00 AM")
    finally:
        locale.setlocale(locale.LC_TIME, before)

    assert found == "2022-05-01T03:00:00Z"


@given(st.datetimes(min_value=datetime.fromisoformat("2000-01-01")), st.integers(-100_000, 100_000))
def test_shift_and_difference_agree(moment: object, seconds: int) -> None:
    """Shifting by so many seconds gives an instant that is so many seconds away."""
    start = instant(str(moment))
    try:
        end = shift(start, seconds)
    except ValueError:
        assert start > "9999-12-30"
        return

    assert seconds_between(start, end) == seconds
    assert len(end) == 20


@given(st.text() | st.floats() | st.integers())
def test_only_value_error(text: str | float) -> None:
    """Whatever it is given, it gives an instant or raises ValueError."""
    try:
        found = instant(text)
    except ValueError:
        return

    assert instant(found) == found
