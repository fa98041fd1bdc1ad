import random
import re

import pytest

from synth import identifiers

VECTORS = {
    "ASIAY34FZKBOKMUTVV7A": "609629065308",
    "ASIAQNZGKIQY56JQ7WML": "029608264753",
    "ASIA26YVAA7XWZTLILHG": "753273931759",
    "ASIA52RQV423TWB3UWEE": "950363612855",
    "AROA52RQV4237EYPOIPDF": "950363612855",
    "AKIARZPUZDIKGB2VALC4": "123456789012",
    "ASIAQAAAAAAAGMKEM7X5": "000000000000",
    "AKIAJWMRCSBBKQO4HQCQ": None,
    "AROAJBP4A5WSXVNY72RLE": None,
    "AKIAIOSFODNN7EXAMPLE": None,
    "ASIA00000000000000": None,
}


@pytest.mark.parametrize(("identifier", "account"), VECTORS.items())
def test_account_of_published_ids(identifier: str, account: str | None) -> None:
    """Published ids give the accounts that they are known to be of; ids of the older format give none."""
    assert identifiers.account_of(identifier) == account


@pytest.mark.parametrize(("prefix", "length"), [("AKIA", 20), ("ASIA", 20), ("AIDA", 21), ("AROA", 21)])
def test_minted_ids_carry_their_account(prefix: str, length: int) -> None:
    """An id that is minted for an account has AWS's length and alphabet, and decodes to the account."""
    rng = random.Random(1)
    accounts = [identifiers.account_number(rng) for _ in range(50)]

    for account in accounts:
        minted = identifiers.mint(prefix, account, rng)
        assert re.fullmatch(prefix + "[A-Z2-7]+", minted)
        assert len(minted) == length
        assert identifiers.account_of(minted) == account


def test_uuid_is_of_version_four() -> None:
    """Event ids look as CloudTrail's do."""
    made = identifiers.uuid(random.Random(3))

    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)
