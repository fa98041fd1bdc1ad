from queries.coverage import Coverage
from queries.status import Piece, Quarantine, Reason, Status, Touched
from render.screen import Screen
from render.status import format_status


def test_warnings_come_first_and_nothing_works_on_the_terminal() -> None:
    """Whoever stopped the trail is the first line; escapes in names and samples are shown as such."""
    touched = Touched("2026-03-01T00:00:00Z", "1", "StopLogging", "\x1b[2Jmain", "mal\u202elory", None, "e-1")
    piece = Piece("a.json", "line 3", "malformed JSON", "\x1b]0;x")
    told = Status(
        schema_version=1,
        coverage=Coverage(),
        nodes={"users": 1200},
        read={"records": 1},
        sources=1,
        baselines=(),
        quarantine=Quarantine(1, (Reason("malformed JSON", 1),), (piece,)),
        warnings=(touched,),
    )
    text = format_status(told, "text", Screen())

    assert text.splitlines()[0].startswith(
        "! the record was touched: StopLogging \\x1b[2Jmain in 1 by mal\\u202elory at"
    )
    assert "1 piece could not be read:" in text
    assert "Known: 1,200 users." in text
    assert text.isprintable() or not set(text) & {"\x1b", "\u202e"}
    assert "\x1b" not in format_status(told, "json", Screen())


def test_no_id_is_cut_in_two_on_a_terminal() -> None:
    """Sentences break between words where the screen ends."""
    accounts = ("111122223333", "444455556666", "777788889999")
    told = Status(
        schema_version=1,
        coverage=Coverage("2026-03-02T08:00:01Z", "2026-03-02T12:01:01Z", accounts),
        nodes={},
        read={},
        sources=0,
        baselines=(),
        quarantine=Quarantine(0, (), ()),
        warnings=(),
    )
    text = format_status(told, "text", Screen(80))

    assert max(map(len, text.splitlines())) <= 80
    assert all(account in text for account in accounts)
