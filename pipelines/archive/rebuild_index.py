"""Make the index anew from the bucket, with no crawl under way: `kliping rebuild-index`, or the DAG `rebuild_index`.

For an index that was lost or damaged, or that holds the fingerprints of another version. The corpus's tables give back
every text and every URL that was archived, is a copy or was rejected. They do not tell of URLs that only failed, of the
validators of sources and pages, and of looks that changed nothing: the next crawl reads each source in full, and looks
at the articles of the last days once more than needed.

It has three steps. `begin` plans from which versions of the tables, and in which parts. `write_part` makes one,
by as many processes at once as there are, of several machines where the index is in PostgreSQL: nearly all of the time
goes there. `finish` puts them together, in the place of the old index. Each may be broken off and done again.
"""

import multiprocessing
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deltalake.exceptions import TableNotFoundError
from pydantic import TypeAdapter

from pipelines.archive.bucket_identity import committed_versions, make_identity
from pipelines.archive.bucket_owner import Owner, take_over
from pipelines.archive.index_rows import COLUMNS_READ, verdicts_by_id
from pipelines.archive.rows import published_month
from pipelines.archive.schema import ARTICLES, DUPLICATES, TABLES
from pipelines.archive.site_lock import SiteBusy, SiteLock
from pipelines.archive.spool import site_folders
from pipelines.archive.table_reading import Reading, updates_of
from pipelines.archive.tables import Corpus
from pipelines.archive.tombstones import Tombstones, tombstones_in
from pipelines.index.damaged_file import set_aside_if_damaged
from pipelines.index.database import Index, IndexUnavailable, IndexUpdate, TableVersion
from pipelines.index.new_index import NewIndex
from pipelines.index.tables import SCHEMA_VERSION
from settings.clock import utc_now
from settings.storage import Storage

PROGRESS_SECONDS = 10.0
"""Between two words of progress."""

HOLDER = "kliping rebuild-index"
"""What others are told of who holds a site while it is looked whether a crawl does."""

MAX_PARTS = 64
"""Into which the sites are dealt. More would share no better, and putting them together holds twenty of PostgreSQL's
locks for each, of which a server has 6,400 as it comes."""

