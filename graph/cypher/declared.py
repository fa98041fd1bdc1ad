"""Whether what stands in Neo4j under labels of ours is what the schema declares, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

from graph.cypher import statements
from graph.schema import COVERED, EDGES, NODES, PLACE, Kind

Read = Callable[[str], list[tuple[Any, ...]]]
"""Runs a statement and gives its rows."""

_TYPES: dict[Kind, str] = {"text": "STRING", "time": "ZONED DATETIME", "flag": "BOOLEAN", "bytes": "LIST<INTEGER>"}
_TYPE = "replace(valueType({}), ' NOT NULL', '')"
_OURS = f"[label IN labels({{}}) WHERE label IN {list(statements.LABELS)}][0]"


def undeclared(read: Read) -> list[str]:
    """A sentence for each property, type of value, or edge that labels of ours hold undeclared; none is right."""
    return [*_of_nodes(read), *_of_edges(read)]


def _of_nodes(read: Read) -> Iterator[str]:
    for label in statements.LABELS:
        declared = _properties(label)
        held = read(
            f"MATCH (n:{label}) UNWIND keys(n) AS name RETURN DISTINCT name, {_TYPE.format('n[name]')} ORDER BY name"
        )
        for name, kind in held:
            if declared.get(name) != kind:
                yield f"{label}.{name} is {kind}, declared is {declared.get(name, 'nothing')}"
        if nameless := read(f"MATCH (n:{label}) WHERE n.name IS NULL RETURN count(n)")[0][0]:
            yield f"{nameless} nodes {label} have no name"
    for label, names in statements.LEDGER.items():
        for (name,) in read(f"MATCH (n:{label}) UNWIND keys(n) AS name RETURN DISTINCT name ORDER BY name"):
            if name not in names:
                yield f"{label}.{name} is not declared"


def _properties(label: str) -> dict[str, str]:
    """The properties that a node may have, with the type of each."""
    identity = ("key", "value") if label == "Tag" else ("id",)
    own = [p for node in NODES if node.label == label for p in node.properties]
    return dict.fromkeys(("name", *identity), "STRING") | {p.name: _TYPES[p.kind] for p in own}


def _of_edges(read: Read) -> Iterator[str]:
    declared: dict[tuple[str, str, str], dict[str, str]] = {}
    for edge in (*EDGES, PLACE, COVERED):
        held = {p.name: _TYPES[p.kind] for p in (*edge.identity, *edge.properties)}
        declared |= {(start, edge.type, end): held for start in edge.starts for end in edge.ends}
    ours = "|".join(statements.LABELS)
    found = read(
        f"MATCH (a:{ours})-[e]->(b:{ours}) UNWIND [null] + keys(e) AS name "
        f"RETURN DISTINCT {_OURS.format('a')} AS start, type(e) AS kind, {_OURS.format('b')} AS end, name, "
        f"{_TYPE.format('e[name]')} AS value ORDER BY start, kind, end, name, value"
    )
    for start, kind, end, name, value in found:
        properties = declared.get((start, kind, end))
        if properties is None:
            yield f"({start})-[{kind}]->({end}) is not declared"
        elif name is not None and properties.get(name) != value:
            yield f"{kind}.{name} is {value}, declared is {properties.get(name, 'nothing')}"
