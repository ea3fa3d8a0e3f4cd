"""`make bench-rebuild`: what it costs to make the index anew from the tables of a bucket, by processes and in all.

The tables are written in the layout that years of crawls leave: a partition for each month of each site. Of the last
month the texts are read, as they are where near copies are looked for.
"""

import argparse
import random
import resource
import time
from datetime import timedelta
from pathlib import Path

from deltalake import write_deltalake

from benchmarks.duplicates.prose import Prose, paragraphs
from benchmarks.scratch_archive import scratch_archive
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.rows import published_month
from pipelines.archive.schema import ARTICLES, Row
from pipelines.archive.tables import Corpus
from pipelines.index.fingerprints import article_id, text_sha256
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import blank_row

SITES = 10
WINDOW = timedelta(days=30)
REVISIT = (timedelta(hours=6), timedelta(hours=24), timedelta(hours=72))
BODIES = 200
"""Different texts, each of which many articles have in part: making one takes longer than reading it."""

WORDS = 250
ROWS_AT_ONCE = 50_000


def bodies() -> list[str]:
    return [paragraphs(Prose(random.Random(number)).sentences(WORDS)) for number in range(BODIES)]


def rows(first: int, last: int, of: int, window: int, span: timedelta, texts: list[str]) -> list[Row]:
    """Articles by their numbers, of so many over a span of time; the last `window` have a text."""
    now, made = utc_now(), []
    blank = blank_row(ARTICLES, now)
    for number in range(first, last):
        age = timedelta(days=1) + span * ((of - number) / of)
        published = now - age
        site, slug = f"situs{number % SITES}", "-".join(Prose(random.Random(number)).clause().lower().split()[:9])
        url = f"https://tekno.{site}.example/read/{10_000_000 + number}/{slug}"
        body = f"Nomor {number}. {texts[number % BODIES]}" if of - number <= window else f"Nomor {number}."
        made.append(
            {
                **blank,
                "url": url,
                "site": site,
                "article_id": article_id(url),
                "headline": slug,
                "body": body,
                "text_sha256": text_sha256(body),
                "date_published": published,
                "fetched_at": published,
                "first_fetched_at": published,
                "published_month": published_month(published),
                "revision": 1,
                "page_count": 1,
                "run": "20260816T080038Z",
            }
        )
    return made


def fill(storage: Storage, count: int, window: int, span: timedelta | None = None) -> None:
    """Write so many articles to the table, the last `window` with a text: over a span of time, or such a one that these
    are of the last WINDOW.
    """
    span = span or WINDOW * 0.9 * (count / window)
    corpus, texts = Corpus(storage), bodies()
    corpus.bucket.ensure()
    corpus.ensure()
    for first in range(0, count, ROWS_AT_ONCE):
        made = rows(first, min(first + ROWS_AT_ONCE, count), count, window, span, texts)
        write_deltalake(corpus.open(ARTICLES), ARTICLES.arrow(made), mode="append")


def cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure a rebuild of so many rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--window", type=int, default=10_000, help="of these, articles whose texts are read")
    options = parser.parse_args()
    with scratch_archive("rebuild") as storage:
        fill(storage, options.rows, options.window)
        own, parts, began = cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN), time.monotonic()
        count = sum(rebuild(storage, REVISIT, WINDOW).rows.values())
        wall = time.monotonic() - began
        own, parts = cpu(resource.RUSAGE_SELF) - own, cpu(resource.RUSAGE_CHILDREN) - parts
        size = Path(storage.index.removeprefix("sqlite:///")).stat().st_size
    print(f"{count:,} rows, {options.window:,} of them with their texts: an index of {size / 1e6:.0f} MB")
    print(f"parts {parts:.0f} s of CPU by further processes, all else {own:.0f} s, {wall:.0f} s by the clock")


if __name__ == "__main__":
    main()
