"""Times as CloudTrail spells them: RFC 3339 for events, and three spellings of expirations."""

import time

SPELLINGS = ("comma", "plain", "iso")
"""`Jul 10, 2023, 12:31:14 PM`, `Jul 3, 2021 11:27:09 PM`, `2026-03-02T09:00:00Z`: all three are in real trails."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def iso(moment: int) -> str:
    """Give `YYYY-MM-DDTHH:MM:SSZ` for seconds since 1970."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def spoken(moment: int, spelling: str) -> str:
    """Give a moment as `responseElements.credentials.expiration` spells it; `spelling` is one of `SPELLINGS`.

    Month names are English whatever the locale, hours count to twelve, and single digits have no zero before them.
    """
    if spelling == "iso":
        return iso(moment)
    then = time.gmtime(moment)
    comma = "," if spelling == "comma" else ""
    hour, half = then.tm_hour % 12 or 12, "AM" if then.tm_hour < 12 else "PM"  # noqa: PLR2004 -- noon
    day = f"{_MONTHS[then.tm_mon - 1]} {then.tm_mday}, {then.tm_year}{comma}"
    return f"{day} {hour}:{then.tm_min:02d}:{then.tm_sec:02d} {half}"
