"""What an id says of itself: the account that made it, for ids of the newer format."""

import base64
import binascii

_BITS = 0x7FFFFFFFFF80
_BYTES = 10


def account_in_id(identifier: str) -> str:
    """The 12 digits of the account in an access key's, user's or role's id, or '' where it holds none.

    Characters 5 to 20 are base32; the account stands in their first bits, under a top bit that is 0 in ids of the
    older format. AWS does not document it, so it is a hint, never the only evidence:
    https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
    """
    try:
        raw = base64.b32decode(identifier[4:20])
    except (binascii.Error, ValueError):
        return ""
    head = int.from_bytes(raw[:6], "big")
    return f"{(head & _BITS) >> 7:012d}" if len(raw) == _BYTES and head >> 47 else ""
