import pytest

from synth import moments


@pytest.mark.parametrize(
    ("moment", "spelling", "text"),
    [
        (1_688_992_274, "comma", "Jul 10, 2023, 12:31:14 PM"),
        (1_625_354_829, "plain", "Jul 3, 2021 11:27:09 PM"),
        (1_625_270_405, "plain", "Jul 3, 2021 12:00:05 AM"),
        (1_688_992_274, "iso", "2023-07-10T12:31:14Z"),
    ],
)
def test_spellings_of_real_trails(moment: int, spelling: str, text: str) -> None:
    """A moment is spelled as in real records, noon and midnight included."""
    assert moments.spoken(moment, spelling) == text
