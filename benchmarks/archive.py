"""`make bench-archive`: what reading, searching, releasing, verifying and taking down cost when the archive is large.

    python -m benchmarks.archive --articles 1000000 --of-one-month 100000 --warc-mb 500

The archive is `benchmarks.large_archive`'s. Each measurement has a process of its own. Times of the wall are for a
machine that does nothing else; the store takes its part of them.
"""

import argparse
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, write_deltalake

from benchmarks.large_archive import LAST_MONTH, MONTHS, SITES, Words, add_warc, fill, months, rows_of
from benchmarks.scratch_archive import scratch_archive
from benchmarks.takedown import crawl_target, take_down
from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.releases.publish import publish
from pipelines.archive.schema import ARTICLES
from pipelines.archive.search.ask import ask
from pipelines.archive.search.build import build
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from pipelines.archive.verification.verify import verify
from reader.kliping_reader.fulltext.index import SearchIndex, Wanted
from reader.kliping_reader.fulltext.terms import STOP_WORDS
from settings.clock import utc_now
from settings.storage import Storage

REVISIT = (timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))
WINDOW = timedelta(days=31)
SAMPLE_ROWS = 500
"""As the crawls' settings and the DAG `verify` have them."""

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUERIES = 300
"""Of which the slowest fifteen make the 95th percentile."""

ROUNDS = 5
"""Of a reading, each on a table that is opened anew; the median counts."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a deed: seconds of wall and CPU, peak memory of its process in megabytes, and what it says of itself."""

    wall: float
    cpu: float
    peak_mb: float
    told: str

    def __str__(self) -> str:
        return f"{self.wall:,.2f} s, {self.cpu:,.2f} s CPU, peak {self.peak_mb:,.0f} MB; {self.told}"


Deed = Callable[[Storage], str]


def median_of(read: Callable[[], object]) -> str:
    """The milliseconds that a reading takes at the median of ROUNDS, by the wall and of CPU."""
    walls, cpus = [], []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        read()
        walls.append((time.perf_counter() - began) * 1000)
        cpus.append((time.process_time() - used) * 1000)
    return f"{statistics.median(walls):,.0f} ms ({statistics.median(cpus):,.0f} of CPU)"


def with_polars(storage: Storage) -> str:
    """Articles by site and month, and a month of a site with all columns, by Polars."""

    def articles() -> pl.LazyFrame:
        return pl.scan_delta(table_uri(storage, ARTICLES.name), storage_options=storage_options(storage))

    def count() -> None:
        articles().group_by("site", "published_month").len().collect()

    wanted = (pl.col("site") == "situs0") & (pl.col("published_month") == LAST_MONTH)
    rows = articles().filter(wanted).collect().height
    month = median_of(lambda: articles().filter(wanted).collect())
    table = DeltaTable(table_uri(storage, ARTICLES.name), storage_options=storage_options(storage))

    def count_by_log() -> None:
        table.update_incremental()
        files = pl.DataFrame(table.get_add_actions(flatten=True))
        files.group_by("partition.site", "partition.published_month").agg(pl.col("num_records").sum())

    return (
        f"count {median_of(count)}, by the log alone {median_of(count_by_log)}; a month of a site "
        f"({rows:,} rows) {month}"
    )


def with_duckdb(storage: Storage) -> str:
    """The same by DuckDB, as docs/reading-the-corpus.md has it."""
    columns = "select site, published_month"

    def load(what: str) -> duckdb.DuckDBPyConnection:
        table = DeltaTable(table_uri(storage, ARTICLES.name), storage_options=storage_options(storage))
        rows = QueryBuilder().register("articles", table).execute(what)  # noqa: F841 - DuckDB finds it by its name
        connection = duckdb.connect()
        connection.sql("create table articles as from rows")
        return connection

    def count() -> None:
        of_all = load(f"{columns} from articles")
        of_all.sql("select site, published_month, count(*) from articles group by all").fetchall()

    month = f"select * from articles where site = 'situs0' and published_month = '{LAST_MONTH}'"  # noqa: S608
    return f"count {median_of(count)}; a month of a site {median_of(lambda: load(month))}"


