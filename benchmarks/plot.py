"""The plot of cost against size: seconds of ingest by events, milliseconds of `who` by sessions."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figure import Point

PANELS = (
    ("Ingest", "events", "seconds", 1.0, ("floor", "one process", "two workers")),
    ("who", "sessions", "milliseconds (p50)", 1e3, ("who", "bare query")),
)


def draw(points: Iterable[Point], path: Path) -> None:
    """Draw all points into an SVG file."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "whodunnit"
    lines: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for point in points:
        lines[point.line].append((point.size, point.cost))
    figure, panels = plt.subplots(1, len(PANELS), figsize=(10, 4), layout="constrained")
    for panel, (title, across, up, factor, names) in zip(panels, PANELS, strict=True):
        for name in names:
            if known := sorted(set(lines[name])):
                panel.plot([size for size, _ in known], [cost * factor for _, cost in known], marker="o", label=name)
        panel.set(title=title, xlabel=across, ylabel=up, xscale="log", yscale="log")
        panel.grid(visible=True, which="major", alpha=0.3)
        if panel.has_data():
            panel.legend()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
