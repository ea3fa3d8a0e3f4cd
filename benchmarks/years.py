"""What the archive's age costs: a run, a commit, a read and the upkeep, on the first day, after years, and after days
that nothing was kept up.

    python -m benchmarks.years --years 5 --days 30 --sites 50 --runs 48 --news 30

The tables are made and filled once by Kliping itself. What years leave that were kept up is then written as upkeep
leaves it: a data file for each site and month; of `runs`, which has no partitions, it leaves a few. What further days
leave is written as crawls leave it: for each run with news a data file of `articles`, for each run one of `runs`. All
are copies of files that Kliping wrote, which compact better than true ones: their number, names and places are what
counts here. The log is written as it stands after a checkpoint.

Each deed has a process of its own; requests are counted by a proxy before the store.
"""

import argparse
import json
import multiprocessing
import resource
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from deltalake import Transaction

from benchmarks.scratch_archive import scratch_archive
from pipelines.archive.batch_commit import commit_batch
from pipelines.archive.batch_rows import BatchRows
from pipelines.archive.bucket import Bucket
from pipelines.archive.log_entry import LogEntry, entry_key
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.schema import ANNOUNCED, ARTICLES, RUNS, VISITS, Table
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run, text
from tests.chaos.store_proxy import StoreProxy

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ARTICLES_PER_RUN = 3
WRITERS = 8
"""Threads that fill the store, which no measurement waits for."""

Deed = Callable[[Storage], Callable[[], object]]
"""Makes ready, and returns what is measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one deed: requests to the store, seconds of CPU, the peak memory of its process in megabytes."""

    requests: int
    cpu: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.requests:6,} requests, {self.cpu:6.2f} s CPU, peak {self.peak_mb:5,.0f} MB"

    def beside(self, first: "Cost") -> str:
        """The cost, with its ratios to another one's."""
        ratios = (self.requests / first.requests, self.cpu / first.cpu, self.peak_mb / first.peak_mb)
        return f"{self}   {' / '.join(f'{ratio:.1f}x' for ratio in ratios)}"


# Deeds


def commit(storage: Storage) -> Callable[[], object]:
    """What a crawl with news commits: a few articles of one site and month, and the row of its run."""
    known = Corpus(storage)
    of_site = f"t.site = '{site_name(0)}' LIMIT 1"
    article, run = known.select(ARTICLES, of_site)[0], known.select(RUNS, of_site)[0]
    new = [
        article | {"article_id": uuid.uuid4().hex, "url": f"{article['url']}/{number}"}
        for number in range(ARTICLES_PER_RUN)
    ]
    rows = BatchRows(articles=new, runs=[run | {"run": uuid.uuid4().hex}])
    return lambda: commit_batch(Corpus(storage), rows, Transaction(uuid.uuid4().hex, 1))


def run(storage: Storage) -> Callable[[], object]:
    """A run with news but for its crawl: what it looks up, records, delivers."""
    seed = uuid.uuid4().int % 10**6

    def act() -> None:
        begun = open_run(storage, site_name(0))
        for number in range(ARTICLES_PER_RUN):
            url = f"http://{begun.site}.example/{seed}-{number}"
            look_at(begun, url, text(seed + number, 400), date_published=utc_now())
        finish(begun)

    return act


def read(storage: Storage) -> Callable[[], object]:
    """What an analyst reads: the headlines of one site and month."""
    wanted = (pl.col("site") == site_name(0)) & (pl.col("published_month") == f"{utc_now():%Y-%m}")
    options = storage_options(storage)
    return lambda: (
        pl.scan_delta(table_uri(storage, ARTICLES.name), storage_options=options)
        .filter(wanted)
        .select("url", "headline")
        .collect()
    )


def keep_up(storage: Storage) -> Callable[[], object]:
    """A round of upkeep."""
    return lambda: print(maintain(storage).to_text())


def measured(deed: Deed, storage: Storage, store: str) -> Cost:
    """The cost of a deed on the archive of `storage`, whose store is at `store`."""
    asked = 0

    def count(_method: str, _key: str, stage: str) -> None:
        nonlocal asked
        asked += stage == "asked"

    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    with StoreProxy(store, 0) as proxy:
        process = spawn.Process(target=_do, args=(deed, storage.model_copy(update={"endpoint_url": proxy.url}), there))
        process.start()
        there.close()
        here.recv()
        proxy.watch = count
        here.send(None)
        cpu, peak_mb = here.recv()
        process.join()
    return Cost(asked, cpu, peak_mb)


def _do(deed: Deed, storage: Storage, pipe: "Connection[Any, Any]") -> None:
    act = deed(storage)
    pipe.send(None)
    pipe.recv()
    before = resource.getrusage(resource.RUSAGE_SELF)
    act()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    pipe.send((cpu, after.ru_maxrss / 1024))


# Years


def site_name(number: int) -> str:
    return f"situs{number:02}"


def first_day(storage: Storage, sites: int) -> None:
    """A run of each site, with a few articles of today."""
    for number in range(sites):
        run = open_run(storage, site_name(number))
        for article in range(ARTICLES_PER_RUN):
            seed = number * ARTICLES_PER_RUN + article
            look_at(run, f"http://{run.site}.example/{article}", text(seed, 400), date_published=utc_now())
        finish(run)


