import json
import subprocess
from collections.abc import Callable

from synth.incident import Incident

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_what_is_found_can_be_asked_about(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """The thief's address leads to the leaked key, whose id `who` takes."""
    ran = whodunnit("find", "203.0.113.66", "--store", store, "--format", "jsonl")
    found = [json.loads(line) for line in ran.stdout.splitlines()]

    assert ran.returncode == 0, ran.stderr
    assert story.story["leaked"].key in {one["Id"] for one in found}
    assert whodunnit("who", found[0]["Id"], "--store", store).returncode == 0


def test_a_limit_that_is_reached_is_said(whodunnit: Whodunnit, store: str) -> None:
    """Nobody takes the newest for all."""
    ran = whodunnit("find", "a", "--limit", "2", "--store", store)

    assert len(ran.stdout.splitlines()) == 3
    assert ran.stderr == "These are the newest 2; --limit gives more.\n"


def test_nothing_found_says_what_is_covered(whodunnit: Whodunnit, store: str) -> None:
    """Exit 1, and a sentence with from, to and accounts."""
    ran = whodunnit("find", "nobody", "--store", store)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("whodunnit: nothing fits 'nobody': the graph covers 2026-03-02T08:00:01Z to ")
