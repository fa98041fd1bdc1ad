from queries.deeds import Line
from queries.past import History
from render.history import format_history
from render.screen import Screen


def test_hostile_names_are_shown_as_escapes() -> None:
    """A tag's value chosen by an attacker does nothing to the terminal."""
    line = Line("2026-03-01T00:00:00Z", "tag", "TagUser", "team=\x1b[31mred\n", "arn:aws:iam::1:user/a")
    told = History("user", "AIDAB", "arn:aws:iam::1:user/bob", "1", lines=(line,))
    text = format_history(told, "text", Screen())

    assert "team=\\x1b[31mred\\x0a" in text
    assert text.startswith("user arn:aws:iam::1:user/bob (AIDAB)\n")


def test_nothing_known_is_said() -> None:
    """No change read is a sentence, not an empty page."""
    text = format_history(History("user", "AIDAB", None, "1"), "text", Screen())

    assert text == "user AIDAB\n\nNothing that was read tells of a change."