def kept_up_years(storage: Storage, table: Table, sites: int, months: int) -> int:
    """Have a table have what so many months of each site leave where they were kept up; how many files that are."""
    bucket, corpus = Bucket(storage), Corpus(storage)
    version = corpus.open(table).version()
    added = _added(bucket, table, version)[:sites]
    content = {action["path"]: bucket.get(f"tables/{table.name}/{action['path']}") for action in added}
    days = [utc_now() - timedelta(days=30.5 * number) for number in range(1, months + 1)]
    files = [(_of_day(action, day), content[action["path"]]) for day in days for action in added]
    with ThreadPoolExecutor(WRITERS) as writers:
        keys = [f"tables/{table.name}/{action['path']}" for action, _ in files]
        list(writers.map(bucket.create, keys, (content for _, content in files)))
    lines = [LogEntry.out_of_force(days[0]), *(json.dumps({"add": action}).encode() for action, _ in files)]
    bucket.create(entry_key(table.name, version + 1), b"\n".join(line.strip() for line in lines))
    Corpus(storage).open(table).create_checkpoint()
    return len(files)


def further_days(storage: Storage, table: Table, sites: int, days: int, runs: int) -> int:
    """Have a table have what so many runs a day of each site leave in days that end today; how many files that are."""
    bucket, corpus = Bucket(storage), Corpus(storage)
    version = corpus.open(table).version()
    added = _added(bucket, table, version)[:sites]
    content = {action["path"]: bucket.get(f"tables/{table.name}/{action['path']}") for action in added}
    with ThreadPoolExecutor(WRITERS) as writers:
        for number in range(days):
            day = utc_now() - timedelta(days=days - number - 1)
            files = [(_of_day(action, day), content[action["path"]]) for action in added for _ in range(runs)]
            keys = [f"tables/{table.name}/{action['path']}" for action, _ in files]
            list(writers.map(bucket.create, keys, (content for _, content in files)))
            lines = [LogEntry.out_of_force(day), *(json.dumps({"add": action}).encode() for action, _ in files)]
            bucket.create(entry_key(table.name, version + 1 + number), b"\n".join(line.strip() for line in lines))
    Corpus(storage).open(table).create_checkpoint()
    return len(added) * runs * days


def _added(bucket: Bucket, table: Table, version: int) -> Sequence[dict[str, Any]]:
    """The data files that the entries of a log add: first one for each site."""
    entries = (bucket.get(entry_key(table.name, number)) for number in range(version + 1))
    actions = (json.loads(line) for entry in entries for line in entry.splitlines())
    return [action["add"] for action in actions if "add" in action]


def _of_day(action: dict[str, Any], day: datetime) -> dict[str, Any]:
    """A data file like another one, of a day and of its month."""
    months = ("published_month", "month")
    values = {name: f"{day:%Y-%m}" if name in months else value for name, value in action["partitionValues"].items()}
    folder = "".join(f"{name}={value}/" for name, value in values.items())
    return action | {
        "path": f"{folder}part-00000-{uuid.uuid4()}-c000.snappy.parquet",
        "partitionValues": values,
        "modificationTime": round(day.timestamp() * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the archive's age costs.")
    parser.add_argument("--years", type=int, nargs="*", default=[1, 5], help="that were kept up")
    parser.add_argument("--days", type=int, default=5, help="that were not")
    parser.add_argument("--sites", type=int, default=50)
    parser.add_argument("--runs", type=int, default=48, help="of a site and day")
    parser.add_argument("--news", type=int, default=30, help="of these, runs that bring articles")
    options = parser.parse_args()
    with scratch_archive("years") as storage:
        first_day(storage, options.sites)
        deeds = (run, commit, read)
        new = {deed: measured(deed, storage, str(storage.endpoint_url)) for deed in deeds}
        aged, months = {}, 0
        for years in options.years:
            for table in (ARTICLES, VISITS, ANNOUNCED):
                kept_up_years(storage, table, options.sites, years * 12 - months)
            months = years * 12
            aged[years] = {deed: measured(deed, storage, str(storage.endpoint_url)) for deed in deeds}
        files = {ARTICLES: options.news, RUNS: options.runs}
        count = sum(further_days(storage, table, options.sites, options.days, runs) for table, runs in files.items())
        old = {deed: measured(deed, storage, str(storage.endpoint_url)) for deed in deeds}
        round_of_upkeep = measured(keep_up, storage, str(storage.endpoint_url))
        kept_up = {deed: measured(deed, storage, str(storage.endpoint_url)) for deed in deeds}
        next_round = measured(keep_up, storage, str(storage.endpoint_url))
    print(f"\n{options.sites} sites x {options.runs} runs x {options.days} days: {count:,} data files")
    for deed in deeds:
        print(f"{deed.__name__ + ', first day':25} {new[deed]}")
        for years, costs in aged.items():
            print(f"{f'{deed.__name__}, year {years}':25} {costs[deed].beside(new[deed])}")
        print(f"{deed.__name__ + ', never kept up':25} {old[deed].beside(new[deed])}")
        print(f"{deed.__name__ + ', kept up':25} {kept_up[deed].beside(new[deed])}")
    print(f"upkeep of it all          {round_of_upkeep}")
    print(f"upkeep of the next night  {next_round}")


if __name__ == "__main__":
    main()
