import gzip
import json
import re
from pathlib import Path

from synth.delivery import write_json, write_trail
from synth.generate import organization


def test_delivery_tree(tmp_path: Path) -> None:
    """Files lie and are named as CloudTrail delivers them, and hold every record once, at most so many a file."""
    records = organization(1, 80).records
    paths = write_trail(records, tmp_path, organization="o-example1234", per_file=7)
    found = [json.loads(gzip.decompress(path.read_bytes()))["Records"] for path in paths]
    pattern = (
        r"AWSLogs/o-example1234/(\d{12})/CloudTrail/([a-z0-9-]+)/\d{4}/\d\d/\d\d/"
        r"\1_CloudTrail_\2_\d{8}T\d{4}Z_[0-9a-zA-Z]{16}\.json\.gz"
    )

    assert all(re.fullmatch(pattern, path.relative_to(tmp_path).as_posix()) for path in paths)
    assert all(len(part) <= 7 for part in found)
    assert sorted(one["eventID"] for part in found for one in part) == sorted(one["eventID"] for one in records)


def test_same_records_same_bytes(tmp_path: Path) -> None:
    """Writing twice gives the same files, byte for byte."""
    records = organization(1, 30).records
    one, two = write_trail(records, tmp_path / "one"), write_trail(records, tmp_path / "two")

    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert [path.name for path in one] == [path.name for path in two]


def test_one_plain_file(tmp_path: Path) -> None:
    """A trail can be one plain file."""
    records = organization(1, 5).records

    assert json.loads(write_json(records, tmp_path / "a" / "trail.json").read_bytes()) == {"Records": records}
