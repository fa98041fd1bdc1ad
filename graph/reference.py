"""docs/graph.md, made from the schema itself: `python -m graph.reference > docs/graph.md`."""

import sys
from collections.abc import Iterator

from graph.schema import COVERED, CREDENTIALS, EDGES, NODES, PLACE, SCHEMA_VERSION, THINGS, Edge, Node, Property

_HEAD = f"""# The graph

Made from `graph/schema.py` by `python -m graph.reference > docs/graph.md`; a test compares. Schema version \
{SCHEMA_VERSION}.

Stored values are only unions, first times (`min`) and last times (`max`): the same facts in any order, in any batches,
with repeats, give the same graph. What wins, and what a name or tag was at a time, is decided when asked.

## The picture"""

_IN_NEO4J = """## In Neo4j

- A node has one label. `id` is its identity and is unique for the label; a `Tag` is unique by `key` and `value`.
- Every node has a `name`, fit for a caption: the one declared below where it is known, else what its identity tells.
  Of a `Session` or `Identity` a `name` that equals the `id` means that none is known; of an `Event`, that `at` is not.
- Times are `ZONED DATETIME` in UTC, flags `BOOLEAN`, records byte arrays, all else `STRING`. What is not known is not
  there.
- A relationship is there once for its two nodes and the properties that the tables call *identity*.
- What was read, and what could not be, stands beside the graph: `Whodunnit` (one node, with `schema`), `ReadSource`,
  `Quarantine`, `Tally`, `LongText` (texts that are too long for an index). Labels of others are left alone.

`whodunnit neo4j browser-pack DIR` writes colours, captions and queries to begin with for Neo4j Browser.

## In SQLite

A label is a table in lower case (`access_key`), an edge the table named below; `from_label` and `to_label` are there
only where there is a choice. Times are RFC 3339 text in UTC, flags 1 and 0. Labels without properties have no table:
they are there as ends of edges."""


def format_graph() -> str:
    """The reference as Markdown: a picture, then nodes and edges with each property and what it says."""
    return "\n\n".join((_HEAD, *_picture(), "## Nodes", _nodes(), "## Edges", *_edges(), _IN_NEO4J)) + "\n"


def _stored() -> tuple[Edge, ...]:
    return (*EDGES, PLACE, COVERED)


def _picture() -> Iterator[str]:
    drawn = [line for edge in _stored() for line in _arrows(edge)]
    lines = [
        "```mermaid",
        "flowchart LR",
        *(f"  {label}([{label}])" for label in _labels()),
        '  credential{{"a credential"}}',
        '  thing{{"a thing"}}',
        *dict.fromkeys(drawn),
        "```",
    ]
    yield "\n".join(lines)
    yield f"*A credential* is {_any(CREDENTIALS)}; *a thing* is {_any(THINGS)}."


def _arrows(edge: Edge) -> Iterator[str]:
    """Lines of the picture; wherever all credentials or all things can stand, they are one box."""
    for start in _grouped(edge.starts):
        for end in _grouped(edge.ends):
            yield f"  {start} -->|{edge.type}| {end}"


def _grouped(labels: tuple[str, ...]) -> tuple[str, ...]:
    return {CREDENTIALS: ("credential",), THINGS: ("thing",)}.get(labels, labels)


def _labels() -> list[str]:
    return [*(node.label for node in NODES), *COVERED.ends]


def _nodes() -> str:
    lines = ["| label | what it is | `id` |", "| --- | --- | --- |"]
    lines += [f"| `{node.label}` | {node.says} | {_cell(node.identity)} |" for node in NODES]
    lines += [f"| `{label}` | an AWS Region | its name |" for label in COVERED.ends]
    return "\n\n".join(("\n".join(lines), *(_properties_of(node) for node in NODES if node.properties)))


def _properties_of(node: Node) -> str:
    return f"### {node.label}\n\n{_properties(node.properties)}"


def _edges() -> Iterator[str]:
    for edge in _stored():
        ends = f"({_any(edge.starts)}) → ({_any(edge.ends)})"
        yield f"### {edge.type}\n\n{edge.says[0].upper()}{edge.says[1:]}: {ends}.{_kept(edge)}"
        if edge.identity or edge.properties:
            yield _properties(edge.properties, edge.identity)


def _kept(edge: Edge) -> str:
    """How stores keep an edge."""
    if edge.derived:
        return " It follows from each edge that has the event's id in `event`."
    if edge.single:
        return f" At most one of each; in SQLite a column of `{edge.table}`."
    return f" In SQLite the table `{edge.table}`."


def _properties(properties: tuple[Property, ...], identity: tuple[Property, ...] = ()) -> str:
    lines = ["| property | what it says | kind | of two values |", "| --- | --- | --- | --- |"]
    lines += [f"| `{one.name}` | {_cell(one.says)} | {one.kind} | identity |" for one in identity]
    lines += [f"| `{one.name}` | {_cell(one.says)} | {one.kind} | {one.merge} |" for one in properties]
    return "\n".join(lines)


def _any(labels: tuple[str, ...]) -> str:
    *others, last = (f"`{label}`" for label in labels)
    return f"{', '.join(others)} or {last}" if others else last


def _cell(text: str) -> str:
    """Text in a cell of a table, where a bar would end it and an angle bracket would begin a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(format_graph())
