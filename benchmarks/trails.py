"""The trails and stores that are measured on: made once by `synth`, kept in benchmarks/scratch."""

import hashlib
import shutil
from pathlib import Path

import msgspec

from synth import bulk, bulk_texts
from synth.bulk import Bulk, Shape, bulk_trail

SCRATCH = Path(__file__).parent / "scratch"


def trail(shape: Shape) -> Bulk:
    """The trail of this shape, made if it is not there yet."""
    folder = SCRATCH / f"{shape.events}-{shape.share:g}-{shape.per_file}-{_made_by()}"
    told = folder / "bulk.json"
    if not told.exists():
        shutil.rmtree(folder, ignore_errors=True)
        told.parent.mkdir(parents=True)
        told.write_bytes(msgspec.json.encode(bulk_trail(folder / "trail", shape), enc_hook=str))
    return msgspec.json.decode(told.read_bytes(), type=Bulk, dec_hook=lambda kind, text: kind(text))


def remove(path: Path) -> None:
    """Remove a store, with the files that SQLite keeps beside it."""
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def _made_by() -> str:
    """What changes when the generator does, so that no trail of an older one is measured on."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (bulk, bulk_texts)]
    return hashlib.sha256(b"".join(sources)).hexdigest()[:8]
