"""The lineage table: a row for each key, and for each session without a key; to join trails with that are elsewhere."""

from collections.abc import Callable
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graph.store import open_store
from ingest.identifiers import account_in_id
from ingest.identity import Ref, account_in
from lake.crew import cores, each
from lake.lineage import Lineage, columns, lineage_of, walks
from lake.manifest import lineage_folder
from lake.place import Place
from lake.schema import CREDENTIALS
from queries.lineage import Walk
from queries.who import decide

_TASK_ROWS = 20_000
_SETTINGS: dict[str, Any] = {"compression": "zstd", "store_schema": False}

_Task = tuple[str, list[Ref]]


class Credential(msgspec.Struct):
    """A row: the key or session, its dates (instants, None if not known), and its lineage.

    `kind` is that of the session (`role`, `console` …), else `long-lived` or `temporary`.
    """

    access_key_id: str | None
    session_id: str | None
    kind: str
    account: str | None
    started: str | None
    expires: str | None
    first_seen: str | None
    last_seen: str | None
    lineage: Lineage


def write(store: tuple[str, str], place: Place, workers: int = 0) -> int:
    """Write all that the store knows, over what was there, and give the number of rows.

    In a lake it is the table behind the view `lineage`; elsewhere a folder of its own. Rows are sorted by key, those of
    sessions without a key come behind. Raises StoreError, LakeError.
    """
    refs = _refs(store)
    folder = lineage_folder(place)
    tasks = [
        (f"{folder}part-{start // _TASK_ROWS:05}.parquet", refs[start : start + _TASK_ROWS])
        for start in range(0, len(refs), _TASK_ROWS)
    ]
    written = set(each(cores(workers, len(tasks)), tasks, _writer, store, place))
    before = {stored.path for stored in place.listed(folder.rstrip("/")) if stored.path.endswith(".parquet")}
    place.remove(before - written)
    return len(refs)


def _refs(store: tuple[str, str]) -> list[Ref]:
    """Every key, then every session that no key is known of; the store is closed again, for processes are made next."""
    graph = open_store(store[0], database=store[1])
    keys = [Ref("AccessKey", row[0]) for _, row in graph.dump("access_key")]
    with_key = {row[2] for _, row in graph.dump("belongs_to") if row[1] == "Session"}
    sessions = [Ref("Session", row[0]) for _, row in graph.dump("session") if row[0] not in with_key]
    graph.close()
    return keys + sessions


def _writer(store: tuple[str, str], place: Place) -> Callable[[_Task], str]:
    graph = open_store(store[0], database=store[1])

    def write_some(task: _Task) -> str:
        path, refs = task
        rows = [credential(walk, ref) for walk, some in walks(graph, refs) for ref in some]
        names = CREDENTIALS.names[: -len(Lineage.__struct_fields__)]
        own = [pa.array([getattr(row, name) for row in rows], CREDENTIALS.field(name).type) for name in names]
        table = pa.Table.from_arrays([*own, *columns([row.lineage for row in rows])], schema=CREDENTIALS)
        with place.writing(path) as local:
            pq.write_table(table, local, **_SETTINGS)
        return path

    return write_some


def credential(walk: Walk, ref: Ref) -> Credential:
    """The row of a key or session: what `who` answers for it, as of when `who` takes it by default."""
    answer, _ = decide(walk, ref)
    key = walk.reach.keys.get(ref.id) if ref.label == "AccessKey" else None
    session = walk.reach.sessions.get(answer.hops[0].session or "")
    kind = session.kind if session else "long-lived" if key and key.lasting else "temporary"
    accounts = (
        session.account if session else None,
        account_in(answer.principal),
        account_in_id(ref.id) if key else "",
    )
    return Credential(
        access_key_id=key.id if key else None,
        session_id=session.id if session else None,
        kind=kind,
        account=next(filter(None, accounts), None),
        started=answer.start,
        expires=answer.end,
        first_seen=answer.seen.first,
        last_seen=answer.seen.last,
        lineage=lineage_of(answer),
    )
