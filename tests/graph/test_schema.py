import typing

import pytest

from graph import rows
from graph.schema import CREDENTIALS, EDGES, NODES, PLACE, THINGS, Edge, Node, node
from graph.tables import TABLES, edge_identity
from ingest import facts

LABELS = {declared.label for declared in NODES}


@pytest.mark.parametrize("declared", [*NODES, *EDGES, PLACE], ids=lambda one: getattr(one, "label", None) or one.type)
def test_everything_says_what_it_is(declared: Node | Edge) -> None:
    """Each node, edge and property has words that say what it is, for docs and for people in Neo4j Browser."""
    properties = (*declared.properties, *(declared.identity if isinstance(declared, Edge) else ()))

    assert declared.says
    assert all(one.says for one in properties)
    assert len({one.name for one in properties}) == len(properties)


@pytest.mark.parametrize("edge", [*EDGES, PLACE], ids=lambda edge: f"{edge.type}-{edge.table}")
def test_edges_join_labels_that_are_there(edge: Edge) -> None:
    """An edge starts and ends at declared labels, and has a table unless it follows from others."""
    assert set(edge.starts) | set(edge.ends) <= LABELS
    assert edge.table in TABLES or edge.derived


def test_labels_of_credentials_and_things_are_there() -> None:
    """Whatever can call, and whatever can be made, is a label."""
    assert set(CREDENTIALS) | set(THINGS) <= LABELS


def test_nodes_are_found_by_label() -> None:
    """A label gives its declaration, in whatever order they stand."""
    assert [node(declared.label) for declared in NODES] == list(NODES)
    with pytest.raises(KeyError):
        node("Nobody")


def test_tables_have_keys_of_text_and_values_that_merge() -> None:
    """No column is there twice; all that is not part of a key has a rule by which two values become one."""
    for table in TABLES.values():
        assert len(set(table.columns)) == len(table.columns)
        assert table.identity
        assert {merge for _, merge in table.values} <= {"min", "max"}


def test_nodes_without_properties_live_by_their_edges() -> None:
    """A bare label has no table."""
    assert {declared.table for declared in NODES if not declared.bare} <= set(TABLES)
    assert not {declared.table for declared in NODES if declared.bare} & set(TABLES)


def test_a_label_is_named_only_where_there_is_a_choice() -> None:
    """The key of an edge's table has labels where several could stand there, and a tag as key and value."""
    named = {edge.table: edge_identity(edge) for edge in EDGES}

    assert named["renamed"] == ("from_id", "to_id", "event")
    assert named["belongs_to"] == ("from_id", "to_label", "to_id")
    assert named["tagged"] == ("from_label", "from_id", "tag_key", "tag_value", "event")


def test_every_fact_has_rows() -> None:
    """No kind of fact is forgotten on the way to a store."""
    kinds = {
        kind
        for kind in vars(facts).values()
        if isinstance(kind, type) and issubclass(kind, facts.Fact) and kind is not facts.Fact
    }

    assert set(rows.PUT) == kinds
    assert typing.get_type_hints(rows.rows_of)
