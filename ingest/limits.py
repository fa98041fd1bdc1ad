"""How much one object may ask of us: the adjustable bounds against bombs and endless lines."""

import msgspec

MIB = 1024 * 1024
HELD_BYTES = 16 * MIB
"""Objects up to this size, packed and unpacked, are decoded in one go; larger ones are streamed."""

PIECE_BYTES = MIB
"""How much is read at once from an object that is streamed."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds on one object; the defaults leave room for ten times what CloudTrail delivers.

    CloudTrail's own objects are at most 50 MB packed and its records 256 KB
    (docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html); real logs pack 8 to 40 : 1.
    """

    max_object_bytes: int = 8192 * MIB
    """What a packed object may expand to, all members and layers together; plain text has no such bound."""
    max_ratio: int = 200
    """Expanded bytes a packed byte may stand for; deflate can reach 1,032."""
    ratio_from_bytes: int = MIB
    """Below this many expanded bytes the ratio is not judged: tiny objects of nearly equal records pack well."""
    max_line_bytes: int = 16 * MIB
    """The longest single JSON value that is held in memory; longer lists are read element by element."""
