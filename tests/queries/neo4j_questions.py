"""Questions in Cypher, taken apart: what a head declares, and the statements whose plans can be read."""

import re
from itertools import takewhile
from pathlib import Path

import msgspec

FILES = sorted((Path(__file__).resolve().parents[2] / "queries").glob("*.cypher"))
_STEP = re.compile(r"\n +UNWIND near\.new AS \w\n.*?RETURN DISTINCT m\n", re.DOTALL)
_FIRST_STEP = "MATCH (asked:User {id: ''}) WITH {found: [asked], new: [asked]} AS near"


class Head(msgspec.Struct, frozen=True):
    """What the comment ahead of a question declares; `param` are its lines for Neo4j Browser, as one map of Cypher."""

    told: str
    parameters: str
    columns: str
    drawn: str
    param: str


def head(text: str) -> Head:
    """The head of a question. Raises ValueError where a part is missing."""
    lines = [line.removeprefix("//") for line in takewhile(lambda line: line.startswith("//"), text.splitlines())]
    told, parameters, columns, drawn = re.split(
        r"^ (?:Parameters|Columns|For Browser)\b", "\n".join(lines), flags=re.MULTILINE
    )
    parameters, _, _ = parameters.partition("In Neo4j Browser")
    shown = "\n".join(lines)
    whole = re.search(r":param (\{.*?\})", shown, re.DOTALL)
    single = ", ".join(f"{name}: {value}" for name, value in re.findall(r":param (\w+) => (.*)", shown))
    return Head(
        told, parameters, columns, re.sub(r"\(.*", "", drawn, flags=re.DOTALL), whole[1] if whole else f"{{{single}}}"
    )


def asked(text: str) -> set[str]:
    """The parameters that a question uses."""
    return set(re.findall(r"\$(\w+)", re.sub(r"//.*", "", text)))


def statements(text: str) -> list[str]:
    """The question itself, and what it does step by step inside an expression: no plan shows that."""
    return [text, *(_FIRST_STEP + step for step in _STEP.findall(text))]
