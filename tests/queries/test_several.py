from queries.several import Choice, Several


def test_each_choice_is_a_line() -> None:
    """The first line is the sentence, each further one names a choice; their order does not depend on the given."""
    two = [
        Choice("user", "AIDAB", "arn:aws:iam::1:user/bob", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
        Choice("role", "arn:aws:iam::1:role/bob"),
    ]
    error = Several("bob", two)

    assert str(error).splitlines() == [
        "'bob' fits 2 of them: ask for one by its id",
        "  role  arn:aws:iam::1:role/bob",
        "  user  AIDAB  arn:aws:iam::1:user/bob  2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z",
    ]
    assert error.choices == Several("bob", two[::-1]).choices
