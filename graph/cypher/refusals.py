"""What is wrong with a server, an address or a user, in one sentence each that says what to do."""

import ssl
from urllib.parse import urlsplit

import msgspec
from neo4j.exceptions import (
    AuthError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from ingest.errors import StoreAway, StoreBusy, StoreError, StoreFull, StoreMissing, StoreRefused, UsageError

_DEEPEST_CAUSE = 10


class Address(msgspec.Struct, frozen=True):
    """Which database ('' for the user's own) of which server, and who signs in there."""

    url: str
    database: str
    user: str

    def __str__(self) -> str:
        """As sentences name it."""
        return f"database {self.database!r} of {self.url}" if self.database else self.url


def look_at(url: str) -> None:
    """Raise UsageError where a URL is no address, or tells what must not stand on a command line."""
    if "@" in url:
        raise UsageError("user and password are no part of a store's URL: set NEO4J_USERNAME and NEO4J_PASSWORD")
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/") and not parts.query + parts.fragment
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(f"{url!r} is no address of a Neo4j: give neo4j://HOST:PORT or bolt://HOST:PORT")


def sentence(error: Exception, at: Address) -> StoreError:
    """An error of the driver or of the network as ours."""
    if isinstance(error, Neo4jError):
        return _refused(error, at)
    if isinstance(error, IncompleteCommit):
        return StoreAway(f"{at.url} went away in the middle of a commit: run the same command again, it goes on")
    if isinstance(error, ServiceUnavailable) and (other := _another_protocol(error)):
        return StoreAway(f"{at.url} {other}")
    if isinstance(error, ServiceUnavailable | SessionExpired | OSError):
        plain = ", or leave the + out if it speaks no TLS" if "+" in urlsplit(at.url).scheme else ""
        return StoreAway(
            f"no Neo4j answers at {at.url}: start it, or name another store with --store{plain}; "
            "what was written so far is kept"
        )
    return StoreError(f"{at}: {_line(error)}")


def _refused(error: Neo4jError, at: Address) -> StoreError:
    """What the server said, as a sentence with what to do."""
    code, said = error.code or "", _line(error)
    for part, kind, told in _SENTENCES:
        if part in code:
            return kind(told.format(place=at, user=at.user, said=said))
    if isinstance(error, AuthError):
        return StoreRefused(f"{at} does not let {at.user!r} in: {said}")
    if isinstance(error, TransientError):
        return StoreBusy(f"{at} is busy: try again when it is done ({said})")
    return StoreError(f"{at}: {said}")


_NO_WRITING = "{place} lets {user!r} only read: write as another user, or ask for the rights"
_SENTENCES: tuple[tuple[str, type[StoreError], str], ...] = (
    (
        "Security.Unauthorized",
        StoreRefused,
        "{place} does not let {user!r} in: set NEO4J_USERNAME and NEO4J_PASSWORD to those of a user that it knows",
    ),
    (
        "Security.AuthenticationRateLimit",
        StoreRefused,
        "{place} was given a wrong password too often: wait some seconds, then set NEO4J_PASSWORD to the right one",
    ),
    (
        "Security.CredentialsExpired",
        StoreRefused,
        "{place} wants a new password of {user!r} first: set one with ALTER CURRENT USER SET PASSWORD",
    ),
    ("Security.Forbidden", StoreRefused, _NO_WRITING),
    ("ReadOnly", StoreRefused, _NO_WRITING),
    ("Statement.AccessMode", StoreRefused, _NO_WRITING),
    (
        "Database.DatabaseNotFound",
        StoreMissing,
        "{place} is not there: name another database with --database or NEO4J_DATABASE",
    ),
    ("MemoryPoolOutOfMemory", StoreFull, "{place} has too little memory for a batch: give it more heap ({said})"),
    ("OutOfDisk", StoreFull, "{place} has no room left on its disk: nothing of the last batch was kept"),
)


def _another_protocol(error: BaseException) -> str:
    """What else answered where a Neo4j was looked for, '' if nothing did: the driver tells it in causes and words."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and len(causes) < _DEEPEST_CAUSE:
        causes.append(cause)
    told = " ".join(map(str, causes))
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "BoltSecurityError" in told:
        return (
            "cannot be spoken with over TLS: use +ssc where its certificate is its own, no + at all where it has none"
        )
    if "HTTP" in told:
        return "answers as a web server does: name its Bolt port, which is 7687 where nobody changed it"
    return ""


def _line(error: Exception) -> str:
    """The first line of what an error says."""
    said = str(getattr(error, "message", "") or error).strip()
    return said.splitlines()[0] if said else type(error).__name__
