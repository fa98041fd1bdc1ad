"""A trail that tests of the lake share."""

from pathlib import Path

import pytest

from synth.delivery import write_trail
from synth.generate import organization
from synth.walk import Size


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """The delivery tree of a made-up organization: some 200 records over several accounts and hours."""
    write_trail(organization(7, Size(steps=120)).records, tmp_path / "trail", per_file=5)
    return tmp_path / "trail"
