"""benchmarks/README.md, written from what was measured."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import apsw
import msgspec

from benchmarks.figure import Result

TITLES = {
    "speed": "Ingest against the floor",
    "memory": "Memory of ingest",
    "lineage": "`who` in process",
    "lake": "The lake",
    "start": "From cold",
    "neo4j": "Neo4j against its bare driver",
}
HEAD = """# Benchmarks

Written by `python -m benchmarks` (or `make bench`) from what it measured; do not edit by hand.

The floor is isal `igzip` and a typed msgspec decode of the same files, and nothing else ([floor.py](floor.py)). It and
ingest are run in turns, each in a process of its own; medians of five rounds are given. Ingest's time is wall clock,
from listing the files to the closed store. Trails are generated ([bulk.py](../synth/bulk.py)): records of 1.45 kB, 150
to a file where not said otherwise, 2.5 % of them credential events.

`python -m benchmarks NAME…` measures some of it again; `--scale small` tries it in a minute, and writes nothing here.

![cost against size](cost.svg)
"""


class Measured(msgspec.Struct, frozen=True):
    """A result, and when and where it was measured."""

    result: Result
    day: str
    machine: str


def measured(result: Result) -> Measured:
    """The result as of now and of this machine."""
    return Measured(result, datetime.now(UTC).date().isoformat(), machine())


def machine() -> str:
    """What this machine is, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}, msgspec {version('msgspec')}, "
        f"isal {version('isal')}"
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def table(result: Result) -> str:
    """The figures as a Markdown table."""
    rows = ["| what | measured | wanted | |", "| --- | ---: | ---: | --- |"]
    for figure in result.figures:
        said = {True: "met", False: "**not met**", None: ""}[figure.met]
        rows.append(f"| {figure.what} | {figure.shown} | {figure.wanted} | {said} |")
    return "\n".join(rows) + "\n"


def page(results: Mapping[str, Measured]) -> str:
    """The whole page."""
    parts = [HEAD]
    for name, title in TITLES.items():
        if name in results:
            one = results[name]
            told = f"`python -m benchmarks {name}`, {one.day}, on {one.machine}."
            parts.append(f"## {title}\n\n{table(one.result)}\n{told}\n")
    return "\n".join(parts)
