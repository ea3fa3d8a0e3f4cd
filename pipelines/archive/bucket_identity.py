"""Whether the bucket is the one that the index speaks of, and still holds what the index knows to be there.

An index that speaks of another bucket, or of an earlier state of its own, would have articles looked upon as archived
that are nowhere. So the bucket carries an id, which the index notes, and with each delivery the index notes how far the
tables have come. Before the first delivery of a run both are compared: one small object for each table that the index
has heard of. What is lost deeper in the bucket is found by `pipelines.archive.verification`.
"""

import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Collection

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket, StorageDamaged, StorageRefused, StorageUnavailable
from pipelines.archive.log_entry import entry_key
from pipelines.archive.schema import ARTICLES, DAILY, DUPLICATES, RESIDUE, TABLES, Table
from pipelines.archive.tables import Corpus
from pipelines.index.database import Index, TableVersion

logger = logging.getLogger(__name__)

IDENTITY_KEY = "identity.json"
"""Key of the object that says the bucket's id."""

PAUSES_SECONDS = (0.2, 0.5, 1.0)
"""Between looks at a bucket or an index that lacks something: some stores show an object only a moment after its PUT,
and the index learns of a delivery a moment after the tables."""

REBUILD = "run `kliping rebuild-index`"


class WrongBucket(StorageRefused):
    """The bucket is not the index's, or lacks what the index knows to be there; the message says what, and what to do.

    What waits in the spool stays there.
    """


def make_identity(bucket: Bucket) -> str:
    """The id of the bucket; a random one is given to it where it has none."""
    identity = uuid.uuid4().hex
    if bucket.create(IDENTITY_KEY, json.dumps({"id": identity}).encode()):
        return identity
    if (found := read_identity(bucket)) is None:
        raise StorageUnavailable(f"the S3 store at {bucket.endpoint} has {IDENTITY_KEY} and does not show it")
    return found


