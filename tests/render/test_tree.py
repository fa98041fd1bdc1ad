import json
from typing import get_args

import pytest

from queries.answer import Answer, Candidate, Evidence, Hop, Kind, Origin, Sighting, Stop, Warned
from render import words
from render.screen import Screen
from render.tree import format_answer, format_answers, format_json

FILE = Screen()


def test_warnings_come_first_and_in_words(minted: Answer) -> None:
    """A key of bob's that somebody else made does not read as bob: that is the first thing said."""
    first, _, headline = format_answer(minted, FILE).splitlines()[:3]

    assert first == (
        "! key-minted-by-other: this key of bob's was created by"
        " arn:aws:sts::444455556666:assumed-role/OperationsAdmin/maintenance at 2026-03-02T11:24:36Z"
        " (event 1667e65c-8882-4fea-850f-1)"
    )
    assert "but behind its making is IAM user ci-deployer" in headline


def test_a_key_on_the_way_that_another_made_turns_the_headline(chained: Answer) -> None:
    """Whoever reads no more than the sentence must not go after the wrong person."""
    chained.warnings = [Warned("key-minted-by-other", "e-1", "2026-03-01T00:00:00Z", "arn:aws:iam::1:role/Intruder", 3)]
    headline = format_answer(chained, FILE).splitlines()[2]

    assert headline.endswith(", but ci-deployer's key was created by arn:aws:iam::1:role/Intruder")


def test_the_chain_is_a_tree_leaf_first(chained: Answer) -> None:
    """Each hop stands below the one that it issued, with principal, account, key, session, time, event, evidence."""
    lines = format_answer(chained, FILE).splitlines()
    at = [next(n for n, line in enumerate(lines) if line.endswith(arn) and n > 1) for arn in chained.principal_chain]

    assert at == sorted(at)
    assert lines[at[0]] == chained.principal
    assert [len(lines[n]) - len(lines[n].lstrip(" └─")) for n in at] == [0, 4, 8, 12]
    assert [line.strip() for line in lines[at[1] + 1 : at[2]]] == [
        "account 444455556666 · key ASIAZ4ZZZZZZRELEASE1 · session build-1043",
        "issued 2026-03-02T11:22:30Z · event 216913d7-43b1-41f5-a330-2",
        "exact: the record that issued it names its key id",
    ]
    assert "2026-03-02T11:23:51Z – 2026-03-02T12:23:51Z · event 216913d7-43b1-41f5-a330-1" in lines


def test_neighbours_of_one_principal_are_one_node(chained: Answer) -> None:
    """A user's session key and the key that it came from are one node of the tree, with both keys in it."""
    chained.hops.insert(3, Hop(chained.hops[-1].principal, "ASIAZ4ZZZZZZTOKEN001", evidence="exact"))
    text = format_answer(chained, FILE)

    assert text.count(f"issued by {chained.hops[-1].principal}") == 1
    assert text.index("ASIAZ4ZZZZZZTOKEN001") < text.index("AKIAZ4ZZZZZZLEAKED01")


def test_what_is_not_known_is_said(chained: Answer) -> None:
    """Where the tags from before the trail are unknown, the answer says so beside those that it has."""
    text = format_answer(chained, FILE)

    assert "stage=prod, repository=example/shop; what was set before the trail is unknown" in text


def test_a_user_is_no_session_and_was_not_unused(minted: Answer) -> None:
    """Who asks about a user is told who that is, and where its use is; `never in use` would be a wrong all-clear."""
    minted.access_key_id = minted.minted_by = None
    minted.warnings, minted.seen = [], Sighting()
    minted.hops = [Hop(minted.principal, evidence="observed")]
    text = format_answer(minted, FILE)

    assert text.startswith("this is IAM user bob (")
    assert "never in use" not in text
    assert f"see `whodunnit history` and `sessions --principal` {minted.principal}" in text


def test_an_answer_without_an_origin_does_not_name_one(chained: Answer) -> None:
    """An incomplete chain says in its first line that it is not sure, and why it stops."""
    chained.complete, chained.stop, chained.origin = False, "issuance-not-seen", Origin()
    text = format_answer(chained, FILE)

    assert "who is behind it is not known" in text.splitlines()[0]
    assert "issuance-not-seen: the record that issued it is not in what was ingested" in text


def test_a_weak_chain_says_probably(chained: Answer) -> None:
    """A chain that rests on a time window names its origin as probable, with the evidence."""
    chained.complete, chained.evidence = False, "inferred"
    headline = format_answer(chained, FILE).splitlines()[0]

    assert "behind it is probably IAM user ci-deployer" in headline
    assert headline.endswith("(inferred)")


