"""Questions to a lake: DuckDB with the views `events`, `sessions` and `lineage`, which read and nothing else.

The files that count are those of the manifest, so that who asks while others write or compact sees each row once.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.errors import LakeAway, LakeError, LakeFull, LakeMissing, LakeRefused, UsageError
from lake.manifest import LINEAGE, Live, Manifest, opened
from lake.place import S3, Place
from lake.schema import CREDENTIALS, EVENTS, PARTITIONS, SAME

QUESTIONS = Path(__file__).parent / "questions"

EACH_ONCE = f"QUALIFY row_number() OVER (PARTITION BY {', '.join(SAME)} ORDER BY lineage_complete DESC, filename) = 1"
"""Leaves of each record that came more than once the row that knows most.

The view `repeated` has the rows of files that may share some, `single` those of the others: who knows which rows are
wanted asks these, and little is read; `copies` has both.
"""

_COLUMNS = ", ".join((*PARTITIONS, *EVENTS.names))
_AWAY = re.compile(r"Could not (?:connect|establish)|Connection error|timed? ?out|HTTP (?:5\d\d|429)", re.IGNORECASE)
_NOT_LET = re.compile(r"HTTP (?:401|403)|Access ?Denied|Forbidden|SignatureDoesNotMatch", re.IGNORECASE)

Connection = duckdb.DuckDBPyConnection


@contextmanager
def connection(place: Place) -> Iterator[Connection]:
    """DuckDB that can read the files of a place, on disk or in S3; what does not fit in memory goes to a folder.

    Raises LakeError for what the place refuses, UsageError for a question that DuckDB does not understand.
    """
    with tempfile.TemporaryDirectory(prefix="whodunnit-") as folder, _told(place):
        found = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        try:
            found.execute(f"SET temp_directory = {_quoted(folder)}")
            if _knows_zones(found):
                found.execute("SET TimeZone = 'UTC'")
            if place.url.startswith(S3):
                _reach_s3(found)
            yield found
        finally:
            found.close()


@contextmanager
def reader(place: Place, since: str = "", until: str = "") -> Iterator[Connection]:
    """DuckDB with the views, over the rows from `since` until before `until` (instants, '' for no bound).

    It reads below the place and nowhere else, and its settings cannot be changed. Raises LakeError.
    """
    manifest = opened(place)
    if manifest.form != "parquet":
        raise UsageError(f"the lake at {place.url} is of {manifest.form}: only Parquet can be asked")
    with connection(place) as found:
        once, several = _apart(manifest, since, until)
        found.execute(f"CREATE TEMP VIEW copies AS {_copies(place, once + several, since, until)}")
        found.execute(f"CREATE TEMP VIEW single AS {_copies(place, once, since, until)}")
        found.execute(f"CREATE TEMP VIEW repeated AS {_copies(place, several, since, until)}")
        found.execute(f"CREATE TEMP VIEW events AS {_events(place, once, several, since, until)}")
        found.execute(f"CREATE TEMP VIEW sessions AS {(QUESTIONS / 'sessions.sql').read_text()}")
        found.execute(f"CREATE TEMP VIEW lineage AS {_lineage(place)}")
        found.execute(f"SET allowed_directories = [{_quoted(place.full(''))}]")
        found.execute("SET enable_external_access = false")
        found.execute("SET lock_configuration = true")
        yield found


def ask(found: Connection, question: str, parameters: Sequence[Any] | None = None) -> Connection:
    """Run one SELECT (or DESCRIBE, SHOW, SUMMARIZE); raises UsageError for all else, before any of it is run.

    EXPLAIN is not among them: with ANALYZE it would run what it explains, whatever that is.
    """
    kinds = [statement.type for statement in found.extract_statements(question)]
    if len(kinds) != 1:
        raise UsageError("give one question, not several and not none")
    if kinds[0] != duckdb.StatementType.SELECT:
        raise UsageError(f"a lake is asked, not changed: {kinds[0].name} is not run")
    return found.execute(question, parameters)


def _apart(manifest: Manifest, since: str, until: str) -> tuple[list[str], list[str]]:
    """Paths of the files within the time asked for: those that share no record with another, and the others.

    A record lies in one partition, and is once in what one commit wrote; so only commits that meet in time, in one
    partition, can hold it twice.
    """
    by_path = {live.path: name for name, commit in sorted(manifest.commits.items()) for live in commit.files}
    partitions: dict[str, list[Live]] = {}
    for live in manifest.files.values():
        if live.last >= since and (not until or live.first < until):
            partitions.setdefault(live.path.rpartition("/")[0], []).append(live)
    once: list[str] = []
    several: list[str] = []
    for files in partitions.values():
        for run in _meeting(files):
            alone = len({by_path[live.path] for live in run}) == 1
            (once if alone else several).extend(live.path for live in run)
    return sorted(once), sorted(several)


def _meeting(files: Iterable[Live]) -> Iterator[list[Live]]:
    """Files in runs of those that meet in time, one with the next."""
    run: list[Live] = []
    end = ""
    for live in sorted(files, key=lambda one: (one.first, one.last)):
        if run and live.first > end:
            yield run
            run, end = [], ""
        run.append(live)
        end = max(end, live.last)
    if run:
        yield run


def _events(place: Place, once: list[str], several: list[str], since: str, until: str) -> str:
    parts = [_copies(place, once, since, until)] if once else []
    if several:
        parts.append(f"{_copies(place, several, since, until)} {EACH_ONCE}")
    return "\nUNION ALL\n".join(f"SELECT {_COLUMNS} FROM ({part})" for part in parts or [_nothing()])


def _copies(place: Place, files: list[str], since: str, until: str) -> str:
    """All rows of these files within the time asked for; a record may come more than once."""
    if not files:
        return _nothing()
    bounds = [f"eventtime >= {_quoted(since)}"] * bool(since) + [f"eventtime < {_quoted(until)}"] * bool(until)
    where = f"WHERE {' AND '.join(bounds)}" if bounds else ""
    return f"SELECT {_COLUMNS}, filename FROM {scan(place, files)} {where}"


def scan(place: Place, files: Iterable[str]) -> str:
    """What a question reads from to have all rows of these files, with what their paths tell and `filename`.

    DuckDB itself would take every folder called `name=value` for a column, those that the lake lies in too.
    """
    listed = ", ".join(_quoted(place.full(path)) for path in files)
    root = len(place.full(""))
    told = [f"split_part(split_part(filename[{root + 1}:], '/', {at}), '=', 2)" for at in (1, 2, 3)]
    kinds = (("VARCHAR", "VARCHAR", "DATE"), PARTITIONS, told)
    columns = ", ".join(f"CAST({text} AS {kind}) AS {name}" for kind, name, text in zip(*kinds, strict=True))
    return f"(SELECT *, {columns} FROM read_parquet([{listed}], filename = true, hive_partitioning = false))"


def _lineage(place: Place) -> str:
    """The lineage table where it was written, else what the events say of their sessions and keys."""
    files = [place.full(stored.path) for stored in place.listed(LINEAGE) if stored.path.endswith(".parquet")]
    if not files:
        return (QUESTIONS / "lineage.sql").read_text()
    listed = "[" + ", ".join(map(_quoted, files)) + "]"
    return f"SELECT {', '.join(CREDENTIALS.names)} FROM read_parquet({listed}, hive_partitioning = false)"


def _nothing() -> str:
    """No rows, with the columns that there would be."""
    fields = [(name, pa.string()) for name in PARTITIONS[:2]] + [(PARTITIONS[2], pa.date32())]
    fields += [(field.name, field.type) for field in EVENTS] + [("filename", pa.string())]
    return f"SELECT {', '.join(f'NULL::{sql_type(kind)} AS {name}' for name, kind in fields)} WHERE false"


def sql_type(kind: Any) -> str:  # noqa: ANN401 (pyarrow is untyped)
    """DuckDB's name for the type of a column."""
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{field.name} {sql_type(field.type)}' for field in kind)})"
    if pa.types.is_map(kind):
        return f"MAP({sql_type(kind.key_type)}, {sql_type(kind.item_type)})"
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    return {"bool": "BOOLEAN", "date32[day]": "DATE"}.get(str(kind), "VARCHAR")


