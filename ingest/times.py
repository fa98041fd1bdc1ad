"""Moments in trails: every spelling that AWS uses, made into one text that sorts as it reads.

An **instant** is `YYYY-MM-DDTHH:MM:SSZ`: UTC, whole seconds, which is all that CloudTrail resolves.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_NORMAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)[Tt ](\d\d)(:?)(\d\d)\6(\d\d)(?:[.,]\d+)? ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_WORDS = re.compile(
    r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4}),? (\d{1,2}):(\d\d):(\d\d) ?([AaPp])\.?[Mm]\.?(?: ?(?:UTC|GMT))?", re.ASCII
)
_SPOKEN = re.compile(r"([A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}):([0-5]\d):([0-5]\d)[ \u202f]([AP]M)", re.ASCII)
_NUMBER = re.compile(r"\d{9,13}(?:\.\d+)?(?:[eE]\+?\d{1,2})?", re.ASCII)
_SPACES = re.compile(r"\s+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NOON = 12
_MILLISECONDS_FROM = 1e11
_EARLIEST_YEAR = 2000


def instant(text: str | float) -> str:
    """Give the instant (`YYYY-MM-DDTHH:MM:SSZ`) that any of AWS's spellings means; fractions are dropped.

    Understood: ISO 8601 extended and basic, with `Z`, an offset or none (then UTC); `Jul 3, 2021 11:27:09 PM` and
    `Jul 10, 2023, 12:31:14 PM` in UTC, with any Unicode space, whatever the locale; seconds or milliseconds since
    1970, as number or text (LookupEvents, CloudWatch Logs).

    Raises ValueError for all else, and for moments before 2000: they are some language's zero value, never a moment
    in a trail. Spellings: docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html and real logs.
    """
    if isinstance(text, str) and _NORMAL.fullmatch(text):
        moment = datetime.fromisoformat(text)
        if moment.year >= _EARLIEST_YEAR:
            return text
    elif isinstance(text, str) and (found := _SPOKEN.fullmatch(text)) and (begin := _spoken(found[1], found[4])):
        return f"{begin}{found[2]}:{found[3]}Z"
    elif isinstance(text, bool):
        moment = None
    elif isinstance(text, int | float):
        moment = _from_epoch(text)
    else:
        moment = _from_text(_SPACES.sub(" ", text).strip())
    if moment is None or moment.year < _EARLIEST_YEAR:
        raise ValueError(f"not a time in a trail: {text!r}")
    return _text(moment)


def shift(moment: str, seconds: int) -> str:
    """Give the instant `seconds` later (earlier if negative); raises ValueError outside the years 1 to 9999."""
    try:
        return _text(datetime.fromisoformat(moment) + timedelta(seconds=seconds))
    except OverflowError as error:
        raise ValueError(f"no such time: {moment} and {seconds} s") from error


def seconds_between(earlier: str, later: str) -> int:
    """Give how many seconds `later` comes after `earlier`, two instants; negative if it comes before."""
    gap = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return gap.days * 86400 + gap.seconds


@lru_cache(maxsize=256)
def _spoken(hour: str, half: str) -> str:
    """How every instant of an hour begins that AWS speaks of as `Mar 2, 2026, 9` and `AM`; '' if there is no such."""
    moment = _from_text(f"{hour}:00:00 {half}")
    return _text(moment)[: -len("00:00Z")] if moment and moment.year >= _EARLIEST_YEAR else ""


def _text(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"


def _from_epoch(number: float) -> datetime | None:
    try:
        seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_text(text: str) -> datetime | None:
    if not text[:1].isalpha() and (found := _ISO.fullmatch(text)):
        year, _, month, day, hour, _, minute, second, zone = found.groups()
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=_zone(zone))
        return _utc(local)
    if found := _WORDS.fullmatch(text):
        name, day, year, hour, minute, second, half = found.groups()
        if not 1 <= int(hour) <= _NOON or name[:3].lower() not in _MONTHS:
            return None
        of_day = int(hour) % _NOON + (_NOON if half in "pP" else 0)
        month_number = _MONTHS.index(name[:3].lower()) + 1
        return datetime(int(year), month_number, int(day), of_day, int(minute), int(second), tzinfo=UTC)
    return _from_epoch(float(text)) if _NUMBER.fullmatch(text) else None


def _utc(local: datetime) -> datetime | None:
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return None


def _zone(text: str | None) -> timezone:
    if not text or text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[3:].lstrip(":") or 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
