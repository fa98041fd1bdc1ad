import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tokens import cut_session_tokens

TOKEN = "IQoJb3JpZ2luX2VjEJv//////////wEaCXVzLWVhc3QtMSJ"


def test_token_is_cut_to_eleven_characters() -> None:
    """A session token keeps its first 11 characters; what stands around it stays byte for byte."""
    raw = b'{"a" : 1,"credentials": {"sessionToken" : "' + TOKEN.encode() + b'", "z":"\xff"}}'

    assert cut_session_tokens(raw) == b'{"a" : 1,"credentials": {"sessionToken" : "IQoJb3JpZ2l....", "z":"\xff"}}'


@pytest.mark.parametrize("value", ["", "short", "elevenchars", "IQoJb3JpZ2luX2VjEJv....", "ab...."])
def test_cut_or_short_value_stays(value: str) -> None:
    """A value that ends in dots already, at any length, or that is no longer than what is kept, is left alone."""
    raw = json.dumps({"sessionToken": value}).encode()

    assert cut_session_tokens(raw) == raw


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("key", ["sessionToken", "SessionToken"])
def test_token_inside_strings_of_json(depth: int, key: str) -> None:
    """Tokens are found in JSON that is itself held in strings of JSON, and the JSON stays whole."""
    value: object = {"n": 'say "hi"', key: TOKEN, "z": [key]}
    for _ in range(depth):
        value = {"m": json.dumps(value)}

    cut = json.loads(cut_session_tokens(json.dumps(value).encode()))
    for _ in range(depth):
        cut = json.loads(cut["m"])

    assert cut == {"n": 'say "hi"', key: "IQoJb3JpZ2l....", "z": [key]}


def test_escapes_count_as_one_character() -> None:
    """An escape is one character and is never cut in two; neither is a pair of surrogates."""
    raw = rb'{"sessionToken":"\u0041\/\"\\\ud83d\ude00abcdefghijk"}'

    assert cut_session_tokens(raw) == rb'{"sessionToken":"\u0041\/\"\\\ud83d\ude00abcdef...."}'


def test_unfinished_text_is_cut_too() -> None:
    """A token whose text breaks off is cut as well, so that samples of broken input show none."""
    assert cut_session_tokens(b'{"sessionToken":"' + TOKEN.encode()) == b'{"sessionToken":"IQoJb3JpZ2l....'


@given(st.text(), st.integers(0, 2))
def test_cutting_keeps_json_valid(token: str, depth: int) -> None:
    """Whatever the token is made of, the result is valid JSON, and cutting again changes nothing."""
    value: object = {"sessionToken": token, "after": '"sessionToken'}
    for _ in range(depth):
        value = json.dumps(value)
    raw = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")

    cut = cut_session_tokens(raw)
    back = json.loads(cut.decode("utf-8", "surrogatepass"))
    for _ in range(depth):
        back = json.loads(back)

    assert back["after"] == '"sessionToken'
    assert back["sessionToken"].removesuffix("....") in token
    assert cut_session_tokens(cut) == cut


@given(st.binary())
def test_any_bytes_are_taken(raw: bytes) -> None:
    """No bytes make it fail."""
    cut_session_tokens(raw + b'"sessionToken":"' + raw)
