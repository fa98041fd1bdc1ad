"""Where tests get their Neo4j: NEO4J_URI, else a container if an engine answers, else the real server from Maven.

The server's jars are kept in the user's cache folder, so only the first run on a machine waits for Maven.
"""

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import msgspec

VERSION, BROWSER = "5.26.20", "5.24.0"
USER = "neo4j"
_READY_SECONDS = 120
_STOP_SECONDS = 60
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>whodunnit</groupId><artifactId>neo4j-for-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{}</dependencies>
</project>
"""
_JARS = (
    ("org.neo4j", "neo4j", VERSION),
    ("org.neo4j.app", "neo4j-server", VERSION),
    ("org.neo4j.client", "neo4j-browser", BROWSER),
)


class Unavailable(Exception):
    """There is no Neo4j to be had on this machine; the message says what is missing."""


class Server(msgspec.Struct):
    """A Neo4j that answers: Bolt `uri`, `http` (Browser is under /browser/, '' if not known), and who may use it."""

    uri: str
    http: str
    user: str
    password: str
    stop: Callable[[], None]

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to sign in."""
        return {"NEO4J_USERNAME": self.user, "NEO4J_PASSWORD": self.password}

    def empty(self) -> None:
        """Delete all that it holds."""
        self.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS")

    def know_label(self) -> None:
        """Let a label be known that is not ours, ahead of all: Neo4j gives a node's labels in that order."""
        self.run("CREATE (n:Suspect) DELETE n")

    def label_all(self) -> None:
        """Give every node a label that is not ours, as investigators do."""
        self.run("MATCH (n) SET n:Suspect")

    def run(self, statement: str) -> None:
        """Run a statement for what it does."""
        from neo4j import GraphDatabase

        signed = GraphDatabase.driver(self.uri, auth=(self.user, self.password), notifications_min_severity="OFF")
        with signed as driver, driver.session() as session:
            session.run(statement).consume()


@contextmanager
def server(
    home: Path, *, heap: str = "512m", pages: str = "64m", settings: Sequence[str] = ()
) -> Iterator[Server | Unavailable]:
    """The first Neo4j that works, stopped afterwards if it was started here; or why there is none."""
    try:
        found = _named() or _container() or start_server(home, heap=heap, pages=pages, settings=settings)
    except Unavailable as error:
        yield error
        return
    try:
        yield found
    finally:
        found.stop()


def start_server(home: Path, *, heap: str = "512m", pages: str = "64m", settings: Sequence[str] = ()) -> Server:
    """Start the real server with its data in `home` (again, if it was stopped) and wait until it answers.

    `heap` is of Java, `pages` what of the graph's files is held in memory, `settings` are further lines of neo4j.conf.
    Raises Unavailable where Java or Maven is missing.
    """
    jars = _jars()
    password_file, ports_file = home / "password", home / "ports"
    fresh = not password_file.exists()
    if fresh:
        (home / "conf").mkdir(parents=True)
        ports_file.write_text(f"{_free_port()} {_free_port()}")
    bolt, http = ports_file.read_text().split()
    lines = (
        f"server.bolt.listen_address=127.0.0.1:{bolt}",
        f"server.http.listen_address=127.0.0.1:{http}",
        f"server.memory.heap.max_size={heap}",
        f"server.memory.pagecache.size={pages}",
        "dbms.security.auth_enabled=true",
        "dbms.usage_report.enabled=false",
        *settings,
    )
    (home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n")
    process = _java(home, jars, heap)
    _wait(process, f"http://127.0.0.1:{http}/", home)
    uri = f"bolt://127.0.0.1:{bolt}"
    if fresh:
        password = secrets.token_urlsafe(12)
        _set_password(uri, password)
        password_file.write_text(password)
    return Server(uri, f"http://127.0.0.1:{http}", USER, password_file.read_text(), lambda: _stop(process))


def _named() -> Server | None:
    """The one that the environment names; it must hold nothing, since tests empty it."""
    uri = os.environ.get("NEO4J_URI")
    if not uri:
        return None
    user, password = os.environ.get("NEO4J_USERNAME", USER), os.environ.get("NEO4J_PASSWORD", "")
    from neo4j import GraphDatabase

    with GraphDatabase.driver(uri, auth=(user, password)) as driver:
        records, _, _ = driver.execute_query("MATCH (n) RETURN n LIMIT 1")
    if records:
        raise Unavailable("the Neo4j that NEO4J_URI names is not empty, and tests would empty it")
    named = Server(uri, os.environ.get("NEO4J_HTTP", ""), user, password, lambda: None)
    named.stop = named.empty
    return named


def _container() -> Server | None:
    if not _engine_answers():
        return None
    from testcontainers.community.neo4j import Neo4jContainer

    password = secrets.token_urlsafe(12)
    container = Neo4jContainer("neo4j:5.26-community", username=USER, password=password).with_exposed_ports(7687, 7474)
    container.start()
    http = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(7474)}"
    return Server(container.get_connection_url(), http, USER, password, container.stop)


def _engine_answers() -> bool:
    """Whether a container engine is there; its client, which leaves a socket open where none is, is asked apart."""
    ask = "import docker; client = docker.from_env(timeout=5); client.ping(); client.close()"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False).returncode == 0


def _jars() -> Path:
    """The folder of the server's jars, filled by Maven the first time, by one process at once."""
    if missing := [name for name in ("java", "mvn") if shutil.which(name) is None]:
        raise Unavailable(f"no Neo4j: NEO4J_URI is not set, no container engine answers, no {' and no '.join(missing)}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whodunnit"
    folder = cache / f"neo4j-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "neo4j.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = folder.with_suffix(".part")
            _fill(half)
            half.rename(folder)
    return folder


def _fill(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wanted = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in _JARS
    )
    pom = folder / "pom.xml"
    pom.write_text(_POM.format(wanted))
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    done = subprocess.run(
        ["mvn", "-q", "-B", "-f", pom, *goal], capture_output=True, text=True, check=False, timeout=1200
    )
    if done.returncode:
        raise Unavailable(f"no Neo4j: Maven could not fetch it: {done.stdout[-500:]}")


def _java(home: Path, jars: Path, heap: str) -> subprocess.Popen[bytes]:
    command = ["java", f"-Xmx{heap}", "-cp", f"{jars}/*", "org.neo4j.server.CommunityEntryPoint"]
    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(
            [*command, f"--home-dir={home}", f"--config-dir={home / 'conf'}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(process: subprocess.Popen[bytes], url: str, home: Path) -> None:
    until = monotonic() + _READY_SECONDS
    while process.poll() is None and monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own server)
            return
        sleep(0.25)
    _stop(process)
    raise RuntimeError(f"Neo4j did not start: {(home / 'server.log').read_text('utf-8')[-2000:]}")


def _set_password(uri: str, password: str) -> None:
    from neo4j import GraphDatabase

    with GraphDatabase.driver(uri, auth=(USER, USER), notifications_min_severity="OFF") as driver:
        driver.execute_query(
            "ALTER CURRENT USER SET PASSWORD FROM $old TO $new", old=USER, new=password, database_="system"
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
