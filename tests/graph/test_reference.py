import re
from pathlib import Path

from graph.reference import format_graph
from graph.schema import COVERED, CREDENTIALS, EDGES, NODES, PLACE, THINGS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "graph.md"


def test_docs_are_as_the_schema() -> None:
    """docs/graph.md says what the schema does (else: `python -m graph.reference > docs/graph.md`)."""
    assert DOCS.read_text("utf-8") == format_graph()


def test_every_label_edge_and_property_stands_in_it() -> None:
    """A label has a row, an edge a part of its own, and each property a row there."""
    text = format_graph()
    parts: dict[str, str] = {}
    for name, part in re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", text, re.DOTALL | re.MULTILINE):
        parts[name] = parts.get(name, "") + part
    edges = (*EDGES, PLACE, COVERED)
    properties = {(node.label, one.name) for node in NODES for one in node.properties}
    properties |= {(edge.type, one.name) for edge in edges for one in (*edge.identity, *edge.properties)}

    assert all(f"\n| `{node.label}` | {node.says} |" in text for node in NODES)
    assert {edge.type for edge in edges} <= set(parts)
    assert {
        (part, name) for part, name in properties if f"| `{name}` |" not in parts[part] and part != "TAGGED"
    } == set()


def test_the_picture_shows_every_edge() -> None:
    """Each edge is drawn from where it may start to where it may end; groups stand for all of theirs."""
    picture = format_graph().partition("```mermaid")[2].partition("```")[0]
    groups = {"credential": CREDENTIALS, "thing": THINGS}
    drawn = {
        (start, kind, end)
        for start_box, kind, end_box in re.findall(r"^  (\w+) -->\|(\w+)\| (\w+)$", picture, re.MULTILINE)
        for start in groups.get(start_box, (start_box,))
        for end in groups.get(end_box, (end_box,))
    }
    declared = {
        (start, edge.type, end) for edge in (*EDGES, PLACE, COVERED) for start in edge.starts for end in edge.ends
    }

    assert drawn == declared
