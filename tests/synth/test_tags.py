from synth import tags


def test_later_layer_wins_with_its_spelling() -> None:
    """Keys that differ in case only are one tag, and the later spelling and value stay."""
    assert tags.merge({"Team": "red", "a": "1"}, {"team": "blue"}) == {"team": "blue", "a": "1"}


def test_without_ignores_case() -> None:
    """A tag is taken away whatever the case of the key that names it."""
    assert tags.without({"Team": "red", "a": "1"}, ["TEAM", "b"]) == {"a": "1"}


def test_clash_ignores_case() -> None:
    """Two sets of tags clash on keys that differ in case only."""
    assert tags.clash({"Team": "red"}, {"team": "red"})
    assert not tags.clash({"Team": "red"}, {"a": "1"})
