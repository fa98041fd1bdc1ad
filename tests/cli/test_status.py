import json
import subprocess
from collections.abc import Callable

from synth.incident import Incident

Whodunnit = Callable[..., subprocess.CompletedProcess[str]]


def test_status_in_words_and_as_json(whodunnit: Whodunnit, store: str, story: Incident) -> None:
    """Both tell how many records were read, and that no baseline was."""
    text = whodunnit("status", "--store", store).stdout
    told = json.loads(whodunnit("status", "--store", store, "--format", "json").stdout)

    assert told["Read"]["records"] == len(story.records)
    assert f"Read, over all runs: {len(story.records):,} records" in text
    assert text.startswith(f"The graph covers {told['Coverage']['From']} to {told['Coverage']['To']}, ")
    assert "No baseline of IAM was read" in text
    assert told["Baselines"] == []
