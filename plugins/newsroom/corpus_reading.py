"""Reads what the corpus is as a whole: its size from the tables' logs and the bucket's list; what is written of, and
whose copies there are, from the rows of the last days.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket
from pipelines.archive.conditions import sql_list
from pipelines.archive.jakarta_days import months_between, utc_months_of
from pipelines.archive.packs import WARC_SUFFIX
from pipelines.archive.schema import ARTICLES, DUPLICATES, TABLES, Row, Table
from pipelines.archive.tables import Corpus
from plugins.newsroom.corpus_figures import Captures, CorpusReading, Link, MonthOfSite, Section, TableSize
from plugins.newsroom.open_archive import ArchiveAway, OpenArchive, rows_where
from plugins.newsroom.site_reading import RECENT

KEPT_SECONDS = 900.0
"""Of the reading: a corpus does not change its size by much in a quarter of an hour, and the list of its WARC files
takes a request for each thousand."""


def read_corpus(archive: OpenArchive, now: datetime) -> CorpusReading:
    """All that is known of the corpus at `now`, UTC."""
    try:
        with archive.corpus() as corpus:
            return CorpusReading(
                read_at=now,
                tables=[size for table in TABLES.values() if (size := _size(corpus, table))],
                months=_months(corpus),
                sections=_sections(corpus, now),
                links=_links(corpus, now),
                captures=_captures(corpus.bucket),
            )
    except ArchiveAway as error:
        return CorpusReading(now, problem=str(error))


def _files(corpus: Corpus, table: Table, *columns: str) -> list[Row]:
    try:
        return corpus.data_files(table, columns)
    except TableNotFoundError:
        return []


def _size(corpus: Corpus, table: Table) -> TableSize | None:
    files = _files(corpus, table, "num_records", "size_bytes")
    if not files:
        return None
    return TableSize(
        table.name, sum(f["num_records"] or 0 for f in files), len(files), sum(f["size_bytes"] for f in files)
    )


def _months(corpus: Corpus) -> list[MonthOfSite]:
    counts: Counter[tuple[str, str]] = Counter()
    for file in _files(corpus, ARTICLES, "partition.site", "partition.published_month", "num_records"):
        counts[file["partition.site"], file["partition.published_month"]] += file["num_records"] or 0
    return [MonthOfSite(site, month, count) for (site, month), count in counts.items()]


def _sections(corpus: Corpus, now: datetime) -> list[Section]:
    months = sorted({utc for month in months_between(now - RECENT, now) for utc in utc_months_of(month)})
    where = (
        f"t.published_month IN ({sql_list(months)}) AND t.date_published >= TIMESTAMP '{(now - RECENT).isoformat()}'"
    )
    found: dict[str, Counter[str]] = {}
    for row in rows_where(corpus, ARTICLES, where, ("site", "article_section")):
        if name := row["article_section"]:
            found.setdefault(name, Counter())[row["site"]] += 1
    return [Section(name, by_site) for name, by_site in found.items()]


def _links(corpus: Corpus, now: datetime) -> list[Link]:
    where = (
        "t.site != t.duplicate_of_site AND t.is_article IS NOT TRUE "
        f"AND t.fetched_at >= TIMESTAMP '{(now - RECENT).isoformat()}'"
    )
    rows = rows_where(corpus, DUPLICATES, where, ("site", "duplicate_of_site"))
    counts = Counter((row["site"], row["duplicate_of_site"]) for row in rows)
    return [Link(taker, giver, count) for (taker, giver), count in counts.items()]


def _captures(bucket: Bucket) -> list[Captures]:
    return captures_of(bucket.objects("warc/"))


def captures_of(objects: Iterable[tuple[str, int]]) -> list[Captures]:
    """The WARC files among objects, by the site that their keys name."""
    found: dict[str, list[int]] = {}
    for key, size in objects:
        if key.endswith(WARC_SUFFIX):
            found.setdefault(key.split("/")[1], []).append(size)
    return [Captures(site, len(sizes), sum(sizes)) for site, sizes in found.items()]