def read_identity(bucket: Bucket) -> str | None:
    """The id of the bucket, None where it has none.

    Raises WrongBucket where what stands in its place is something else.
    """
    content = bucket.find(IDENTITY_KEY)
    if content is None:
        return None
    try:
        return str(json.loads(content)["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise WrongBucket(
            f"{IDENTITY_KEY} in bucket {bucket.name} at {bucket.endpoint} is damaged: restore it, or remove it and "
            f"{REBUILD}"
        ) from error


def committed_versions(corpus: Corpus) -> list[TableVersion]:
    """How far the tables that `corpus` has opened have come, for the index to note.

    Left out are tables that nothing was written to yet, and those that are made anew every day from the others.
    """
    derived = (RESIDUE.name, DAILY.name)
    written = {name: v for name, v in corpus.versions().items() if v > 0 and name not in derived}
    entries = [(name, version, corpus.log_entry(name, version)) for name, version in written.items()]
    return [TableVersion(name, version, _sha256(entry)) for name, version, entry in entries if entry is not None]


def require_known_bucket(bucket: Bucket, corpus: Corpus, index: Index, tables: Collection[str]) -> bool:
    """Whether the bucket is the one that the index has noted, as far as `tables` tell; False where it has noted none.

    Raises WrongBucket where it is another one, or holds less than the index knows of; StorageUnavailable.
    """
    known = index.bucket_id()
    if known is None:
        return False
    _require(lambda: _difference(bucket, corpus, index, known, tables))
    return True


def is_identified(bucket: Bucket, index: Index) -> bool:
    """Whether the bucket has the id that the index has noted, whatever else it lacks; also where it has noted none."""
    known = index.bucket_id()
    try:
        return known in (None, read_identity(bucket))
    except WrongBucket:
        return False


def adopt(bucket: Bucket, corpus: Corpus, index: Index) -> str:
    """Have the index note its bucket, where both know the same number of articles.

    Returns one sentence where the index knows fewer, as one that was lost and begun anew: it notes nothing then, and
    crawls may go on.

    Raises WrongBucket where the bucket holds fewer.
    """
    archived = index.count_archived()
    _require(lambda: _shortfall(bucket, corpus, index, archived))
    if gap := _lasting(lambda: _gap(bucket, corpus, index)):
        return gap
    index.adopt_bucket(make_identity(bucket))
    take_stock(corpus, index)
    return ""


def take_stock(corpus: Corpus, index: Index) -> None:
    """Where it is in doubt whether the index has heard of all that a table holds: have it note so where both know the
    same number of articles, or of copies. Else what is delivered is looked up in the table, until they do or the index
    is rebuilt.
    """
    certain = index.whole_versions()
    counts: dict[Table, tuple[Callable[[], int], Callable[[], int]]] = {
        ARTICLES: (index.count_archived, lambda: corpus.count(ARTICLES)),
        DUPLICATES: (index.count_copies, corpus.count_copies),
    }
    whole: dict[str, int] = {}
    for table, (heard_of, held) in counts.items():
        if table.name in certain:
            continue
        # Counted before and after: what comes meanwhile could make up for what is missing.
        before, version, there = heard_of(), corpus.open(table).version(), held()
        if before == there == heard_of():
            whole[table.name] = version
        else:
            logger.warning("the index %s has not heard of all that table %s holds", index, table.name)
    if whole:
        index.note_whole(whole)


def _require(trouble: Callable[[], str]) -> None:
    """Raises WrongBucket with what `trouble` says, where it says it at each of several looks."""
    if told := _lasting(trouble):
        raise WrongBucket(told)


def _lasting(trouble: Callable[[], str]) -> str:
    """What `trouble` says, where it says something at each of several looks; else empty."""
    for pause in PAUSES_SECONDS:
        if not trouble():
            return ""
        time.sleep(pause)
    return trouble()


def _difference(bucket: Bucket, corpus: Corpus, index: Index, known: str, tables: Collection[str]) -> str:
    """What the bucket lacks of what the index knows, in one sentence; empty where it lacks nothing."""
    found = read_identity(bucket)
    if found != known:
        what, option = ("", "") if found else ("empty or ", " --accept-empty")
        return (
            f"the bucket {bucket.name} at {bucket.endpoint} is {what}not the one that the index {index} was made from: "
            f"correct KLIPING_BUCKET or AWS_ENDPOINT_URL, or restore the bucket; to go on with it as it is, {REBUILD}"
            f"{option}"
        )
    for noted in index.table_versions():
        if noted.table not in tables:
            continue
        entry = bucket.find(entry_key(noted.table, noted.version))
        if entry is None and _version(corpus, noted.table) > noted.version:
            continue  # the table's log was cleaned of old entries
        if entry is None or _sha256(entry) != noted.entry_sha256:
            now = "is gone" if entry is None else "is another one now"
            return (
                f"the table {noted.table} in bucket {bucket.name} was rolled back: its version {noted.version}, which "
                f"the index {index} knows, {now}; restore the bucket, or, to fetch again what is missing, {REBUILD}"
            )
    return ""


def _version(corpus: Corpus, table: str) -> int:
    """The newest version of a table, -1 where there is none to be read."""
    try:
        return corpus.open(TABLES[table]).version()
    except (TableNotFoundError, StorageDamaged):
        return -1


def _shortfall(bucket: Bucket, corpus: Corpus, index: Index, archived: int) -> str:
    held = corpus.count(ARTICLES)
    if archived <= held:
        return ""
    return (
        f"the index {index} knows {archived} articles, and bucket {bucket.name} at {bucket.endpoint} holds {held}: "
        f"correct KLIPING_BUCKET or AWS_ENDPOINT_URL, or restore the bucket; to go on with it as it is, {REBUILD}"
    )


def _gap(bucket: Bucket, corpus: Corpus, index: Index) -> str:
    """What the index lacks of the articles that the bucket holds."""
    held = corpus.count(ARTICLES)
    # Counted after the table: of what another run is delivering at this moment the index learns last.
    archived = index.count_archived()
    if archived >= held:
        return ""
    return (
        f"the index {index} knows {archived} of the {held} articles in bucket {bucket.name}, and takes copies of "
        f"the others for new: {REBUILD}"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