def one_article(storage: Storage) -> str:
    """An article by its id alone: found by the index, its row read from the table; each time opened anew."""
    wanted = some_ids(storage)
    SearchIndex.open(Bucket(storage), storage.search_copy)

    def by_index(article_id: str) -> None:
        corpus, index = Corpus(storage), SearchIndex.open(Bucket(storage), storage.search_copy)
        [place] = index.places_of([article_id])
        where = f"t.site = '{place.site}' AND t.published_month = '{place.month}' AND t.article_id = '{article_id}'"
        [row] = corpus.select(ARTICLES, where, ("body",))
        assert row["body"]

    ids = iter(wanted * ROUNDS)
    found = median_of(lambda: by_index(next(ids)))
    opened = Corpus(storage)
    opened.open(ARTICLES)
    scan = median_of(lambda: opened.select(ARTICLES, f"t.article_id = '{next(ids)}'", ("body",)))
    return f"{found} by the index; {scan} by reading through the table, which is open"


def some_ids(storage: Storage) -> list[str]:
    """Ids of articles of several months."""
    chosen = [
        Corpus(storage).select(ARTICLES, f"t.published_month = '{month}' LIMIT 2", ("article_id",))
        for month in months()[:: MONTHS // 3]
    ]
    return [row["article_id"] for rows in chosen for row in rows]


def index_all(storage: Storage) -> str:
    """The search index, made for the first time."""
    built = build(Corpus(storage), NOW)
    segments = sum(len(piece.segments) for piece in built.index.pieces)
    return f"{built.summary}; {segments} segments; bytes: {built.index.size}"


def index_a_day(storage: Storage) -> str:
    """The search index, after a day on which 50 articles came to each site."""
    corpus = Corpus(storage)
    [sample] = corpus.select(ARTICLES, "t.url = 'http://situs0.example/contoh'")
    rows, _ = rows_of("2026-11", SITES * 50, sample)
    at = rows.schema.get_field_index("date_published")
    moments = pa.array([NOW - timedelta(minutes=n % 600) for n in range(rows.num_rows)], rows.schema.field(at).type)
    rows = rows.set_column(at, "date_published", moments)
    write_deltalake(corpus.open_for_writing(ARTICLES), rows.cast(corpus.stored_schema(ARTICLES)), mode="append")
    began = time.process_time()
    built = build(corpus, NOW)
    return f"{time.process_time() - began:.1f} s CPU for the build itself; {built.made_articles:,} articles"


def first_copy(storage: Storage) -> str:
    """The whole index fetched and opened."""
    index = SearchIndex.open(Bucket(storage), storage.search_copy)
    return f"{index.published.size / 1e6:,.0f} MB in {len(index.published.pieces)} pieces"


def search(storage: Storage) -> str:
    """Searches with all that is shown: the index is open, and so is the table."""
    corpus, opening = Corpus(storage), time.perf_counter()
    index = SearchIndex.open(Bucket(storage), storage.search_copy)
    corpus.open(ARTICLES)
    opened = time.perf_counter() - opening
    spent: dict[str, list[float]] = {}
    cpu: list[float] = []
    for kind, wanted in queries():
        began, used = time.perf_counter(), time.process_time()
        ask(corpus, index, wanted)
        spent.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    every = [one for some in spent.values() for one in some]
    kinds = "; ".join(f"{kind} {quantile(some, 0.5):.0f} / {quantile(some, 0.95):.0f}" for kind, some in spent.items())
    whole = f"{quantile(every, 0.5):.0f} / {quantile(every, 0.95):.0f}"
    spent_cpu = f"{quantile(cpu, 0.5):.0f} / {quantile(cpu, 0.95):.0f} of CPU"
    return f"opened in {opened:.2f} s; ms at the median and the 95th percentile: {kinds}; all {whole}, {spent_cpu}"


def find(storage: Storage) -> str:
    """The same searches, as far as the index: which articles, in which order, how many."""
    index = SearchIndex.open(Bucket(storage), storage.search_copy)
    spent = []
    for _, wanted in queries():
        began = time.perf_counter()
        index.search(wanted, lambda _: [])
        spent.append((time.perf_counter() - began) * 1000)
    return f"{quantile(spent, 0.5):.1f} / {quantile(spent, 0.95):.1f} ms"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def queries() -> Iterator[tuple[str, Wanted]]:
    """What is searched for: words from the 30th to the 20,000th in the order of their frequency."""
    chance = random.Random(7)
    known = Words(0).words[len(STOP_WORDS) :]

    def word() -> str:
        return str(known[int(30 * (20_000 / 30) ** chance.random())])

    for number in range(QUERIES):
        two = f"{word()} {word()}"
        yield (
            ("one word", Wanted(word())),
            ("two words", Wanted(two)),
            ("a phrase", Wanted(f'"{two}"')),
            ("one of a site and year", Wanted(word(), ["situs3"], first_day=NOW.date() - timedelta(days=365))),
            ("newest of one", Wanted(word(), newest_first=True)),
        )[number % 5]


def release(storage: Storage) -> str:
    """The month of many articles, released."""
    done = publish(storage, LAST_MONTH, NOW, accept="measured", progress=lambda _: None)
    return done.summary


def index_of_crawls(storage: Storage) -> str:
    """The index by which crawls know articles and copies, made anew."""
    rows = rebuild(storage, REVISIT, WINDOW, progress=lambda _: None).rows
    return f"{sum(rows.values()):,} rows"


def verified(storage: Storage) -> str:
    """As every night: the logs, all files' presence, and a sample of rows and entries."""
    found = verify(storage, sample=SAMPLE_ROWS)
    return found.failure or found.summary


def takedown(storage: Storage) -> str:
    """One article and its copy taken down, its proof included."""
    done = take_down(storage)
    return "; ".join([*done.lines, *done.findings.failures])


def measured(deed: Deed, storage: Storage) -> Cost:
    """The cost of a deed in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_do, deed, storage).result()


def _do(deed: Deed, storage: Storage) -> Cost:
    began, cpu = time.perf_counter(), time.process_time()
    told = deed(storage)
    # Not getrusage's: that begins with the peak of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak_mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return Cost(time.perf_counter() - began, time.process_time() - cpu, peak_mb, told)


DEEDS: Sequence[Deed] = (
    with_polars,
    with_duckdb,
    index_all,
    index_a_day,
    first_copy,
    search,
    find,
    one_article,
    release,
    index_of_crawls,
    verified,
    takedown,
    verified,
)


def main() -> None:
    """Measure at the size given."""
    parser = argparse.ArgumentParser(description="Measure what a large archive costs its readers.")
    parser.add_argument("--articles", type=int, default=1_000_000, help="in all")
    parser.add_argument("--of-one-month", type=int, default=100_000, help="of these, in the month that is released")
    parser.add_argument("--warc-mb", type=int, default=500, help="of pages beside them")
    names = dict.fromkeys(deed.__name__ for deed in DEEDS)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="DEED", help=", ".join(names))
    options = parser.parse_args()
    with scratch_archive("archive") as storage:
        began = time.perf_counter()
        size = fill(storage, options.articles, options.of_one_month)
        pages = add_warc(storage, options.warc_mb)
        crawl_target(storage)
        renew_days(Corpus(storage), utc_now(), everything=True, progress=lambda _: None)
        print(
            f"filled: {options.articles:,} articles, {size / 1e6:,.0f} MB of texts, {pages:,} pages in WARC files, "
            f"{time.perf_counter() - began:.0f} s",
            flush=True,
        )
        for deed in (deed for deed in DEEDS if deed.__name__ in options.only):
            print(f"{deed.__name__}: {measured(deed, storage)}", flush=True)


if __name__ == "__main__":
    main()
