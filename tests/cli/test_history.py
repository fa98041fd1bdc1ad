import csv
import io
import json
import subprocess
from collections.abc import Callable

from synth.incident import Incident

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_a_history_in_every_form(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """JSON has all, CSV and JSON lines what happened, and text both; who made bob's key is in each."""
    whole = json.loads(whodunnit("history", "bob", "--store", store, "--format", "json").stdout)
    lines = list(csv.DictReader(io.StringIO(whodunnit("history", "bob", "--store", store, "--format", "csv").stdout)))
    text = whodunnit("history", "bob", "--store", store).stdout

    assert [line["What"] for line in lines] == ["CreateUser", "CreateAccessKey", "AttachUserPolicy"]
    assert [line["EventID"] for line in whole["Lines"]] == [line["EventID"] for line in lines]
    assert lines[1]["AccessKeyId"] == story.story["deepest"].key
    assert text.startswith(f"user {whole['Arn']} ({whole['Id']})\n")
    assert lines[1]["Principal"] in text


def test_several_are_listed(whodunnit: Whodunnit, store: str) -> None:
    """A name of two accounts: exit 1, and each under the id to ask by."""
    ran = whodunnit("history", "provisioner", "--store", store)
    first, *choices = ran.stderr.splitlines()

    assert (ran.returncode, ran.stdout) == (1, "")
    assert first == "whodunnit: 'provisioner' fits 2 of them: ask for one by its id"
    assert all(whodunnit("history", line.split()[1], "--store", store).returncode == 0 for line in choices)


def test_not_found(whodunnit: Whodunnit, store: str) -> None:
    """Exit 1, and what the graph covers."""
    ran = whodunnit("history", "nobody", "--store", store)

    assert ran.returncode == 1
    assert "'nobody': the graph covers " in ran.stderr
