import json
from collections import Counter

from ingest.line import Progress
from ingest.quarantine import Quarantined
from render.summary import format_json, format_summary


def run(pieces: int = 0, **counts: int) -> Progress:
    """A run that ended with these counts and as many quarantined pieces."""
    told = Counter(counts) + Counter({"passed over: digest": 2, "quarantined": pieces})
    return Progress(
        counts=told, quarantined=[Quarantined(f"/t/{n}\x1b", "record 1", "no object") for n in range(pieces)]
    )


def test_in_words() -> None:
    """The summary says what was read, what was not, and leaves out what did not happen."""
    text = format_summary(run(files=1, records=1234, facts=7, skipped=3, repeats=1))

    assert text.splitlines() == [
        "Read 1,234 records in 1 file: 7 facts.",
        "3 files had been read before; 1 record came more than once; 2 digests passed over.",
    ]


def test_quarantine_is_listed_and_bounded() -> None:
    """What could not be read is listed with place and reason: ten pieces, then how many more there are."""
    lines = format_summary(run(pieces=13)).splitlines()

    assert lines[2] == "13 pieces could not be read:"
    assert lines[3] == "  /t/0\\x1b, record 1: no object"
    assert len(lines) == 3 + 10 + 1
    assert lines[-1] == "  and 3 more, see `whodunnit status`"


def test_as_json() -> None:
    """JSON has every count, also those of zero, and the pieces."""
    told = json.loads(format_json(run(pieces=1, files=2, records=3, facts=4, repeats=5, skipped=6, outside=7)))
    piece = told.pop("quarantine")[0]

    assert told == {
        "files": 2,
        "records": 3,
        "facts": 4,
        "repeats": 5,
        "skipped": 6,
        "quarantined": 1,
        "outside": 7,
        "bytes": 0,
        "passed_over": {"digest": 2},
    }
    assert piece == {"source": "/t/0\x1b", "position": "record 1", "reason": "no object", "sample": ""}
