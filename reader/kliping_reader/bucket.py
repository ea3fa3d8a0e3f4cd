"""The bucket, as far as the search index needs it, and where on this machine a copy of that is kept."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

ABSENT_CODES = ("404", "NoSuchKey", "NotFound")
CHUNK_BYTES = 1 << 20


class Bucket:
    """A bucket of the store that the environment names."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = boto3.client("s3")

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that begin with `prefix`, in order."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
            yield from (found["Key"] for found in page.get("Contents", ()))

    def find(self, key: str) -> bytes | None:
        """The bytes of `key`, None where there is no such object."""
        try:
            return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT_CODES:
                return None
            raise

    def download(self, key: str, path: Path) -> tuple[str, str | None] | None:
        """Write the object to a file: the SHA-256 (hex) of what came, and the one that its writer noted, if any. None
        where there is no such object.
        """
        sha256 = hashlib.sha256()
        try:
            answer = self._client.get_object(Bucket=self._name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT_CODES:
                return None
            raise
        with path.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                sha256.update(chunk)
                file.write(chunk)
        return sha256.hexdigest(), answer["Metadata"].get("sha256")


def copy_folder(bucket: str) -> Path:
    """Where the copy of a bucket's search index is kept: `kliping/` in the user's folder for caches."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = hashlib.sha256(f"{os.environ.get('AWS_ENDPOINT_URL', '')} {bucket}".encode()).hexdigest()[:16]
    return caches / "kliping" / place
