"""A lake in S3, or whatever speaks it: one put or one multipart upload a file, so that nothing half is ever seen."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import LakeAway, LakeError, LakeFull, LakeMissing, LakeRefused, UsageError
from lake.folder import FULL
from lake.place import S3, Stored

if TYPE_CHECKING:
    from botocore.config import _RetryDict
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_NAMED = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

_AT_ONCE = 1000
"""Keys that one request may delete.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

_TRIES = 10
_MISSING = frozenset({"NoSuchKey", "404"})
_REFUSED = frozenset({"AccessDenied", "ExpiredToken", "InvalidToken", "XAdminUserNotFound"})  # the last is versitygw's
_NOT_LET = frozenset({401, 403})
_BUSY = frozenset({"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling"})
_AT_FAULT = 500
"""Least status of a server, or of what stands before it, that failed by itself."""


class Bucket:
    """A place in a bucket; AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3) names a server other than AWS's."""

    def __init__(self, url: str) -> None:
        """Name the place; nothing is asked of the server yet. Raises UsageError where no bucket could be called so."""
        found = _NAMED.fullmatch(url)
        if not found:
            raise UsageError(f"{url!r} is no place in S3: give s3://BUCKET/PREFIX")
        self.url = url.rstrip("/")
        self._bucket, prefix = found[1], (found[2] or "").strip("/")
        self._prefix = f"{prefix}/" if prefix else ""

    def listed(self, under: str = "") -> Iterator[Stored]:
        """All objects below a prefix, in order of their keys."""
        prefix = self._prefix + (f"{under}/" if under else "")
        with self._told():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for one in page.get("Contents", []):
                    path = one["Key"][len(self._prefix) :]
                    yield Stored(path, one["Size"], one["ETag"], one["LastModified"].timestamp())

    def parts(self) -> Iterator[Stored]:
        """None: what was not completed is no object."""
        return iter(())

    def read(self, path: str) -> bytes:
        """What an object holds."""
        with self._told(path):
            return self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)["Body"].read()

    def write(self, path: str, data: bytes) -> None:
        """Put a small object."""
        with self._told():
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + path, Body=data)

    @contextmanager
    def writing(self, path: str) -> Iterator[Path]:
        """A temporary file, uploaded when the block ends well; a large one in parts, completed last or aborted."""
        with tempfile.TemporaryDirectory(prefix="whodunnit-") as folder:
            local = Path(folder) / "part"
            with self._room(folder):
                yield local
            with self._told():
                self._client.upload_file(str(local), self._bucket, self._prefix + path)

    def remove(self, paths: Iterable[str]) -> None:
        """Delete objects, a thousand a request."""
        keys = sorted(self._prefix + path for path in paths)
        with self._told():
            for start in range(0, len(keys), _AT_ONCE):
                some: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys[start : start + _AT_ONCE]]
                told = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})
                for error in told.get("Errors", []):
                    why = f"{self.url}: {error.get('Key')} could not be deleted: {error.get('Message')}"
                    raise _kind(error.get("Code", ""))(why)

    def full(self, path: str) -> str:
        """The object's URL."""
        return f"{S3}{self._bucket}/{self._prefix}{path}"

    @property
    def _client(self) -> "S3Client":
        """A client of this process: one is not to be carried over a fork, nor through a pickle."""
        found = _clients.get(os.getpid())
        if found is None:
            _clients.clear()
            found = _clients[os.getpid()] = _connected()
        return found

    @contextmanager
    def _room(self, folder: str) -> Iterator[None]:
        """Say in a sentence that it is the disk of temporary files that is full."""
        try:
            yield
        except OSError as error:
            if error.errno not in FULL:
                raise
            where = Path(folder).parent
            raise LakeFull(
                f"{self.url}: no room in {where} for a file on its way there; make some, or name another by TMPDIR"
            ) from error

    @contextmanager
    def _told(self, path: str = "") -> Iterator[None]:
        """Say in a sentence what the server, or the way to it, refuses."""
        from boto3.exceptions import Boto3Error
        from botocore import exceptions as boto
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise self._refusal(error, path) from error
        except boto.NoCredentialsError as error:
            raise LakeRefused(f"{self.url}: no AWS credentials were found") from error
        except (
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
            boto.SSOError,
            boto.TokenRetrievalError,
        ) as error:
            raise LakeRefused(f"{self.url}: {_one_line(error)}") from error
        except (BotoCoreError, Boto3Error) as error:
            cause = error.__context__ if isinstance(error, Boto3Error) else None
            if isinstance(cause, ClientError):
                raise self._refusal(cause, path) from error
            raise LakeAway(f"{self.url}: {_one_line(error)}") from error

    def _refusal(self, error: "ClientError", path: str) -> Exception:
        said = error.response["Error"]
        code, message = said.get("Code", ""), said.get("Message", "")
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        told = f"{self.url}: {message.rstrip('.') or code} ({code})"
        if code == "NoSuchBucket":
            return LakeMissing(f"there is no bucket {self._bucket!r}")
        if code in _MISSING:
            return (
                FileNotFoundError(path)
                if path
                else LakeMissing(f"there is no bucket {self._bucket!r}, or not for these keys")
            )
        return _kind(code, status)(told)


_clients: "dict[int, S3Client]" = {}


def forget() -> None:
    """Connect anew from here on, as the environment then says."""
    _clients.clear()


def _connected() -> "S3Client":
    """A client that backs off from a busy server, and goes on; AWS_MAX_ATTEMPTS and AWS_RETRY_MODE say otherwise.

    Raises UsageError where the environment, or ~/.aws/config, makes no sense.
    https://docs.aws.amazon.com/boto3/latest/guide/retries.html
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import InvalidRetryConfigurationError, ProfileNotFound

    own = any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"))
    retries: _RetryDict = {}  # what is given here would win over the environment
    if not os.environ.get("AWS_RETRY_MODE"):
        retries["mode"] = "standard"
    if not os.environ.get("AWS_MAX_ATTEMPTS"):
        retries["total_max_attempts"] = _TRIES
    config = Config(s3={"addressing_style": "path"} if own else None, retries=retries)
    try:
        return boto3.Session().client("s3", config=config)  # the default session would keep keys of before
    except (ValueError, InvalidRetryConfigurationError, ProfileNotFound) as error:
        raise UsageError(f"the settings for AWS make no sense: {_one_line(error)}") from error


def _kind(code: str, status: int = 0) -> type[LakeError]:
    """What kind of failure a server's word is."""
    if code in _REFUSED or status in _NOT_LET:
        return LakeRefused
    return LakeAway if code in _BUSY or status >= _AT_FAULT else LakeError


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
