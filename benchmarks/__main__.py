"""`python -m benchmarks [NAME…] [--scale small|full]`: measure, print, and write README.md and the plot."""

import argparse
from pathlib import Path

import msgspec

from benchmarks import lake, lineage, memory, neo4j, plot, report, speed, start

HERE = Path(__file__).parent
BENCHMARKS = {"speed": speed, "memory": memory, "lineage": lineage, "lake": lake, "start": start, "neo4j": neo4j}
_FIGURES = HERE / "figures.json"


def main(arguments: list[str] | None = None) -> None:
    """Measure what is named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)}; all if none is named"
    )
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {min(unknown)!r}")
    for name in asked.names or BENCHMARKS:
        result = BENCHMARKS[name].measure(asked.scale)
        print(f"\n{report.TITLES[name]} ({asked.scale})\n\n{report.table(result)}", flush=True)
        if asked.scale == "full":
            _keep(name, report.measured(result))


def _keep(name: str, measured: report.Measured) -> None:
    """Put a result in the place of the last one of its name, and write page and plot anew."""
    known = msgspec.json.decode(_FIGURES.read_bytes(), type=dict[str, report.Measured]) if _FIGURES.exists() else {}
    known[name] = measured
    _FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(known), indent=1) + b"\n")
    (HERE / "README.md").write_text(report.page(known), "utf-8")
    plot.draw((point for one in known.values() for point in one.result.points), HERE / "cost.svg")


if __name__ == "__main__":
    main()
