"""What an id says of itself: the account that made it, for ids of the newer format."""

import re

_BASE32 = re.compile(r"[A-Z2-7]{16}")
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
"""From base32 as AWS writes it to digits as `int` reads them."""

_NEWER = 1 << 79
_ACCOUNT = (1 << 40) - 1
_BELOW_ACCOUNT = 39


def account_in_id(identifier: str) -> str:
    """The 12 digits of the account in an access key's, user's or role's id, or '' where it holds none.

    Characters 5 to 20 are base32; the account stands in their first bits, under a top bit that is 0 in ids of the
    older format. AWS does not document it, so it is a hint, never the only evidence:
    https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
    """
    letters = identifier[4:20]
    if not _BASE32.fullmatch(letters):
        return ""
    number = int(letters.translate(_DIGITS), 32)
    return f"{number >> _BELOW_ACCOUNT & _ACCOUNT:012d}" if number & _NEWER else ""
