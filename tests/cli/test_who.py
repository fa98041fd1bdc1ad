import json
import subprocess
from collections.abc import Callable

import pytest

from synth.incident import Incident

NOBODY = "ASIAZ4ZZZZZZNOBODY01"

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_one_id_is_one_object(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """--format json of one id is one object, with the chain that is true."""
    key = story.story["deepest"].key
    answer = json.loads(whodunnit("who", key, "--store", store, "--format", "json").stdout)

    assert answer["AccessKeyId"] == key
    assert tuple(answer["PrincipalChain"]) == story.truth[key].chain


def test_several_ids_are_an_array(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """Several ids give an array in the order asked, and with jsonl one object a line."""
    keys = [mark.key for mark in story.story.values()]
    array = json.loads(whodunnit("who", *keys, "--store", store, "--format", "json").stdout)
    lines = whodunnit("who", *keys, "--store", store, "--format", "jsonl").stdout.splitlines()

    assert [answer["AccessKeyId"] for answer in array] == keys
    assert [json.loads(line) for line in lines] == array


def test_ids_are_read_from_standard_input(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """`-` takes ids one a line, and so does no argument at all where something is piped in."""
    keys = [mark.key for mark in story.story.values()]
    named = whodunnit("who", *keys, "--store", store).stdout

    assert whodunnit("who", "-", "--store", store, given="\n".join(keys)).stdout == named
    assert whodunnit("who", "--store", store, given="\n".join(keys) + "\n").stdout == named


def test_a_pasted_record_asks_about_its_caller(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """A raw record on standard input asks who made that call."""
    key = story.story["minted"].key
    record = next(one for one in story.records if one["userIdentity"].get("accessKeyId") == key)
    ran = whodunnit("who", "--store", store, "--format", "jsonl", given=json.dumps(record))

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[0])["AccessKeyId"] == key


def test_text_shows_warnings_first(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """The key that the intruder made for bob begins with a warning, not with bob."""
    ran = whodunnit("who", story.story["minted"].key, "--store", store)

    assert ran.stdout.startswith("! key-minted-by-other: this key of bob's was created by ")
    assert "ci-deployer" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_unknown_is_exit_1(whodunnit: Whodunnit, store: str) -> None:
    """A key that the graph does not know is one sentence on stderr, nothing on stdout, exit 1."""
    ran = whodunnit("who", NOBODY, "--store", store)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert NOBODY in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_some_unknown_the_rest_answers(whodunnit: Whodunnit, store: str, story: Incident, form: str) -> None:
    """Of several ids those that are known are answered, the others are said on stderr, exit 1."""
    key = story.story["deepest"].key
    ran = whodunnit("who", NOBODY, key, "--store", store, "--format", form)

    assert ran.returncode == 1
    assert key in ran.stdout
    assert NOBODY in ran.stderr
    if form == "json":
        assert len(json.loads(ran.stdout)) == 1


def test_several_sessions_are_listed(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """A role in which several sessions were alive lists them, exit 1; --all answers for each."""
    key = story.story["stack"].key
    role = story.truth[key].principal
    listed = whodunnit("who", role, "--store", store)
    every = whodunnit("who", role, "--store", store, "--all", "--format", "json")

    assert (listed.returncode, listed.stdout) == (1, "")
    assert listed.stderr.count("AWSCloudFormation") > 1
    assert every.returncode == 0, every.stderr
    assert {answer["Principal"] for answer in json.loads(every.stdout)} == {role}


def test_nothing_to_ask_about(whodunnit: Whodunnit, store: str) -> None:
    """An empty standard input is wrong usage, not an empty answer."""
    ran = whodunnit("who", "--store", store, given="\n")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "whom do you ask about?" in ran.stderr
