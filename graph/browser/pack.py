"""Writes the pack for Neo4j Browser: files that are dropped into its window."""

import shutil
from pathlib import Path

_HERE = Path(__file__).parent


def favourites() -> list[Path]:
    """The favourites as they are shipped, in the order of their names; each begins with its title."""
    return sorted((_HERE / "favourites").glob("*.cypher"))


def write_pack(folder: Path) -> list[Path]:
    """Write the style and the favourites under `folder`, which is made if missing, and give their paths.

    What lies there under other names stays. Raises OSError where nothing may be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / path.name for path in (_HERE / "style.grass", *favourites())]
    for path, source in zip(written, (_HERE / "style.grass", *favourites()), strict=True):
        shutil.copyfile(source, path)
    return written


def title(favourite: Path) -> str:
    """What a favourite answers: its first line, which Browser shows as its name."""
    return favourite.read_text(encoding="utf-8").partition("\n")[0].removeprefix("// ")