def test_candidates_are_listed(chained: Answer) -> None:
    """An ambiguous credential lists all that could have issued it."""
    chained.complete, chained.stop = False, "ambiguous"
    chained.candidates = [Candidate("arn:aws:iam::111122223333:user/a", "AKIAZ4ZZZZZZAAAAAAAA"), Candidate(None)]
    text = format_answer(chained, FILE)

    assert "candidate       arn:aws:iam::111122223333:user/a · AKIAZ4ZZZZZZAAAAAAAA\n" in text
    assert "                somebody unknown\n" in text


def test_hostile_names_stay_text(chained: Answer) -> None:
    """Escapes, newlines, direction marks and markup in names are shown, never obeyed."""
    chained.hops[0].principal = "arn:aws:iam::444455556666:role/[red]x\x1b[2J\n\u202e"
    chained.tags = {"[link]": "\x07:smiley:"}
    chained.warnings = [Warned("trust-changed", None, None, "\x1b]0;title\x07")]
    text = format_answer(chained, Screen(width=200, color=True))

    assert "role/[red]x\\x1b[2J\\x0a\\u202e" in text
    assert "[link]=\\x07:smiley:" in text
    assert not {"\x07", "\u202e", "\x1b[2J", "\x1b]"} & set(text)
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text


@pytest.mark.parametrize("width", [20, 40, 100])
def test_width_is_kept(chained: Answer, width: int) -> None:
    """Nothing is wider than the terminal, however narrow it is and however long the chain."""
    chained.hops = [Hop(f"arn:aws:iam::111122223333:role/number-{n}", f"ASIAZ4ZZZZZZ{n:08}") for n in range(40)]
    lines = format_answer(chained, Screen(width=width)).splitlines()

    assert max(map(len, lines)) <= width


def test_a_file_is_not_wrapped(chained: Answer) -> None:
    """In a file or pipe no line is broken and no colour is in it, so that grep finds whole ids and ARNs."""
    chained.tags = {f"key-{n}": "value" * 20 for n in range(50)}
    text = format_answer(chained, FILE)

    assert "\x1b" not in text
    assert any(line.startswith("tags") and line.endswith("key-49=" + "value" * 20) for line in text.splitlines())


def test_several_answers_are_apart(chained: Answer, minted: Answer) -> None:
    """Two answers have a blank line and a rule between them."""
    first, second = format_answers([chained, minted], FILE).split("\n\n" + "─" * 80 + "\n\n")

    assert first == format_answer(chained, FILE)
    assert second == format_answer(minted, FILE)


def test_json_is_one_object_for_one_id(chained: Answer) -> None:
    """One id gives an object, several ids an array; the first keys are the published ones, in their order."""
    one = json.loads(format_json([chained], alone=True))

    assert list(one)[:7] == ["Principal", "PrincipalChain", "Tags", "TransitiveTags", "Start", "End", "Trails"]
    assert json.loads(format_json([chained], alone=False)) == [one]
    assert json.loads(format_json([chained, chained], alone=True)) == [one, one]


def test_every_word_of_the_contract_is_explained() -> None:
    """Each evidence, stop and kind of origin that an answer can hold has words for a responder."""
    assert set(words.EVIDENCE) == set(get_args(Evidence))
    assert set(words.STOPS) == set(get_args(Stop))
    assert set(words.KINDS) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("session", "said"),
    [
        ("2026-03-02T11:23:51Z/arn:aws:sts::111122223333:assumed-role/Deployer/build-1043", "session build-1043"),
        ("2026-03-02T11:23:51Z/AIDAZ4ZZZZZZBOB00001", "session since 2026-03-02T11:23:51Z"),
        ("-/AIDAZ4ZZZZZZBOB00001/ASIAZ4ZZZZZZ00000001", "session undated"),
        (
            "2026-03-02T11:23:51Z/AIDAZ4ZZZZZZBOB00001/kms.amazonaws.com",
            "used once by kms.amazonaws.com for its caller, since 2026-03-02T11:23:51Z",
        ),
    ],
)
def test_sessions_in_words(session: str, said: str) -> None:
    """A session is called by the name that its caller gave, or by when it began."""
    assert words.session(session) == said


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin("AWSService", "ec2.amazonaws.com", None, "ec2.amazonaws.com"), "AWS service ec2.amazonaws.com"),
        (
            Origin("IdentityCenterUser", "d-1/u-2", None, "erin@example.com"),
            "Identity Center user erin@example.com (d-1/u-2)",
        ),
        (Origin("Account", "111122223333"), "somebody in account 111122223333"),
        (Origin(), "unknown"),
    ],
)
def test_origins_in_words(origin: Origin, said: str) -> None:
    """Who it began with is said with all that tells one from another."""
    assert words.origin(origin) == said


def test_an_unknown_warning_is_still_said(minted: Answer) -> None:
    """A kind of warning without words of its own is shown with who, when and by which event."""
    told = words.warning(Warned("new-kind", "e-1", "2026-03-02T11:24:36Z", "arn:x"), minted)

    assert told == "new-kind: by arn:x at 2026-03-02T11:24:36Z (event e-1)"
    assert words.warning(Warned("new-kind"), minted) == "new-kind"
