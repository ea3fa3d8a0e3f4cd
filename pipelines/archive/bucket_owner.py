"""Which deployment a bucket belongs to: one at a time may write to it.

Two that do not know of each other would archive the same articles twice, take each other's copies for originals, and
remove files that the other one reads. A deployment is those who share an index; so the index has a random id, and the
bucket says in one object whose it is. The first that finds none puts its own there, by a conditional PUT. Each home
remembers the id, so that an index that was lost and begun anew stops no crawl. `kliping rebuild-index` takes the bucket
over: for a machine that was set up anew.
"""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.archive.bucket import Bucket, StorageRefused, StorageUnavailable
from pipelines.archive.disk import replace_durably
from pipelines.index.database import Index
from settings.clock import utc_now
from settings.storage import Storage

OWNER_KEY = "deployment.json"
"""Key of the object that says whose the bucket is."""

ID_FILE = "deployment"
"""The file of a home that remembers its deployment's id."""


class ForeignBucket(StorageRefused):
    """The bucket is another deployment's; the message says which one's, and what to do.

    What waits in the spool stays there.
    """


@dataclass(frozen=True, slots=True)
class Owner:
    """A deployment: the id of its index, and the host that took the bucket, and when (ISO 8601, UTC)."""

    id: str
    host: str
    since: str

    def __str__(self) -> str:
        return f"{self.id[:8]}, on host {self.host} since {self.since}"


def require_own(bucket: Bucket, index: Index, home: Path) -> bool:
    """Whether the bucket is that of the index's deployment; False where it is nobody's yet. An index that knows of no
    bucket takes the id of the deployment that `home` remembers, where the bucket is that one's: it was lost.

    Raises ForeignBucket where it is another's, StorageUnavailable, IndexUnavailable, DiskFailed.
    """
    owner = _read(bucket)
    if owner is None:
        return False
    if owner.id != index.deployment_id():
        if owner.id != _remembered(home) or index.bucket_id() is not None:
            raise ForeignBucket(
                f"the bucket {bucket.name} at {bucket.endpoint} belongs to another deployment ({owner}), and the index "
                f"{index} is not its index: correct KLIPING_BUCKET, AWS_ENDPOINT_URL or KLIPING_INDEX_URL; where that "
                "deployment or its index is gone for good, run `kliping rebuild-index`, which takes the bucket over"
            )
        index.join_deployment(owner.id)
    _remember(home, owner.id)
    return True


def require_own_bucket(storage: Storage) -> None:
    """The same of the bucket and the index of `storage`, for what has no other use of the index. Raises as
    `require_own` does.
    """
    with Index.open(storage.index) as index:
        require_own(Bucket(storage), index, storage.home)


def claim(bucket: Bucket, index: Index, home: Path) -> None:
    """Make a bucket that is nobody's that of the index's deployment. Raises what `require_own` does."""
    bucket.create(OWNER_KEY, _marker(index))
    if not require_own(bucket, index, home):
        raise StorageUnavailable(f"the S3 store at {bucket.endpoint} has {OWNER_KEY} and does not show it")


def take_over(bucket: Bucket, index: Index, home: Path) -> Owner | None:
    """Make the bucket that of the index's deployment, whosoever it is; the other deployment that it was, if any.

    Raises StorageUnavailable, IndexUnavailable.
    """
    try:
        if not require_own(bucket, index, home):
            claim(bucket, index, home)
    except ForeignBucket:
        former = _read(bucket)
        bucket.replace(OWNER_KEY, _marker(index), "application/json")
        _remember(home, index.deployment_id())
        return former
    return None


def _remembered(home: Path) -> str | None:
    try:
        return (home / ID_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _remember(home: Path, deployment_id: str) -> None:
    if _remembered(home) != deployment_id:
        home.mkdir(parents=True, exist_ok=True)
        replace_durably(home / ID_FILE, deployment_id.encode())


def _marker(index: Index) -> bytes:
    owner = Owner(index.deployment_id(), socket.gethostname(), utc_now().isoformat(timespec="seconds"))
    return json.dumps(asdict(owner)).encode()


def _read(bucket: Bucket) -> Owner | None:
    content = bucket.find(OWNER_KEY)
    if content is None:
        return None
    try:
        return Owner(**json.loads(content))
    except (ValueError, TypeError):
        return Owner("unknown", "unknown", "unknown")
