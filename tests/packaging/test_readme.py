import os
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
LEFT_OUT = "…"


def shown(command: str) -> list[str]:
    """The lines of real output that README shows under a command, without empty ones."""
    block = README.read_text(encoding="utf-8").partition(f"    $ {command}\n")[2]
    lines = []
    for line in block.splitlines():
        if line and not line.startswith("    "):
            break
        if line.startswith("    $ make"):
            break
        lines.append(line.strip())
    return [line for line in lines if line and line != LEFT_OUT]


def test_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    """Every line that README shows of `make demo` is a line of the demo's output, in that order."""
    script = "import sys; sys.argv[0] = '.venv/bin/whodunnit'; from cli.main import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", script, "demo"],
        cwd=tmp_path,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120", "PYTHONPATH": str(README.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    printed = [line.strip() for line in ran.stdout.splitlines()]
    expected = shown("make demo")

    assert len(expected) > 20
    assert [line for line in expected if line not in printed] == []
    places = [printed.index(line) for line in expected if printed.count(line) == 1 and "Read " not in line]
    assert places == sorted(places)
