"""Statements of Cypher, made once from the schema's own names: what constrains, writes and reads the graph in Neo4j.

Values never become text of a statement: rows travel as `$rows`, lists in the order of the columns of `graph.tables`,
and a statement names the places in them. Only names of the schema are put together here.
"""

from functools import lru_cache

import msgspec

from graph.schema import COVERED, EDGES, NODES, PLACE, PLACES_KEPT, Edge, Node, Property
from graph.tables import TABLES, edge_identity

STORED_EDGES = tuple(edge for edge in (*EDGES, PLACE, COVERED) if not edge.derived)
"""What facts say; ABOUT follows from it."""

ABOUT = next(edge for edge in EDGES if edge.derived)
OF_TABLE = {edge.table: edge for edge in STORED_EDGES if not edge.single}
NODE_TABLES = {node.table: node for node in NODES if not node.bare}
LABELS = (*(node.label for node in NODES), *COVERED.ends)
LEDGER = {
    "Whodunnit": ("id", "name", "schema"),
    "ReadSource": ("name", "stamp", "since", "until"),
    "Quarantine": ("source", "position", "reason", "sample", "name"),
    "Tally": ("name", "count"),
    "LongText": ("id", "name", "text"),
}
"""Labels of what is kept beside the graph, and their properties.

A text too long for an index stands in the graph cut, with its hash, and as a LongText whole.
"""

_KEYS = {"Tag": ("key", "value"), "Quarantine": ("source", "position", "reason")}
_NAMED_BY = {"ReadSource": ("name",), "Tally": ("name",)}
_INDEXES = (
    "FOR (n:Session) ON (n.principal, n.start)",
    "FOR (n:Session) ON (n.principal)",
    "FOR (n:Session) ON (n.arn)",
    "FOR (n:Session) ON (n.start)",
    "FOR (n:Session) ON (n.sign_in)",
    "FOR (n:Session) ON (n.source_identity)",
    "FOR (n:AccessKey) ON (n.source_identity)",
    "FOR (n:User) ON (n.arn)",
    "FOR (n:Place) ON (n.address)",
    "FOR (n:Tag) ON (n.key)",
    "FOR (n:Quarantine) ON (n.source)",
    "FOR ()-[e:NAMED]-() ON (e.arn)",
    # Of these there may be any number between the same two nodes: without, each would be looked at to merge one more.
    "FOR ()-[e:CHANGED_BY]-() ON (e.event)",
    "FOR ()-[e:ATTEMPTED]-() ON (e.event)",
    "FOR ()-[e:RUNS_AS]-() ON (e.event)",
    "FOR ()-[e:REQUESTED]-() ON (e.event)",
)

_AFTER_ACCOUNT = "CASE WHEN {0} CONTAINS '/' THEN substring({0}, size(split({0}, '/')[0]) + 1) ELSE {0} END"
_LAST_PART = "split(split({0}, '/')[-1], ':')[-1]"
_CAPTIONS = {"Role": _AFTER_ACCOUNT, "Name": _AFTER_ACCOUNT, "Stack": _LAST_PART, "Workload": _LAST_PART}
"""A node's `name` out of its id, where nothing better is known; the id itself where none is given here."""

_CALLED = {"Session": "name", "Identity": "name", "Event": "name", "Place": "address"}
"""The property that is a node's `name` where it is known."""

_MAYBE_UNNAMED = {"Session", "Identity"}
"""Labels whose rows may know no name: the id stands in then, and is none when read back."""

_ROW_WITHOUT_VALUES = {"Place": "true", "Workload": "EXISTS { (n)<-[:RUNS_IN]-() }"}
"""When a node that has no property is a row all the same; others are there only as an edge's end then."""

_TOO_MANY_PLACES = f"COUNT {{ (a)-[:{PLACE.type}]->() }} > {PLACES_KEPT}"

LOCK = "MATCH (w:Whodunnit {id: 'store'}) SET w.id = 'store' RETURN w.schema AS schema"
"""Writers take turns: what one reads and widens, no other may widen meanwhile."""


