import pytest

from ingest.identifiers import account_in_id


@pytest.mark.parametrize(
    ("identifier", "account"),
    [
        ("ASIAY34FZKBOKMUTVV7A", "609629065308"),
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
        ("ASIA26YVAA7XWZTLILHG", "753273931759"),
        ("AROA52RQV4237EYPOIPDF", "950363612855"),
        ("AKIARZPUZDIKGB2VALC4", "123456789012"),
        ("AKIAJWMRCSBBKQO4HQCQ", ""),
        ("AROAJBP4A5WSXVNY72RLE", ""),
        ("AKIAIOSFODNN7EXAMPLE", ""),
        ("ASIATJVZAAAARRT5X7P*", ""),
        ("AKIAALICE", ""),
        ("ASIAÄÖÜ", ""),
        ("", ""),
    ],
)
def test_account(identifier: str, account: str) -> None:
    """An id of the newer format gives its account, leading zeros kept; old, masked and other ids give nothing."""
    assert account_in_id(identifier) == account
