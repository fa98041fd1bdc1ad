"""Ids in AWS's own format: access keys, users and roles that carry their account number, and the other ids of a record.

The account sits in characters 5 to 16 of an id, in base32, under a top bit that is 1 for ids of this format: AWS does
not document it; https://awsteele.com/blog/2020/09/26/aws-access-key-format.html shows it.
"""

import base64
import binascii
import random

_LONG = frozenset({"AIDA", "AROA", "AIPA", "AGPA", "ANPA"})
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TOKEN_HEAD = "IQoJb3JpZ2luX2VjE"  # noqa: S105 -- how every session token of CloudTrail begins, no secret


def mint(prefix: str, account: str, rng: random.Random) -> str:
    """Give a new id of `account` (12 digits): 20 characters for keys, 21 for users, roles and the like."""
    head = (1 << 47) | (int(account) << 7) | rng.getrandbits(7)
    body = base64.b32encode(head.to_bytes(6, "big") + rng.randbytes(4)).decode("ascii")
    return prefix + body + (rng.choice(_BASE32) if prefix in _LONG else "")


def account_of(identifier: str) -> str | None:
    """Give the 12 digits of the account that an id carries; None for ids of the older format and for other text."""
    try:
        raw = base64.b32decode(identifier[4:20])
    except (binascii.Error, ValueError):
        return None
    head = int.from_bytes(raw[:6], "big")
    if len(raw) != 10 or not head >> 47:  # noqa: PLR2004 -- 16 base32 characters are 10 bytes
        return None
    return f"{(head & 0x7FFFFFFFFF80) >> 7:012d}"


def uuid(rng: random.Random) -> str:
    """Give a version 4 UUID, as eventID, requestID and sharedEventID are."""
    text = f"{(rng.getrandbits(128) & ~(0xF << 76) & ~(3 << 62)) | (4 << 76) | (2 << 62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def hexid(prefix: str, rng: random.Random, digits: int = 17) -> str:
    """Give an id such as `i-0dbc91f429e48eeed`: the prefix and that many hex digits."""
    return prefix + f"{rng.getrandbits(digits * 4):0{digits}x}"


def account_number(rng: random.Random) -> str:
    """Give 12 digits that can be an account's: some begin with zero, as real ones do."""
    return f"{rng.randrange(10_000_000, 999_999_999_999):012d}"


def session_token(rng: random.Random, size: int = 560) -> str:
    """Give base64 text that begins as session tokens do; `size` random bytes make four thirds of that in text."""
    return _TOKEN_HEAD + base64.b64encode(rng.randbytes(size)).decode("ascii")