class Column(msgspec.Struct, frozen=True):
    """A property and the place of its value in a row."""

    declared: Property
    place: int

    @property
    def value(self) -> str:
        """The value, as a statement has it."""
        return _typed(self.declared, f"row[{self.place}]")


def schema_statements() -> list[str]:
    """Constraints and indexes; each may be run where it is there already."""
    keys = dict.fromkeys((*LABELS, *LEDGER), ("id",)) | _NAMED_BY | _KEYS
    unique = [
        f"CREATE CONSTRAINT {_named('whodunnit', label)} IF NOT EXISTS FOR (n:{label}) "
        f"REQUIRE ({', '.join(f'n.{name}' for name in names)}) IS UNIQUE"
        for label, names in keys.items()
    ]
    found = [f"CREATE INDEX whodunnit_{number} IF NOT EXISTS {what}" for number, what in enumerate(_INDEXES)]
    return [*unique, *found]


@lru_cache(maxsize=64)
def write_nodes(table: str) -> str:
    """Write rows of a table of nodes, with the edges that SQL keeps in them.

    Gives the ids of those that have more edges than one where one may be, for `keep_single`.
    """
    node = NODE_TABLES[table]
    columns = _columns(table, node.properties)
    named = [column for column in columns if column.declared.name != "name"]
    called = next((c for c in columns if c.declared.name == _CALLED.get(node.label)), None)
    new = [f"n.name = {_name_of_new(node, called)}", *(f"n.{c.declared.name} = {c.value}" for c in named)]
    known = [f"n.{c.declared.name} = {_merged('n', c)}" for c in named]
    if called:
        known.append(_name_of_known(called))
    singles = singles_of(table)
    several = " OR ".join(f"COUNT {{ (n)-[:{edge.type}]->() }} > 1" for edge in singles)
    return (
        f"UNWIND $rows AS row MERGE (n:{node.label} {{id: row[0]}}) ON CREATE SET {', '.join(new)} "
        f"ON MATCH SET {', '.join(known)}{''.join(map(_write_single, singles))}"
        + (f" WITH n WHERE {several} RETURN collect(DISTINCT n.id)" if singles else "")
    )


def singles_of(table: str) -> list[Edge]:
    """Edges of which each node of a table has one at most."""
    return [edge for edge in STORED_EDGES if edge.single and edge.table == table]


def _write_single(edge: Edge) -> str:
    place = TABLES[edge.table].columns.index
    end = place(edge.ends[0].lower())
    return (
        f" FOREACH (id IN CASE WHEN row[{end}] IS NULL THEN [] ELSE [row[{end}]] END | "
        f"{_merge_end('b', edge.ends[0], end)} MERGE (n)-[e:{edge.type}]->(b)"
        f"{_set_edge(_columns(edge.table, edge.properties))})"
    )


@lru_cache(maxsize=512)
def write_edges(table: str, start: str, end: str) -> str:
    """Write rows of a table of edges from nodes of one label to those of another. Raises KeyError if undeclared.

    Of places gives the ids of credentials that were seen from more than are kept, for `keep_places`.
    """
    edge = OF_TABLE[table]
    if start not in edge.starts or end not in edge.ends:
        raise KeyError(f"{edge.type} from {start} to {end}")
    place = TABLES[table].columns.index
    to = ("tag_key", "tag_value") if end == "Tag" else ("to_id",)
    identity = ", ".join(f"{p.name}: row[{place(p.name)}]" for p in edge.identity)
    return (
        f"UNWIND $rows AS row {_merge_end('a', start, place('from_id'))} {_merge_end('b', end, *map(place, to))} "
        f"MERGE (a)-[e:{edge.type}{identity and f' {{{identity}}}'}]->(b)"
        f"{_set_edge(_columns(table, edge.properties))}"
        + (f" WITH a WHERE {_TOO_MANY_PLACES} RETURN collect(DISTINCT a.id)" if edge is PLACE else "")
    )


