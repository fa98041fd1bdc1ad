"""From cold: `whodunnit --help` and `whodunnit who`, against a Python that only imports typer."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.figure import Figure, Result
from benchmarks.jobs import apart
from benchmarks.trails import SCRATCH, trail
from synth.bulk import Shape

ROUNDS = {"full": 21, "small": 3}
MOST = 2.5


def measure(scale: str) -> Result:
    """Medians of whole processes, started in turns."""
    bulk = trail(Shape(events=2_000))
    store = SCRATCH / "start.db"
    apart("ingest", bulk.folder, store, 1)
    script = Path(sys.executable).with_name("whodunnit")
    commands = {
        "python -c 'import typer'": [sys.executable, "-c", "import typer"],
        "whodunnit --help": [str(script), "--help"],
        "whodunnit who": [str(script), "who", next(iter(bulk.sample)), "--store", f"sqlite:{store}"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS[scale]):
        for name, command in commands.items():
            start = perf_counter()
            subprocess.run(command, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, check=True)
            times[name].append(perf_counter() - start)
    first, *others = ((name, median(taken)) for name, taken in times.items())
    figures = [Figure(what=name, value=taken * 1e3, unit="ms") for name, taken in (first, *others)]
    for name, taken in others:
        figures.append(Figure(what=f"{name} ÷ import typer", value=taken / first[1], sign="≤", bound=MOST))
    return Result(figures)
