"""The bucket: objects that are written once, read by range, in any S3-compatible store that honours conditional PUT."""

import base64
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from pipelines.archive.disk import writing
from settings.clock import utc_now
from settings.storage import Storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT_SECONDS = 5.0
"""A store that does not take a connection within this is down, as far as a crawl can wait."""

READ_TIMEOUT_SECONDS = 60.0
"""Without a byte: long enough for a store that first hashes a large WARC file."""

MAX_ATTEMPTS = 3
"""Tries of one request. More only delays the sentence that says what is wrong: the spool keeps the batch anyway."""

CHUNK_BYTES = 1 << 20
PROBE_PREFIX = "probe/"
FORBIDDEN_TO_LOOK = "403"
"""For want of a body HEAD gives no other reason."""

TABLES_PREFIX = "tables/"
"""What every role may list: a key that may not do that either is wrong."""

ABSENT_CODES = ("404", "NoSuchKey", "NotFound", "NoSuchBucket")
REFUSED_CONDITION_CODES = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict")


MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""Between this machine's clock and the store's, beyond which a refusal is put down to it: S3 takes requests that are up
to 15 minutes off, other stores 5."""


class StorageUnavailable(Exception):  # noqa: N818 - it names a state, as its callers read it
    """The store cannot be reached or does not answer as it should; what waits in the spool can be delivered later."""


class StorageRefused(Exception):  # noqa: N818
    """The store cannot hold an archive, or an object in it is not ours: no later try will help."""


class StorageDamaged(StorageUnavailable):
    """A table cannot be read, though the store answers: something of it is damaged or missing, or the store's lists lag
    behind. What waits in the spool can be delivered once that is over.
    """


class ObjectConflict(StorageRefused):
    """A key holds other bytes already; it is never overwritten."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the store describes it: its length in bytes, and the SHA-256 (hex) that its writer noted, if any."""

    length: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as a listing has it: its length in bytes, and the tag by which the store names its bytes."""

    key: str
    length: int
    etag: str


class Bucket:
    """One bucket of an S3-compatible store.

    Every method raises StorageUnavailable where the store does not answer; its sentence names endpoint and action.
    Making one raises StorageRefused for half a pair of keys.
    """

    def __init__(self, storage: Storage) -> None:
        self.name = storage.bucket
        self.endpoint = storage.endpoint_url or "AWS S3"
        try:
            self._client: S3Client = boto3.client(
                "s3",
                endpoint_url=storage.endpoint_url,
                region_name=storage.region,
                aws_access_key_id=storage.access_key_id,
                aws_secret_access_key=reveal(storage.secret_access_key),
                aws_session_token=reveal(storage.session_token),
                config=Config(
                    signature_version="s3v4",
                    s3={"addressing_style": "path" if storage.endpoint_url else "auto"},
                    connect_timeout=CONNECT_TIMEOUT_SECONDS,
                    read_timeout=READ_TIMEOUT_SECONDS,
                    retries={"total_max_attempts": MAX_ATTEMPTS, "mode": "standard"},
                ),
            )
        except BotoCoreError as error:
            raise StorageRefused(f"the keys for {self.endpoint} cannot be used: {error}") from error

    def ensure(self) -> None:
        """Make the bucket where it is missing. A key that may not look at it is for parts of one that is there."""
        with self._translate_errors("look for the bucket"):
            try:
                self._client.head_bucket(Bucket=self.name)
                return
            except ClientError as error:
                if _code(error) == FORBIDDEN_TO_LOOK:
                    self._client.list_objects_v2(Bucket=self.name, Prefix=TABLES_PREFIX, MaxKeys=1)
                    return
                if _code(error) not in ABSENT_CODES:
                    raise
        region = self._client.meta.region_name
        with self._translate_errors("make the bucket"):
            try:
                if self.endpoint == "AWS S3" and region != "us-east-1":
                    self._client.create_bucket(
                        Bucket=self.name,
                        CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
                    )
                else:
                    self._client.create_bucket(Bucket=self.name)
            except ClientError as error:
                if _code(error) not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):  # another run was faster
                    raise

    def probe_conditional_put(self) -> None:
        """Make sure that the store refuses a second PUT with If-None-Match.

        Delta tables rest on it: a store that ignores the condition loses commits of concurrent writers in silence.

        Raises StorageRefused where it does not.
        """
        key = f"{PROBE_PREFIX}{uuid.uuid4().hex}"
        with self._translate_errors("probe conditional PUT"):
            self._client.put_object(Bucket=self.name, Key=key, Body=b"1", IfNoneMatch="*")
            try:
                self._client.put_object(Bucket=self.name, Key=key, Body=b"2", IfNoneMatch="*")
                refused = False
            except ClientError as error:
                if _code(error) not in REFUSED_CONDITION_CODES:
                    raise
                refused = True
            self._client.delete_object(Bucket=self.name, Key=key)
        if not refused:
            raise StorageRefused(
                f"the S3 store at {self.endpoint} ignores conditional PUT (If-None-Match): Delta tables would lose "
                "commits there in silence; use a store that has it"
            )

    def put_once(self, key: str, path: Path, content_type: str) -> StoredObject:
        """Store the file at `path` under `key`, for good, and verify what the store then has.

        May be repeated with the same bytes. Raises ObjectConflict where the key holds other bytes.
        """
        return self._put(key, path, content_type, IfNoneMatch="*")

    def put_file(self, key: str, path: Path, content_type: str) -> StoredObject:
        """Store the file at `path` under `key`, in the place of what is there, and verify what the store then has.

        Raises ObjectConflict where others are storing something else there.
        """
        return self._put(key, path, content_type)

    def _put(self, key: str, path: Path, content_type: str, **condition: str) -> StoredObject:
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                sha256.update(chunk)
                md5.update(chunk)
            expected = StoredObject(file.tell(), sha256.hexdigest())
            file.seek(0)
            with self._translate_errors(f"store {key}"):
                try:
                    # Content-MD5 is the one checksum that every S3 store compares before it keeps an object.
                    self._client.put_object(
                        Bucket=self.name,
                        Key=key,
                        Body=file,
                        ContentType=content_type,
                        ContentMD5=base64.b64encode(md5.digest()).decode(),
                        Metadata={"sha256": sha256.hexdigest()},
                        **condition,  # type: ignore[arg-type]
                    )
                except ClientError as error:
                    if _code(error) not in REFUSED_CONDITION_CODES:
                        raise
        stored = self.head(key)
        if stored is None:
            raise StorageUnavailable(f"the S3 store at {self.endpoint} took {key} but does not have it")
        if stored != expected:
            raise ObjectConflict(
                f"{key} is in the bucket {self.name} already, with other bytes; it is never overwritten"
            )
        return stored

    def create(self, key: str, content: bytes) -> bool:
        """Store `content` under a key that is free; whether it was."""
        with self._translate_errors(f"store {key}"):
            try:
                self._client.put_object(Bucket=self.name, Key=key, Body=content, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) not in REFUSED_CONDITION_CODES:
                    raise
                return False
        return True

    def put_marker(self, key: str) -> None:
        """Store an empty object under `key`: that it is there says all. May be repeated."""
        with self._translate_errors(f"store {key}"):
            self._client.put_object(Bucket=self.name, Key=key, Body=b"")

    def head(self, key: str) -> StoredObject | None:
        """The object under `key`, None where there is no such object."""
        with self._translate_errors(f"look at {key}"):
            try:
                answer = self._client.head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if _code(error) in ABSENT_CODES:
                    return None
                raise
        return StoredObject(answer["ContentLength"], answer["Metadata"].get("sha256"))

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """The bytes of `key` from `offset` on, `length` of them (None: to the end).

        Raises KeyError where there is no such object, nor such a bucket.
        """
        last = "" if length is None else str(offset + length - 1)
        # An empty object has no range; the whole of it is nothing.
        part = {"Range": f"bytes={offset}-{last}"} if last or offset else {}
        with self._translate_errors(f"read {key}"):
            try:
                return self._client.get_object(Bucket=self.name, Key=key, **part)["Body"].read()  # type: ignore[arg-type]
            except ClientError as error:
                if _code(error) in ABSENT_CODES:
                    raise KeyError(key) from error
                raise

    def find(self, key: str) -> bytes | None:
        """The bytes of `key`, None where there is no such object, nor such a bucket."""
        try:
            return self.get(key)
        except KeyError:
            return None

    def lines(self, key: str) -> Iterator[bytes]:
        """The lines of `key` with their ends, as they come.

        Raises KeyError where there is no such object, nor such a bucket.
        """
        with self._translate_errors(f"read {key}"):
            try:
                body = self._client.get_object(Bucket=self.name, Key=key)["Body"]
            except ClientError as error:
                if _code(error) in ABSENT_CODES:
                    raise KeyError(key) from error
                raise
            yield from body.iter_lines(CHUNK_BYTES, keepends=True)

    def download(self, key: str, path: Path) -> tuple[str, str | None] | None:
        """Write the object to a file: the SHA-256 (hex) of what came, and the one that its writer noted, if any. None
        where there is no such object.

        Raises DiskFailed where the disk does not take it.
        """
        sha256 = hashlib.sha256()
        with self._translate_errors(f"read {key}"):
            try:
                answer = self._client.get_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if _code(error) in ABSENT_CODES:
                    return None
                raise
            with writing(path), path.open("wb") as file:
                for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                    sha256.update(chunk)
                    file.write(chunk)
        return sha256.hexdigest(), answer["Metadata"].get("sha256")

    def replace(self, key: str, content: bytes, content_type: str) -> None:
        """Store `content` under `key` in the place of what is there: for what is derived from other objects."""
        with self._translate_errors(f"store {key}"):
            self._client.put_object(
                Bucket=self.name,
                Key=key,
                Body=content,
                ContentType=content_type,
                Metadata={"sha256": hashlib.sha256(content).hexdigest()},
            )

    def remove(self, key: str) -> None:
        """Remove an object; nothing happens where there is none."""
        with self._translate_errors(f"remove {key}"):
            self._client.delete_object(Bucket=self.name, Key=key)

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that begin with `prefix`, in order."""
        return (key for key, _ in self.objects(prefix))

    def objects(self, prefix: str) -> Iterator[tuple[str, int]]:
        """The keys that begin with `prefix`, in order, with the objects' lengths in bytes."""
        return ((listed.key, listed.length) for listed in self.listing(prefix))

    def listing(self, prefix: str) -> Iterator[ListedObject]:
        """The objects whose keys begin with `prefix`, in order."""
        with self._translate_errors(f"list {prefix}"):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                for found in page.get("Contents", ()):
                    yield ListedObject(found["Key"], found["Size"], found["ETag"].strip('"'))

    def folders(self, prefix: str = "") -> Iterator[str]:
        """What the bucket has at its top, or right under a prefix that ends with a slash: the keys without a further
        slash, and the beginnings of the others up to it.
        """
        with self._translate_errors(f"list {prefix or 'the top'}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=prefix, Delimiter="/"):
                yield from (found["Prefix"] for found in page.get("CommonPrefixes", ()))
                yield from (found["Key"] for found in page.get("Contents", ()))

    @contextmanager
    def _translate_errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            reason = _wrong_clock(error, utc_now()) or " ".join(str(error).split())
            raise StorageUnavailable(f"cannot {action} in bucket {self.name} at {self.endpoint}: {reason}") from error


def reveal(secret: SecretStr | None) -> str | None:
    """A secret in clear, for the client that signs with it."""
    return None if secret is None else secret.get_secret_value()


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _wrong_clock(error: Exception, now: datetime) -> str | None:
    """What is wrong with this machine's clock, where a store refuses for it: signatures hold for minutes.

    Some stores say RequestTimeTooSkewed, others, and all of them to HEAD, only Forbidden; but each answer is dated (RFC
    9110, 6.6.1).
    """
    if not isinstance(error, ClientError):
        return None
    answer = error.response.get("ResponseMetadata", {})
    try:
        stores = parsedate_to_datetime(answer.get("HTTPHeaders", {}).get("date", ""))
    except ValueError:
        return "the clock of this machine is wrong: set it right" if _code(error) == "RequestTimeTooSkewed" else None
    difference = now - (stores if stores.tzinfo else stores.replace(tzinfo=UTC))
    is_refused = answer.get("HTTPStatusCode") == 403 or _code(error) == "RequestTimeTooSkewed"
    if not is_refused or abs(difference) <= MAX_CLOCK_DIFFERENCE:
        return None
    minutes = round(abs(difference).total_seconds() / 60)
    side = "ahead of" if difference > timedelta() else "behind"
    return (
        f"the clock of this machine is {minutes:,} minutes {side} the store's, which refuses requests that are "
        f"dated so ({_code(error)}): set it right"
    )