@lru_cache(maxsize=8)
def keep_single(edge: Edge) -> str:
    """Of several edges where one may be, keep that to the smallest id, with the smallest of each property."""
    (start,) = edge.starts
    least = "".join(f", min(e.{p.name}) AS {p.name}" for p in edge.properties)
    kept = ", ".join(f"e.{p.name} = {p.name}" for p in edge.properties)
    carried = "".join(f", {p.name}" for p in edge.properties)
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{id: row[0]}})-[e:{edge.type}]->(b) WITH a, e ORDER BY b.id "
        f"WITH a, collect(e) AS found{least} WITH head(found) AS kept, tail(found) AS beyond{carried} "
        + (f"FOREACH (e IN [kept] | SET {kept}) " if kept else "")
        + "FOREACH (e IN beyond | DELETE e)"
    )


@lru_cache(maxsize=16)
def write_about(start: str) -> str:
    """Tie events that are stored to the starts of the edges that rest on them: rows of eventID and id."""
    return (
        f"UNWIND $rows AS row MATCH (v:Event {{id: row[0]}}) MATCH (a:{start} {{id: row[1]}}) "
        f"MERGE (v)-[:{ABOUT.type}]->(a)"
    )


@lru_cache(maxsize=4)
def keep_places(start: str) -> str:
    """Of the places that these credentials were seen from keep the smallest few, and forget those that nobody is."""
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{id: row[0]}})-[e:{PLACE.type}]->(p:Place) WITH a, e, p ORDER BY p.id "
        f"WITH a, collect(e)[{PLACES_KEPT}..] AS edges, collect(p)[{PLACES_KEPT}..] AS places "
        f"FOREACH (e IN edges | DELETE e) "
        f"WITH places UNWIND places AS p WITH DISTINCT p WHERE NOT EXISTS {{ (p)<-[:{PLACE.type}]-() }} DELETE p"
    )


FORGET_PLACES = (
    f"UNWIND $rows AS row MATCH (p:Place {{id: row[0]}}) WHERE NOT EXISTS {{ (p)<-[:{PLACE.type}]-() }} DELETE p"
)
NAME_USERS = (
    "UNWIND $rows AS row MATCH (u:User {id: row[0]})-[e:NAMED]->() WITH u, min(e.name) AS name "
    "SET u.name = coalesce(name, u.id)"
)
WRITE_LEDGER = {
    "begun": "UNWIND $rows AS row MATCH (q:Quarantine {source: row[0]}) DELETE q",
    "quarantined": "UNWIND $rows AS row MERGE (q:Quarantine {source: row[0], position: row[1], reason: row[2]}) "
    "ON CREATE SET q.sample = row[3], q.name = row[2]",
    "done": "UNWIND $rows AS row MERGE (s:ReadSource {name: row[0]}) "
    "SET s.stamp = row[1], s.since = row[2], s.until = row[3]",
    "counts": "UNWIND $rows AS row MERGE (t:Tally {name: row[0]}) "
    "ON CREATE SET t.count = row[1] ON MATCH SET t.count = t.count + row[1]",
}
WRITE_TEXTS = "UNWIND $rows AS row MERGE (t:LongText {id: row[0]}) ON CREATE SET t.name = row[0], t.text = row[1]"


def read_table(table: str) -> list[str]:
    """All rows of a table, one statement after the other, in order of their keys."""
    if table in NODE_TABLES:
        return [read_nodes(table)]
    return [read_edges(table, start) for start in sorted(OF_TABLE[table].starts)]


def read_nodes(table: str) -> str:
    """All rows of a table of nodes, in order of their ids."""
    node = NODE_TABLES[table]
    singles = singles_of(table)
    maybe = "".join(
        f" OPTIONAL MATCH (n)-[e{at}:{edge.type}]->(m{at}:{edge.ends[0]})" for at, edge in enumerate(singles)
    )
    values = [_read_back(node, p) for p in node.properties]
    for at, edge in enumerate(singles):
        values += [f"m{at}.id", *(f"e{at}.{p.name}" for p in edge.properties)]
    there = " OR ".join([*(f"{value} IS NOT NULL" for value in values), _ROW_WITHOUT_VALUES.get(node.label, "false")])
    return (
        f"MATCH (n:{node.label}){maybe} WITH * WHERE {there} "
        f"RETURN {', '.join(f'{what} AS c{at}' for at, what in enumerate(('n.id', *values)))} ORDER BY c0"
    )


