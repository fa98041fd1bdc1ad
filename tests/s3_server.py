"""Where tests get their S3: the real server versitygw, built by Go into the user's cache folder; a bad line to it.

Only the first run on a machine waits for Go.
"""

import fcntl
import http.client
import os
import secrets
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

import msgspec

VERSION = "v1.8.0"
REGION = "us-east-1"
_MODULE = f"github.com/versity/versitygw/cmd/versitygw@{VERSION}"
_READY_SECONDS = 60
_STOP_SECONDS = 2

Fault = Literal["slow", "cut", "torn", "kept"]
"""What may befall a request.

Told to slow down (503); the connection is lost in the middle of its body, or (torn) in that of the answer; or nothing
is deleted, since it may not be (kept: S3 says that of each key in an answer that is otherwise well).
"""

_FAULTS = {
    "slow": (503, b"<Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>"),
    "kept": (
        200,
        b"<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>No</Message></Error></DeleteResult>",
    ),
}


class Unavailable(Exception):
    """There is no S3 to be had on this machine; the message says what is missing."""


class Server(msgspec.Struct):
    """An S3 that answers at `url`, and the keys of who may do anything there."""

    url: str
    key: str
    secret: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it: botocore, and so boto3, reads these."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }


@contextmanager
def server(home: Path) -> Iterator[Server | Unavailable]:
    """The real server with its data in `home`, stopped afterwards; or why there is none."""
    try:
        program = _program()
        _make_data(home / "data")
    except Unavailable as error:
        yield error
        return
    port = _free_port()
    found = Server(f"http://127.0.0.1:{port}", secrets.token_hex(10).upper(), secrets.token_urlsafe(30))
    variables = {"ROOT_ACCESS_KEY": found.key, "ROOT_SECRET_KEY": found.secret}
    command = [str(program), "--port", f"127.0.0.1:{port}", "posix", str(home / "data")]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=os.environ | variables, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(process, found.url, home)
        yield found
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:  # it waits for what killed clients have left open
            process.kill()
            process.wait()


@contextmanager
def bad_line(to: Server, befalls: Callable[[str, str], Fault | None]) -> Iterator[str]:
    """URL of a way to the server on which `befalls(method, path)` says what goes wrong with a request, if anything."""
    address = to.url.removeprefix("http://")

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            fault = befalls(self.command, self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length // 2 if fault == "cut" else length)
            if fault == "cut" or len(body) < length:  # cut off by us, or by the client: the server would wait for more
                _hang_up(self)
                return
            if fault in _FAULTS:
                status, said = _FAULTS[fault]
                self._answer(status, {}, said)
                return
            way = http.client.HTTPConnection(address)
            way.request(self.command, self.path, body, dict(self.headers))
            answer = way.getresponse()
            told = answer.read()
            self._answer(answer.status, dict(answer.getheaders()), told, torn=fault == "torn")
            way.close()

        def _answer(self, status: int, headers: dict[str, str], body: bytes, *, torn: bool = False) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            size = headers.get("Content-Length") if self.command == "HEAD" else str(len(body))
            self.send_header("Content-Length", size or "0")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[: len(body) // 2] if torn else body)
            if torn:
                _hang_up(self)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815 (as the base class names them)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    way = ThreadingHTTPServer(("127.0.0.1", 0), Way)
    thread = threading.Thread(target=way.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{way.server_port}"
    finally:
        way.shutdown()
        way.server_close()
        thread.join()


def _hang_up(way: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):  # the client did so before
        way.connection.shutdown(socket.SHUT_RDWR)
    way.close_connection = True


def _make_data(folder: Path) -> None:
    """Make the folder of its data; versitygw keeps what it knows of an object in extended attributes."""
    folder.mkdir()
    try:
        os.setxattr(folder, "user.whodunnit", b"1")
    except OSError as error:
        raise Unavailable("no S3: temporary files here take no extended attributes (--basetemp: elsewhere)") from error


def _program() -> Path:
    """The server's program, built by Go the first time, by one process at once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whodunnit"
    program = cache / f"versitygw-{VERSION}" / "versitygw"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "s3.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            if shutil.which("go") is None:
                raise Unavailable("no S3: versitygw is not in the cache folder, and no go to build it with")
            _build(program.parent.with_suffix(".part"))
            program.parent.with_suffix(".part").rename(program.parent)
    return program


def _build(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    variables = {"GOBIN": str(folder), "GOFLAGS": "-modcacherw"}
    done = subprocess.run(
        ["go", "install", _MODULE],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    if done.returncode:
        raise Unavailable(f"no S3: Go could not build it: {done.stderr[-500:]}")


def _wait(process: subprocess.Popen[bytes], url: str, home: Path) -> None:
    until = monotonic() + _READY_SECONDS
    while process.poll() is None and monotonic() < until:
        try:
            with suppress(urllib.error.HTTPError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own server)
                pass
        except OSError:
            sleep(0.1)
        else:
            return
    process.kill()
    raise RuntimeError(f"versitygw did not start: {(home / 'server.log').read_text('utf-8')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
