"""The tables that follow from the schema, for stores that keep rows."""

import msgspec

from graph.schema import COVERED, EDGES, NODES, PLACE, Edge, Merge, Node


class Table(msgspec.Struct, frozen=True):
    """A table: `identity` columns are its key; each of `values` merges by its rule."""

    name: str
    identity: tuple[str, ...]
    values: tuple[tuple[str, Merge], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, the key's first."""
        return (*self.identity, *(name for name, _ in self.values))


def edge_identity(edge: Edge) -> tuple[str, ...]:
    """Columns that name an edge: labels only where there is more than one to choose from; a tag is key and value."""
    start = ("from_label", "from_id") if len(edge.starts) > 1 else ("from_id",)
    if edge.ends == ("Tag",):
        end: tuple[str, ...] = ("tag_key", "tag_value")
    else:
        end = ("to_label", "to_id") if len(edge.ends) > 1 else ("to_id",)
    return (*start, *end, *(p.name for p in edge.identity))


def _of_edge(edge: Edge) -> Table:
    return Table(edge.table, edge_identity(edge), tuple((p.name, p.merge) for p in edge.properties))


def _of_node(node: Node) -> Table:
    values: list[tuple[str, Merge]] = [(p.name, p.merge) for p in node.properties]
    for edge in EDGES:
        if edge.single and edge.starts == (node.label,):
            values.append((edge.ends[0].lower(), "min"))
            values += [(p.name, p.merge) for p in edge.properties]
    return Table(node.table, ("id",), tuple(values))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *(_of_node(node) for node in NODES if not node.bare),
        *(_of_edge(edge) for edge in (*EDGES, PLACE, COVERED) if not edge.single and not edge.derived),
    )
}
