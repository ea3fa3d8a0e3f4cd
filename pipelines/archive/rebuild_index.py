"""Make the index anew from the bucket: `kliping rebuild-index`, with no crawl under way.

For an index that was lost or damaged, or that holds the fingerprints of another version. The corpus's tables give back
every text and every URL that was archived, is a copy or was rejected. They do not tell of URLs that only failed, of the
validators of sources and pages, and of looks that changed nothing: the next crawl reads each source in full, and looks
at the articles of the last days once more than needed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket_identity import committed_versions, make_identity
from pipelines.archive.bucket_owner import Owner, take_over
from pipelines.archive.index_rows import COLUMNS_READ, verdicts_by_id
from pipelines.archive.rows import published_month
from pipelines.archive.schema import ARTICLES, DUPLICATES, TABLES
from pipelines.archive.table_reading import Reading, TablePart, read_parts
from pipelines.archive.tables import Corpus
from pipelines.archive.tombstones import Tombstones, tombstones_in
from pipelines.index.damaged_file import set_aside_if_damaged
from pipelines.index.database import Index, IndexUnavailable, IndexUpdate
from settings.clock import utc_now
from settings.storage import Storage

PROGRESS_SECONDS = 10.0
"""Between two words of progress."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What an index was made from: how many rows each table gave, by name. `set_aside` is where the old one lies, if it
    was a file that is damaged. `former_owner` is the deployment that the bucket was taken over from, if any.
    """

    rows: Mapping[str, int]
    set_aside: Path | None
    former_owner: Owner | None


def rebuild(
    storage: Storage,
    revisit: Sequence[timedelta],
    window: timedelta,
    *,
    accept_empty: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Rebuilt:
    """Replace the index of `storage` by one made from its bucket, which is this deployment's from then on, whosoever it
    was; the old one stays where that fails, unless it was damaged.

    `revisit` are the ages of re-visits. An article past the last of them counts as looked at then: the tables do
    not tell, and else every article ever archived would be due at once. Of texts published in a month that ended longer
    ago than `window` only exact copies are found from then on, and their bodies are not read. `accept_empty` takes a
    bucket without a corpus for a new beginning. `progress` is told now and then how far that has come.

    Raises StorageUnavailable, IndexUnavailable, TableNotFoundError where the bucket holds no corpus.
    """
    rows = dict.fromkeys((table.name for table in COLUMNS_READ), 0)
    corpus = Corpus(storage)
    bucket = corpus.bucket
    if accept_empty:
        bucket.ensure()
        corpus.ensure()
    for table in COLUMNS_READ:
        corpus.open(table)
    for table in TABLES.values():
        with suppress(TableNotFoundError):  # a bucket of an earlier version
            corpus.open(table)
    # As they were before anything is read: what comes meanwhile is read as well, and may be noted later.
    versions = committed_versions(corpus)
    whole_versions = {table.name: corpus.versions()[table.name] for table in (ARTICLES, DUPLICATES)}
    try:
        set_aside = set_aside_if_damaged(storage.index, utc_now())
    except OSError as error:
        raise IndexUnavailable(f"the damaged index {storage.index} cannot be set aside: {error}") from error
    now, last_age = utc_now(), max(revisit, default=timedelta())
    versions_read = {table.name: corpus.open(table).version() for table in COLUMNS_READ}
    row_count = sum(corpus.open(table).count() for table in COLUMNS_READ)
    reading = Reading(storage, versions_read, published_month(now - window), last_age, now, verdicts_by_id(corpus))
    parts = [
        TablePart(table.name, tuple(sorted(partition.items())))
        for table in COLUMNS_READ
        for partition in corpus.open(table).partitions()
    ]
    tombstones = tombstones_in(bucket)
    kept_out = Tombstones.read(tombstones.values())
    Index.replace(
        storage.index,
        _told(read_parts(reading, parts, row_count), rows, kept_out, progress),
        make_identity(bucket),
        versions,
        whole_versions,
        recent_since=now - max(window, last_age),
        tombstones=tombstones,
    )
    with Index.open(storage.index) as index:
        former_owner = take_over(bucket, index, storage.home)
    return Rebuilt(rows, set_aside, former_owner)


def _told(
    updates: Iterable[tuple[str, Sequence[IndexUpdate]]],
    rows: dict[str, int],
    kept_out: Tombstones,
    progress: Callable[[str], None],
) -> Iterator[IndexUpdate]:
    """The updates, which come with the names of their tables, but of what is `kept_out`; counts the rows of each table
    in `rows`.
    """
    told_at = time.monotonic()
    for table, found in updates:
        rows[table] += len(found)
        if time.monotonic() - told_at >= PROGRESS_SECONDS:
            told_at = time.monotonic()
            progress(f"{rows[table]} rows of {table}")
        yield from (update for update in found if not kept_out.covering(update.seen.url, update.seen.site))