def read_edges(table: str, start: str) -> str:
    """All rows of a table of edges from nodes of one label, in order of their keys."""
    edge = OF_TABLE[table]
    ends = " | ".join(f"'{label}'" for label in edge.ends).replace(" | ", ", ")
    what = {
        "from_label": f"'{start}'",
        "from_id": "a.id",
        "to_label": f"[label IN labels(b) WHERE label IN [{ends}]][0]",
        "to_id": "b.id",
        "tag_key": "b.key",
        "tag_value": "b.value",
    }
    names = TABLES[table].columns
    returned = ", ".join(f"{what.get(name, f'e.{name}')} AS c{at}" for at, name in enumerate(names))
    order = ", ".join(f"c{at}" for at in range(len(edge_identity(edge))))
    return f"MATCH (a:{start})-[e:{edge.type}]->(b:{'|'.join(edge.ends)}) RETURN {returned} ORDER BY {order}"


def _columns(table: str, properties: tuple[Property, ...]) -> list[Column]:
    place = TABLES[table].columns.index
    return [Column(p, place(p.name)) for p in properties]


def _typed(declared: Property, value: str) -> str:
    if declared.kind == "time":
        return f"datetime({value})"
    return f"({value} = 1)" if declared.kind == "flag" else value


def _merged(owner: str, column: Column) -> str:
    """What a property is once a row's value is merged in; null is *not known* and never wins."""
    old, new = f"{owner}.{column.declared.name}", column.value
    stays = f"{old} <= {new}" if column.declared.merge == "min" else f"{old} >= {new}"
    if column.declared.kind == "bytes":
        # Neo4j takes bytes for numbers with a sign; the order wanted is that of every other store.
        unsigned = "[x IN {} | (x + 256) % 256]"
        stays = f"{old} = {new} OR {unsigned.format(old)} < {unsigned.format(new)}"
    return f"CASE WHEN {new} IS NULL OR {stays} THEN {old} ELSE {new} END"


def _set_edge(columns: list[Column]) -> str:
    new = ", ".join(f"e.{c.declared.name} = {c.value}" for c in columns)
    known = ", ".join(f"e.{c.declared.name} = {_merged('e', c)}" for c in columns)
    return f" ON CREATE SET {new} ON MATCH SET {known}" if columns else ""


def _merge_end(variable: str, label: str, *places: int) -> str:
    """Merge an edge's end, with a caption where it is new."""
    if label == "Tag":
        key, value = (f"row[{place}]" for place in places)
        pair = f"MERGE ({variable}:Tag {{key: {key}, value: {value}}})"
        return f"{pair} ON CREATE SET {variable}.name = {key} + '=' + {value}"
    (place,) = places
    return f"MERGE ({variable}:{label} {{id: row[{place}]}}) ON CREATE SET {variable}.name = {_caption(label, place)}"


def _caption(label: str, place: int) -> str:
    return _CAPTIONS.get(label, "{0}").format(f"row[{place}]")


def _name_of_new(node: Node, called: Column | None) -> str:
    caption = _caption(node.label, 0)
    return f"coalesce({called.value}, {caption})" if called else caption


def _name_of_known(called: Column) -> str:
    """A name's rule is that of its property, but for the id, which only stood in."""
    new = called.value
    return f"n.name = CASE WHEN {new} IS NULL OR n.name <> n.id AND n.name <= {new} THEN n.name ELSE {new} END"


def _read_back(node: Node, declared: Property) -> str:
    if declared.name != "name":
        return f"n.{declared.name}"
    stands_in = "n.name = n.id" if node.label in _MAYBE_UNNAMED else "n.at IS NULL"
    return f"CASE WHEN {stands_in} THEN null ELSE n.name END"


def _named(*parts: str) -> str:
    return "_".join(part.lower() for part in parts)
