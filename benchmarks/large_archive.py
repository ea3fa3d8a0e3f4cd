"""A large archive of invented articles, filled in bulk.

Texts are invented: their lengths are those of news, and their words are drawn from a vocabulary of 200,000 with the
frequencies of a natural language (Zipf and Mandelbrot), whose commonest are Indonesian's own. The tables lie as upkeep
leaves them: a data file for each site and month.
"""

import gzip
import multiprocessing
import os
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from pipelines.archive.bucket import Bucket
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.jakarta_days import day_of
from pipelines.archive.packs import cdxj_key
from pipelines.archive.schema import ARTICLES, Row
from pipelines.archive.tables import Corpus
from pipelines.archive.warc import WarcFileWriter
from pipelines.index.fingerprints import article_id, text_sha256
from reader.kliping_reader.fulltext.terms import STOP_WORDS
from settings.storage import Storage
from tests.archive.invented import exchange, finish, look_at, open_run, text

SITES = 50
"""As many as Kliping has."""

MONTHS = 60
"""Five years: most of the partitions that a reading passes by are of months long past."""

LAST_MONTH = "2026-10"

PAGE_WORDS = 8_000
PAGES_OF_A_FILE = 2_000

VOCABULARY_WORDS = 200_000
"""Names and misspellings among them: a dictionary of Indonesian has half as many."""

MEDIAN_WORDS = 260
"""Of an article, as tech news of the demo's kind has it; half of them have between 185 and 365."""


@cache
def vocabulary() -> Sequence[str]:
    """The words of the texts, the commonest first."""
    syllables = [consonant + vowel for consonant in "bcdghjklmnprstwy" for vowel in "aeiou"]
    chance = random.Random(1)
    invented = {"".join(chance.choices(syllables, k=chance.randint(2, 5))) for _ in range(VOCABULARY_WORDS * 2)}
    rare = sorted(invented - STOP_WORDS)
    chance.shuffle(rare)
    return [*sorted(STOP_WORDS), *rare][:VOCABULARY_WORDS]


class Words:
    """Draws words as a language has them."""

    def __init__(self, seed: int) -> None:
        self.words = np.array(vocabulary(), dtype=object)
        shares = 1 / (np.arange(VOCABULARY_WORDS) + 2.7)
        self._cumulated = np.cumsum(shares) / shares.sum()
        self._random = np.random.default_rng(seed)

    def text(self, count: int) -> str:
        """So many words, in sentences and paragraphs."""
        drawn = self.words[np.searchsorted(self._cumulated, self._random.random(count))]
        sentences = [" ".join(drawn[start : start + 14]).capitalize() for start in range(0, count, 14)]
        return ".\n".join(". ".join(sentences[start : start + 4]) for start in range(0, len(sentences), 4)) + "."

    def length(self) -> int:
        """Of a text, in words."""
        return int(np.clip(self._random.lognormal(np.log(MEDIAN_WORDS), 0.5), 40, 3000))


def months() -> list[str]:
    """The months of the archive, in order; the last one is LAST_MONTH."""
    year, month = map(int, LAST_MONTH.split("-"))
    counts = range(year * 12 + month - MONTHS, year * 12 + month)
    return [f"{count // 12}-{count % 12 + 1:02}" for count in counts]


def fill(storage: Storage, articles: int, of_one_month: int) -> int:
    """Make the tables and fill `articles`; the bytes of headlines and texts."""
    run = open_run(storage, "situs0")
    look_at(run, "http://situs0.example/contoh", text(1, 300))
    finish(run)
    corpus = Corpus(storage)
    [sample] = corpus.select(ARTICLES, "TRUE")
    of_month = [(articles - of_one_month) // (MONTHS - 1)] * (MONTHS - 1) + [of_one_month]
    delta = corpus.open_for_writing(ARTICLES)
    size = 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context) as pool:
        for rows, length in pool.map(rows_of, months(), of_month, [sample] * MONTHS):
            write_deltalake(delta, rows.cast(corpus.stored_schema(ARTICLES)), mode="append")
            size += length
    return size


def rows_of(month: str, count: int, sample: Row) -> tuple[pa.Table, int]:
    """The articles of a month, and the bytes of their headlines and texts. Of two sites one has half as much as the
    next larger one, down to a tenth.
    """
    chance = random.Random(month)
    words = Words(chance.randrange(1 << 30))
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    seconds = int(((begin + timedelta(days=31)).replace(day=1) - begin).total_seconds())
    sites = chance.choices([f"situs{n}" for n in range(SITES)], [1 / (n + 5) for n in range(SITES)], k=count)
    moments = [begin + timedelta(seconds=chance.randrange(seconds)) for _ in range(count)]
    urls = [f"https://{site}.example/read/{month}/{n}" for n, site in enumerate(sites)]
    bodies = [words.text(words.length()) for _ in range(count)]
    changed: dict[str, Sequence[object]] = {
        "site": sites,
        "published_month": [month] * count,
        "published_day": [day_of(moment) for moment in moments],
        "date_published": moments,
        "fetched_at": [moment + timedelta(minutes=20) for moment in moments],
        "first_fetched_at": [moment + timedelta(minutes=20) for moment in moments],
        "url": urls,
        "article_id": [article_id(url) for url in urls],
        "headline": [words.text(9).rstrip(".") for _ in range(count)],
        "body": bodies,
        "text_sha256": [text_sha256(body) for body in bodies],
        "word_count": [body.count(" ") + body.count("\n") + 1 for body in bodies],
    }
    columns = {
        column.name: pa.array(changed.get(column.name) or [sample[column.name]] * count, column.type)
        for column in ARTICLES.columns
    }
    size = sum(len(body.encode()) for body in bodies) + sum(map(len, changed["headline"]))  # type: ignore[arg-type]
    return pa.table(columns), size


def add_warc(storage: Storage, megabytes: int) -> int:
    """Add WARC files of so many megabytes, with invented pages of 60 KB, half of them content-encoded; how many."""
    bucket, words, pages = Bucket(storage), Words(11), 0
    texts = [f"<html><p>{words.text(PAGE_WORDS)}</p></html>".encode() for _ in range(40)]
    written = number = 0
    with TemporaryDirectory(prefix="kliping-bench-") as folder:
        while written < megabytes << 20:
            number += 1
            key = f"warc/situs3/2025/01/01/situs3-20250101T{number:06}Z-001.warc.gz"
            path = Path(folder) / "part.warc.gz"
            warc = WarcFileWriter(path, key, {"software": "benchmark"})
            for page in range(PAGES_OF_A_FILE):
                start = random.Random(page).randrange(len(texts[0]) // 2)
                body = texts[(page + number) % len(texts)][start:]
                headers = [(b"Content-Type", b"text/html"), *([(b"Content-Encoding", b"gzip")] if page % 2 else [])]
                plain = gzip.compress(body, 6) if page % 2 else body
                warc.write(exchange(f"https://situs3.example/{number}/{page}", plain, headers=headers), None)
                pages += 1
                if written + warc.size >= megabytes << 20:
                    break
            warc.close()
            bucket.put_once(key, path, "application/warc")
            bucket.replace(cdxj_key(key), cdxj_of_file(path, key).encode(), "text/x-cdxj")
            written += path.stat().st_size
            path.unlink()
    return pages
