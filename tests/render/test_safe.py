import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.safe import safe, safe_json

HOSTILE = {
    "\x1b[31mred": "\\x1b[31mred",
    "two\nlines": "two\\x0alines",
    "back\rover": "back\\x0dover",
    "nul\0": "nul\\x00",
    "c1\x9b2J": "c1\\x9b2J",
    "bidi\u202egnp.exe": "bidi\\u202egnp.exe",
    "isolate\u2066": "isolate\\u2066",
    "zero\u200bwidth": "zero\\u200bwidth",
    "line\u2028separator": "line\\u2028separator",
    "surrogate\udc80": "surrogate\\udc80",
    "tag\U000e0041": "tag\\U000e0041",
    "no-break\xa0space": "no-break\\xa0space",
    "filler\u3164": "filler\\u3164",
    "variation\ufe0f": "variation\\ufe0f",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_characters_are_seen(text: str) -> None:
    """What would act on a terminal, or hide on it, is shown as an escape."""
    assert safe(text) == HOSTILE[text]


@pytest.mark.parametrize("text", ["arn:aws:iam::111122223333:user/ada", "Zoë Łukasz 李雷 [bold]x[/bold] 🙂", ""])
def test_names_stay_as_they_are(text: str) -> None:
    """Names in any script, brackets and pictures are no danger, and stay readable."""
    assert safe(text) == text


@given(st.text(st.characters()))
def test_whatever_a_name_holds_is_printable(text: str) -> None:
    """No text at all gets a character to the terminal that Python does not call printable."""
    assert safe(text).isprintable()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_means_the_same(text: str) -> None:
    """JSON made safe decodes to the same value, and nothing in it works on a terminal."""
    made = safe_json(json.dumps(text, ensure_ascii=False))

    assert json.loads(made) == text
    assert made.isprintable()