MIN_ROWS_FOR_PROCESSES = 10_000
"""Of all tables, from which on further processes write parts: to start one costs as much as to read so many of old."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What all know who make an index together. Times are UTC.

    `versions_read` are the versions of the tables that it is made from; `versions` and `whole_versions` what the index
    is to note of them (see `NewIndex.put_in_place`). Of articles past `last_age` the last look counts as made then;
    texts published before the month `texts_since` are not read, and of URLs looked at before `recent_since` only what
    is kept for life is. `parts` are the sites of each part, `rows` how many all of them have, `set_aside` where the old
    index lies, if it was a file that is damaged. `scheme` is the schema version of who has planned it.
    """

    id: str
    begun_at: datetime
    versions_read: Mapping[str, int]
    versions: Sequence[TableVersion]
    whole_versions: Mapping[str, int]
    last_age: timedelta
    texts_since: str
    recent_since: datetime
    parts: Sequence[Sequence[str]]
    rows: int
    set_aside: Path | None = None
    scheme: str = SCHEMA_VERSION

    def name(self, number: int) -> str:
        """The name of a part, told by its number, counted from 0."""
        return f"{self.id}_{number}"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What an index was made from: how many rows each table gave, by name. `set_aside` is where the old one lies, if it
    was a file that is damaged. `former_owner` is the deployment that the bucket was taken over from, if any.
    """

    rows: Mapping[str, int]
    set_aside: Path | None
    former_owner: Owner | None


_PLAN = TypeAdapter(Plan)
_ROWS = TypeAdapter(dict[str, int])


def rebuild(
    storage: Storage,
    revisit: Sequence[timedelta],
    window: timedelta,
    *,
    accept_empty: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Rebuilt:
    """Replace the index of `storage` by one made from its bucket, by all cores of this machine; `begin` says what goes
    in. The old one stays where that fails, unless it was damaged. `progress` is told now and then how far it has come.

    Raises what `begin` does.
    """
    plan = begin(storage, revisit, window, accept_empty=accept_empty)
    told_at = time.monotonic()
    try:
        for done, sites in enumerate(_written(storage, plan), 1):
            if time.monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = time.monotonic()
                progress(f"{done} of {len(plan.parts)} parts: {', '.join(sites)}")
        rebuilt = finish(storage)
    except BaseException:
        give_up(storage)
        raise
    if rebuilt is None:
        raise IndexUnavailable(f"the index {NewIndex(storage.index)} was made anew by another process meanwhile")
    return rebuilt


def begin(storage: Storage, revisit: Sequence[timedelta], window: timedelta, *, accept_empty: bool = False) -> Plan:
    """Plan a new index of `storage`, whatever was begun before. From now on nothing else may use the old one, which
    stays as it is; one that is a damaged file is set aside.

    `revisit` are the ages of re-visits. An article past the last of them counts as looked at then: the tables do
    not tell, and else every article ever archived would be due at once. Of texts published in a month that ended longer
    ago than `window` only exact copies are found from then on, and their bodies are not read. `accept_empty` takes a
    bucket without a corpus for a new beginning.

    Raises SiteBusy where a crawl is under way, StorageUnavailable, IndexUnavailable, TableNotFoundError where the
    bucket holds no corpus.
    """
    corpus = Corpus(storage)
    if accept_empty:
        corpus.bucket.ensure()
        corpus.ensure()
    for table in COLUMNS_READ:
        corpus.open(table)
    for table in TABLES.values():
        with suppress(TableNotFoundError):  # a bucket of an earlier version
            corpus.open(table)
    # As they were before anything is read: what comes meanwhile may be noted later.
    versions = committed_versions(corpus)
    read = {table.name: corpus.version(table) for table in COLUMNS_READ}
    rows = _rows_by_site(corpus)
    try:
        set_aside = set_aside_if_damaged(storage.index, utc_now())
    except OSError as error:
        raise IndexUnavailable(f"the damaged index {storage.index} cannot be set aside: {error}") from error
    now, last_age = utc_now(), max(revisit, default=timedelta())
    plan = Plan(
        id=uuid.uuid4().hex[:8],
        begun_at=now,
        versions_read=read,
        versions=versions,
        whole_versions={table.name: read[table.name] for table in (ARTICLES, DUPLICATES)},
        last_age=last_age,
        texts_since=published_month(now - window),
        recent_since=now - max(window, last_age),
        parts=_dealt(rows),
        rows=rows.total(),
        set_aside=set_aside,
    )
    new = NewIndex(storage.index)
    new.begin(_PLAN.dump_json(plan).decode())
    try:
        _require_no_crawl(storage)
    except BaseException:
        new.give_up()
        raise
    return plan


def plan_of(storage: Storage) -> Plan | None:
    """The plan of the index that is being made for `storage`; None where none is.

    Raises IndexUnavailable, also where another version of Kliping has planned it.
    """
    new = NewIndex(storage.index)
    content = new.plan()
    if content is None:
        return None
    plan = _PLAN.validate_json(content)
    if plan.scheme != SCHEMA_VERSION:
        raise IndexUnavailable(
            f"the index {new} is being made anew by another version of Kliping: have all machines run the "
            "same one, and begin again"
        )
    return plan


def write_part(storage: Storage, plan: Plan, number: int) -> Mapping[str, int]:
    """Write one part of the planned index, counted from 0, in the place of what was written of it; how many rows each
    table gave, by name.

    Raises StorageUnavailable, IndexUnavailable.
    """
    corpus = Corpus(storage)
    reading = Reading(
        storage, plan.versions_read, plan.texts_since, plan.last_age, plan.begun_at, verdicts_by_id(corpus)
    )
    kept_out = Tombstones.read(tombstones_in(corpus.bucket).values())
    rows: Counter[str] = Counter()

    def updates() -> Iterator[IndexUpdate]:
        for table, found in updates_of(reading, plan.parts[number]):
            rows[table] += len(found)
            yield from (update for update in found if not kept_out.covering(update.seen.url, update.seen.site))

    new = NewIndex(storage.index)
    new.write_part(plan.name(number), updates(), plan.recent_since, lambda: _ROWS.dump_json(rows).decode())
    return rows


def finish(storage: Storage) -> Rebuilt | None:
    """Put the parts in the place of the old index, and let it be used again. The bucket is this deployment's from then
    on, whosoever it was. None where no index is being made: it was finished before.

    Raises StorageUnavailable; IndexUnavailable, also where a part is not written.
    """
    plan = plan_of(storage)
    if plan is None:
        return None
    new, bucket = NewIndex(storage.index), Corpus(storage).bucket
    rows: Counter[str] = Counter({table.name: 0 for table in COLUMNS_READ})
    for number, sites in enumerate(plan.parts):
        told = new.note_of(plan.name(number))
        if told is None:
            raise IndexUnavailable(
                f"the new index {storage.index} lacks the part of {', '.join(sites)}: write it first"
            )
        rows.update(_ROWS.validate_json(told))
    new.put_in_place(
        [plan.name(number) for number in range(len(plan.parts))],
        plan.recent_since,
        make_identity(bucket),
        plan.versions,
        plan.whole_versions,
        tombstones_in(bucket),
    )
    with Index(storage.index) as index:
        former_owner = take_over(bucket, index, storage.home)
    new.give_up()
    return Rebuilt(rows, plan.set_aside, former_owner)


def give_up(storage: Storage) -> None:
    """Forget the index that is being made: the old one may be used again. Raises IndexUnavailable."""
    NewIndex(storage.index).give_up()


def _require_no_crawl(storage: Storage) -> None:
    """Raises SiteBusy where a crawl of this machine, or of another one that shares the index, is under way."""
    for folder in site_folders(storage.spool):
        SiteLock(folder, HOLDER, max_wait_seconds=0).release()
    with Index(storage.index) as index:
        if holders := index.holders():
            raise SiteBusy(f"the index {index} is being used by {', '.join(holders)}")


def _rows_by_site(corpus: Corpus) -> Counter[str]:
    rows: Counter[str] = Counter()
    for table in COLUMNS_READ:
        for file in corpus.data_files(table, ["partition.site", "num_records"]):
            rows[file["partition.site"]] += file["num_records"]
    return rows


def _dealt(rows: Counter[str]) -> list[list[str]]:
    """The sites dealt into parts that have about as many rows, the largest first."""
    parts: list[list[str]] = [[] for _ in range(min(len(rows), MAX_PARTS))]
    sizes = [0] * len(parts)
    for site, count in sorted(rows.items(), key=lambda found: (-found[1], found[0])):
        smallest = sizes.index(min(sizes))
        parts[smallest].append(site)
        sizes[smallest] += count
    return parts


def _written(storage: Storage, plan: Plan) -> Iterator[Sequence[str]]:
    """The sites of each part, when it is written: by as many processes as there are cores, where that pays."""
    if plan.rows < MIN_ROWS_FOR_PROCESSES:
        for number, sites in enumerate(plan.parts):
            write_part(storage, plan, number)
            yield sites
        return
    context = multiprocessing.get_context("spawn")  # never forked: no lock or socket of this process comes along
    pool = ProcessPoolExecutor(len(os.sched_getaffinity(0)), context)
    try:
        writing = {pool.submit(write_part, storage, plan, n): sites for n, sites in enumerate(plan.parts)}
        for part in as_completed(writing):
            part.result()
            yield writing[part]
    except BrokenProcessPool as error:
        raise IndexUnavailable("a process that writes a part of the index was killed: run it again") from error
    finally:
        pool.shutdown(cancel_futures=True)