def _knows_zones(found: Connection) -> bool:
    """Whether time zones are known: then every time is shown in UTC."""
    [(known,)] = found.execute("SELECT count(*) FROM duckdb_settings() WHERE name = 'TimeZone'").fetchall()
    return bool(known)


def _reach_s3(found: Connection) -> None:
    """Let DuckDB read S3 as boto3 would: its extension comes with us, so nothing is fetched to reach it."""
    from importlib.resources import files
    from urllib.parse import urlsplit

    import boto3

    folder = Path(str(files("duckdb_extension_httpfs"))) / "extensions" / f"v{duckdb.__version__}"
    found.execute(f"LOAD {_quoted(str(folder / 'httpfs.duckdb_extension'))}")
    for setting in ("s3_access_key_id", "s3_secret_access_key", "s3_session_token"):
        found.execute(f"SET {setting} = ''")  # it takes them from the environment, and any question could show them
    # Nor may a question send what is signed to another server: no parameters in the names of files, and no patterns.
    found.execute("SET s3_url_compatibility_mode = true")
    session = boto3.Session()
    client = session.client("s3")
    options = {"TYPE": "s3", "REGION": _quoted(client.meta.region_name or "us-east-1")}
    credentials = session.get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        options |= {"KEY_ID": _quoted(frozen.access_key or ""), "SECRET": _quoted(frozen.secret_key or "")}
        options |= {"SESSION_TOKEN": _quoted(frozen.token)} if frozen.token else {}
    server = urlsplit(client.meta.endpoint_url)
    if not (server.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
        options |= {"ENDPOINT": _quoted(server.netloc), "URL_STYLE": "'path'"}
        options |= {"USE_SSL": "true" if server.scheme == "https" else "false"}
    found.execute(f"CREATE SECRET ({', '.join(f'{name} {value}' for name, value in options.items())})")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """Say in a sentence what DuckDB could not do."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:  # an HTTPException is one of the former
        raise _refusal(place, str(error)) from error
    except duckdb.PermissionException as error:
        raise UsageError(f"only the lake itself can be asked: {_line(str(error))}") from error
    except duckdb.Error as error:
        raise UsageError(_line(str(error))) from error


def _refusal(place: Place, said: str) -> LakeError:
    told = f"{place.url}: {_line(said)}"
    if _NOT_LET.search(said):
        return LakeRefused(told)
    if "No space left" in said or "Out of Memory" in said:
        return LakeFull(told)
    if "HTTP 404" in said or "No files found" in said:
        return LakeMissing(f"{told}; if others compact it, ask again")
    return LakeAway(told) if _AWAY.search(said) else LakeError(told)


def _line(text: str) -> str:
    return " ".join(text.split())
