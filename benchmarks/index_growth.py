"""`make bench-index`: what the index costs as the archive grows: its size, what is due, and verdicts on texts.

Archives are loaded in bulk, in the layout that years of crawls leave: articles of many sites past their last look, and
of the last WINDOW_TEXTS the words and what looking again needs. One text in FAMILY is of one template.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.duplicates.prose import Prose, paragraphs
from benchmarks.duplicates.siblings import rates
from pipelines.index.database import Index, IndexUpdate, RevisitSchedule, Status, TextFingerprint, UrlRecord
from pipelines.index.fingerprints import article_id

SIZES = (10_000, 100_000)
WINDOW_TEXTS = 100_000
SITES = 50
FAMILY = 250
WORDS = 250
"""Of a text: half of the news have fewer."""

VERDICTS = 300
NOW = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = timedelta(days=30)
HOUR = timedelta(hours=1)
SCHEDULE = RevisitSchedule((6 * HOUR, 24 * HOUR, 72 * HOUR), (HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR))


def body(number: int) -> str:
    """The text of an article; that of a template for one in FAMILY."""
    prose = Prose(random.Random(number))
    return rates(prose) if number % FAMILY == 0 else paragraphs(prose.sentences(WORDS))


def update(number: int, size: int) -> IndexUpdate:
    """What the index learned of an article: of the last WINDOW_TEXTS it is recent."""
    prose = Prose(random.Random(number))
    slug = "-".join(prose.clause().lower().split()[:9])
    site = f"situs{number % SITES}"
    url = f"https://tekno.{site}.example/read/{number % 12 + 1:02}/{10_000_000 + number}/{slug}"
    age = WINDOW * ((size - number) / WINDOW_TEXTS)
    first = NOW - age
    is_recent = size - number <= WINDOW_TEXTS
    text = body(number) if is_recent else f"{number}"
    original = TextFingerprint.from_body(
        url, site=site, run="", body=text, published_at=first.replace(second=0, microsecond=0)
    )
    seen = UrlRecord(
        url,
        article_id(url),
        site,
        Status.ARCHIVED,
        first,
        min(first + SCHEDULE.revisit[-1], NOW),
        f"{first:%Y-%m}",
        original.text_sha256,
        slug.replace("-", " "),
        1,
        '"5f3a-61c2b7"',
        f"{first:%a, %d %b %Y %H:%M:%S} GMT",
        "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
        first,
        date_precision="minute",
        quality="sure",
    )
    return IndexUpdate(seen, original)


def updates(size: int) -> Iterator[IndexUpdate]:
    """All articles, in the order in which they came in."""
    return (update(number, size) for number in range(size))


def milliseconds(action: str, index: Index, bodies: Sequence[str]) -> float:
    """The CPU time of a verdict at the median, hashing included."""
    spent = []
    for number, text in enumerate(bodies):
        began = time.process_time()
        url = f"https://baru.example/{action}/{number}"
        candidate = TextFingerprint.from_body(url, site="baru", run=action, body=text, published_at=NOW)
        (index.match if action == "match" else index.match_or_claim)(candidate, WINDOW)
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)


def due(index: Index) -> float:
    """The CPU time in milliseconds of asking what a site has due, at the median."""
    spent = []
    for _ in range(30):
        began = time.process_time()
        index.due("situs1", NOW, SCHEDULE)
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)


def tables(path: Path) -> dict[str, int]:
    """The bytes of each table and index of the database."""
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"))


def measure(size: int) -> None:
    """Print a row of the table."""
    with tempfile.TemporaryDirectory(prefix="kliping-bench-") as folder:
        path = Path(folder) / "index.db"
        began = time.process_time()
        Index.replace(f"sqlite:///{path}", updates(size), recent_since=NOW - WINDOW)
        loaded = (time.process_time() - began) / size * 1000
        bytes_of = tables(path)
        with Index.open(f"sqlite:///{path}") as index:
            fresh = [body(10**9 + FAMILY * number + 1) for number in range(VERDICTS)]
            template = [body(10**9 + FAMILY * number) for number in range(VERDICTS)]
            for_due = due(index)
            figures = [
                milliseconds("match", index, fresh),
                milliseconds("match", index, template),
                milliseconds("claim", index, fresh),
            ]
    print(
        f"| {size:,} | {sum(bytes_of.values()) / 1e6:.0f} | {for_due:.2f} | "
        f"{' | '.join(f'{figure:.2f}' for figure in figures)} | {loaded:.2f} |"
    )
    print("  " + ", ".join(f"{name} {count / size:.0f}" for name, count in bytes_of.items() if count > size))


def main(arguments: Sequence[str]) -> None:
    """Measure at SIZES, or at those given."""
    print("| articles | MB | due ms | verdict, ms | of a template | verdict and claim | load, ms an article |")
    print("|---|---|---|---|---|---|---|")
    for size in map(int, arguments) if arguments else SIZES:
        measure(size)


if __name__ == "__main__":
    main(sys.argv[1:])
