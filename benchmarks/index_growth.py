"""`make bench-index`: what the index costs as the archive grows: its size, what is due, and verdicts on texts.

Archives are loaded in bulk, in the layout that years of crawls leave: articles of many sites past their last look, and
of the last ones the words and what looking again needs. One text in FAMILY is of one template. All sizes are asked the
same in turns, so that their figures stand beside each other however busy the machine is.
"""

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.duplicates.prose import Prose, paragraphs
from benchmarks.duplicates.siblings import rates
from pipelines.index.database import Index, IndexUpdate, RevisitSchedule, Status, TextFingerprint, UrlRecord
from pipelines.index.fingerprints import article_id
from pipelines.index.new_index import NewIndex

SIZES = (10_000, 100_000)
SITES = 50
FAMILY = 250
WORDS = 250
"""Of a text: half of the news have fewer."""

VERDICTS = 200
NOW = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = timedelta(days=30)
HOUR = timedelta(hours=1)
SCHEDULE = RevisitSchedule((6 * HOUR, 24 * HOUR, 72 * HOUR), (HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR))


def body(number: int) -> str:
    """The text of an article; that of a template for one in FAMILY."""
    prose = Prose(random.Random(number))
    return rates(prose) if number % FAMILY == 0 else paragraphs(prose.sentences(WORDS))


def update(number: int, size: int, window: int) -> IndexUpdate:
    """What the index learned of an article: of the last `window` it is recent."""
    prose = Prose(random.Random(number))
    slug = "-".join(prose.clause().lower().split()[:9])
    site = f"situs{number % SITES}"
    url = f"https://tekno.{site}.example/read/{number % 12 + 1:02}/{10_000_000 + number}/{slug}"
    age = WINDOW * ((size - number) / window)
    first = NOW - age
    is_recent = size - number <= window
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


def load(path: Path, size: int, window: int) -> str:
    """Fill an index with so many articles, in the order in which they came in; what that took, as cells of a table."""
    began = time.process_time()
    told = (update(number, size, window) for number in range(size))
    new = NewIndex(f"sqlite:///{path}")
    new.begin("one part")
    new.write_part("1", told, NOW - WINDOW, lambda: "")
    new.put_in_place(["1"], NOW - WINDOW)
    new.give_up()
    spent = (time.process_time() - began) / size * 1000
    bytes_of = tables(path)
    for_life = sum(count for name, count in bytes_of.items() if name.startswith("seen")) / size
    whole = sum(bytes_of.values())
    return f"{whole / 1e6:.0f} | {for_life:.0f} | {(whole - for_life * size) / min(size, window):.0f} | {spent:.2f}"


def candidate(action: str, number: int, text: str) -> TextFingerprint:
    url = f"https://baru.example/{action}/{number}"
    return TextFingerprint.from_body(url, site="baru", run=action, body=text, published_at=NOW)


def milliseconds(ask: Callable[[Index, int], object], indexes: Sequence[Index], times: int) -> list[float]:
    """The CPU time that asking each of the indexes takes at the median, in turns."""
    spent: list[list[float]] = [[] for _ in indexes]
    for number in range(times):
        for index, own in zip(indexes, spent, strict=True):
            began = time.process_time()
            ask(index, number)
            own.append((time.process_time() - began) * 1000)
    return list(map(statistics.median, spent))


def tables(path: Path) -> dict[str, int]:
    """The bytes of each table and index of the database."""
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"))


def main() -> None:
    """Measure at the sizes given, or at SIZES."""
    parser = argparse.ArgumentParser(description="Measure what the index costs as the archive grows.")
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="articles")
    parser.add_argument(
        "--window", type=int, default=100_000, help="of these, texts that near copies are looked for of"
    )
    options = parser.parse_args()
    fresh = [body(10**9 + FAMILY * number + 1) for number in range(VERDICTS)]
    template = [body(10**9 + FAMILY * number) for number in range(VERDICTS)]
    questions: dict[str, Callable[[Index, int], object]] = {
        "due": lambda index, _: index.due("situs1", NOW, SCHEDULE),
        "verdict": lambda index, n: index.match(candidate("match", n, fresh[n]), WINDOW),
        "of a template": lambda index, n: index.match(candidate("template", n, template[n]), WINDOW),
        "verdict and claim": lambda index, n: index.match_or_claim(candidate("claim", n, fresh[n]), WINDOW),
    }
    with tempfile.TemporaryDirectory(prefix="kliping-bench-") as folder, ExitStack() as opened:
        paths = [Path(folder) / f"{size}.db" for size in options.sizes]
        print("| articles | MB | bytes of one for life | and in the window | load, ms of one |\n|---|---|---|---|---|")
        for size, path in zip(options.sizes, paths, strict=True):
            print(f"| {size:,} | {load(path, size, options.window)} |", flush=True)
        indexes = [opened.enter_context(Index.open(f"sqlite:///{path}")) for path in paths]
        print(f"\n| CPU ms | {' | '.join(f'{size:,}' for size in options.sizes)} |\n|{'---|' * (len(paths) + 1)}")
        for name, ask in questions.items():
            print(f"| {name} | {' | '.join(f'{figure:.2f}' for figure in milliseconds(ask, indexes, VERDICTS))} |")


if __name__ == "__main__":
    main()
