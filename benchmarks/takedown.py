"""What it costs to take one article down among many: `make bench-takedown`.

    python -m benchmarks.takedown --articles 1000000 --warc-mb 500

The table `articles` is filled as `benchmarks.archive` does it, and WARC files are added with invented pages of 60 KB,
half of them content-encoded. The article itself was crawled, revised and copied by another site. Each step is stated
with its wall and CPU time (children's included), the proof with its time for a GB as it lies in the bucket.
"""

import argparse
import gzip
import random
import resource
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive import Words, fill
from benchmarks.scratch_archive import scratch_archive
from pipelines.archive.bucket import Bucket
from pipelines.archive.cdxj import cdxj_of_file
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.packs import cdxj_key
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown, TakenDown
from pipelines.archive.takedown_scope import Scope
from pipelines.archive.warc import WarcFileWriter
from pipelines.index.database import Index
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import exchange, finish, look_at, open_run

URL = "https://situs1.example/diturunkan"
COPY = "https://situs2.example/salinan"
PAGE_WORDS = 8_000
PAGES_OF_A_FILE = 2_000

STEPS = {
    "tombstone": "what it is of",
    "index": "tombstone and index",
    "articles": "WARC records, rows",
    "days": "days",
    "search": "earlier versions of the tables, search index",
    "proof": "releases, proof",
}
"""The checkpoints by which time is told, and what has been done by then."""


def crawl_target(storage: Storage) -> None:
    """Have the article crawled, revised and copied."""
    body = Words(7).text(400)
    now = utc_now()
    for site, url, at, text in (
        ("situs1", URL, now, body),
        ("situs2", COPY, now + timedelta(hours=1), body),
        ("situs1", URL, now + timedelta(hours=7), f"{body} Ralat."),
    ):
        run = open_run(storage, site)
        look_at(run, url, text, at=at, date_published=now)
        finish(run)


def add_warc(storage: Storage, megabytes: int) -> int:
    """Add WARC files of so many megabytes; how many pages are in them."""
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


def cpu() -> float:
    """Seconds that this process and its children that have ended took."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def take_down(storage: Storage) -> TakenDown:
    """Take the article down, and state what each step took."""
    spent: dict[str, tuple[float, float]] = {}
    last = [time.perf_counter(), cpu()]

    def checkpoint(step: str) -> None:
        if step in STEPS and step not in spent:
            now = [time.perf_counter(), cpu()]
            spent[step] = (now[0] - last[0], now[1] - last[1])
            last[:] = now
            print(f"  {STEPS[step]:<48}{spent[step][0]:8.1f} s {spent[step][1]:8.1f} s CPU", flush=True)

    order = Order(Target(Scope.ARTICLE, [URL]), "benchmark", "benchmark", "benchmark")
    with Index.open(storage.index) as index:
        done = Takedown(storage, index, order, checkpoint=checkpoint).carry_out(datetime.now(UTC))
    before = [sum(value) for value in zip(*(times for step, times in spent.items() if step != "proof"), strict=True)]
    print(f"  {'all but the proof':<48}{before[0]:8.1f} s {before[1]:8.1f} s CPU")
    gigabytes = done.findings.proof.stored_bytes / 1e9
    wall, of_cpu = spent["proof"]
    print(f"  {'proof, for each GB':<48}{wall / gigabytes:8.1f} s {of_cpu / gigabytes:8.1f} s CPU")
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--warc-mb", type=int, default=500)
    parser.add_argument("--search", action="store_true", help="with a search index, which takes an hour to make")
    options = parser.parse_args()
    with scratch_archive("takedown") as storage:
        fill(storage, options.articles, options.articles // 10)
        pages = add_warc(storage, options.warc_mb)
        crawl_target(storage)
        renew_days(Corpus(storage), utc_now(), everything=True, progress=lambda _: None)
        if options.search:
            build(Corpus(storage), utc_now())
        what = f"{pages:,} pages in {options.warc_mb:,} MB of WARC files"
        print(f"one article among {options.articles:,}, {what}:", flush=True)
        done = take_down(storage)
        for line in done.lines:
            print(f"  {line}")
        if done.findings.failures:
            raise SystemExit("; ".join(done.findings.failures))


if __name__ == "__main__":
    main()
