import gzip
import json
from pathlib import Path

from synth.bulk import Shape, bulk_sessions, bulk_trail


def test_bulk_trail_has_the_shape_asked_for(tmp_path: Path) -> None:
    """Counts, share of credential events, size of records and compression are near those of real trails."""
    made = bulk_trail(tmp_path, Shape(events=6000, share=0.05))
    records = [
        record
        for path in sorted(tmp_path.rglob("*.json.gz"))
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
    ]

    assert len(records) == made.events == 6000
    assert made.files == 40
    assert len({record["eventID"] for record in records}) == 6000
    assert 200 < made.issued < 400
    assert 1200 < made.size / made.events < 1800
    assert 5 < made.size / made.packed < 10
    assert {record["eventName"] for record in records} >= {"AssumeRole", "DescribeInstances", "Decrypt"}


def test_bulk_sessions_chain_up_to_four_deep(tmp_path: Path) -> None:
    """Each record opens a session; following callers back from the deepest takes four hops to a user's key."""
    made = bulk_sessions(tmp_path, 3000, per_file=100)
    parents = {}
    for path in tmp_path.rglob("*.json.gz"):
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            child = record["responseElements"]["credentials"]["accessKeyId"]
            parents[child] = record["userIdentity"]["accessKeyId"]

    assert made.issued == len(parents) == 3000
    assert set(made.sample.values()) == {1, 2, 3, 4}
    for key, depth in made.sample.items():
        at = key
        for _ in range(depth):
            at = parents[at]
        assert at.startswith("AKIA")


def test_same_shape_same_files(tmp_path: Path) -> None:
    """A bulk trail is settled by its shape."""
    one, two = bulk_trail(tmp_path / "one", Shape(events=500)), bulk_trail(tmp_path / "two", Shape(events=500))

    assert one.sample == two.sample
    assert (one.size, one.packed) == (two.size, two.packed)
