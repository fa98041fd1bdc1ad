"""Writes a trail as CloudTrail delivers it to S3, or as one file.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from synth.trail import Record

_Place = tuple[str, str, str]


def write_json(records: Iterable[Record], path: Path) -> Path:
    """Write `{"Records": […]}` to one plain file and give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode({"Records": list(records)}))
    return path


def write_trail(records: Iterable[Record], folder: Path, *, organization: str = "", per_file: int = 150) -> list[Path]:
    """Write the delivery tree of an organization trail under `folder` and give the paths of its files, sorted.

    A file holds at most `per_file` records of one account, Region and quarter of an hour, and is named after the time
    of delivery, five minutes after that. The same records give the same files, byte for byte.
    """
    places: dict[_Place, list[Record]] = {}
    for record in records:
        places.setdefault((record["recipientAccountId"], record["awsRegion"], _delivered(record)), []).append(record)
    written = [
        _write(folder, organization, place, part) for place, there in places.items() for part in _parts(there, per_file)
    ]
    return sorted(written)


def _delivered(record: Record) -> str:
    """Give `YYYYMMDDTHHmmZ` of delivery: the quarter of an hour that the event falls in, and five minutes."""
    time = record["eventTime"]
    return f"{time[:4]}{time[5:7]}{time[8:13]}{int(time[14:16]) // 15 * 15 + 5:02d}Z"


def _parts(records: list[Record], size: int) -> Iterator[list[Record]]:
    for at in range(0, len(records), size):
        yield records[at : at + size]


def log_path(organization: str, place: _Place, mark: str) -> str:
    """Give the object key of a log file; `place` is account, Region and delivery time, `mark` 16 characters."""
    account, region, time = place
    day = f"{time[:4]}/{time[4:6]}/{time[6:8]}"
    root = f"AWSLogs/{organization}/{account}" if organization else f"AWSLogs/{account}"
    return f"{root}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{time}_{mark}.json.gz"


def _write(folder: Path, organization: str, place: _Place, records: list[Record]) -> Path:
    body = msgspec.json.encode({"Records": records})
    mark = hashlib.sha256(body).hexdigest()[:16]
    path = folder / log_path(organization, place, mark)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(body, 6, mtime=0))
    return path
