import json
import subprocess
from collections.abc import Callable

import pytest

from synth.incident import Incident

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_sessions_of_a_role(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """The role at the end of the chain has one session, with the key of the story."""
    ran = whodunnit("sessions", "--principal", "OperationsAdmin", "--store", store, "--format", "json")
    (session,) = json.loads(ran.stdout)

    assert session["AccessKeyIds"] == [story.story["deepest"].key]
    assert session["IssuedBy"][0]["Kind"] == "key"


def test_text_names_what_issued_it(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """A line has session, issuer and how sure that is, and key."""
    ran = whodunnit("sessions", "--person", "erin@example.com", "--store", store)

    assert "identity erin@example.com (exact)" in ran.stdout
    assert story.story["console"].key in ran.stdout or "more" in ran.stdout


@pytest.mark.parametrize("wish", [("--from", "2031-01-01"), ("--account", "1"), ("--tag", "no=such")])
def test_none_fits(whodunnit: Whodunnit, store: str, wish: tuple[str, str]) -> None:
    """Exit 1 and what the graph covers."""
    ran = whodunnit("sessions", *wish, "--store", store)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("whodunnit: no session fits: the graph covers ")
