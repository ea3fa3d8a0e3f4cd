"""What it costs to take one article down among many: `make bench-takedown`.

    python -m benchmarks.takedown --articles 1000000 --warc-mb 500

The archive is `benchmarks.large_archive`'s, without a search index: `make bench-archive` takes down with one. The
article itself was crawled, revised and copied by another site. Each step is stated with its wall and CPU time
(children's included), the proof with its time for a GB as it lies in the bucket.
"""

import argparse
import resource
import time
from datetime import UTC, datetime, timedelta

from benchmarks.large_archive import Words, add_warc, fill
from benchmarks.scratch_archive import scratch_archive
from pipelines.archive.maintenance.daily_upkeep import renew_days
from pipelines.archive.tables import Corpus
from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown.takedown import Takedown, TakenDown
from pipelines.archive.takedown_scope import Scope
from pipelines.index.database import Index
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import finish, look_at, open_run

URL = "https://situs1.example/diturunkan"
COPY = "https://situs2.example/salinan"

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
    options = parser.parse_args()
    with scratch_archive("takedown") as storage:
        fill(storage, options.articles, options.articles // 10)
        pages = add_warc(storage, options.warc_mb)
        crawl_target(storage)
        renew_days(Corpus(storage), utc_now(), everything=True, progress=lambda _: None)
        what = f"{pages:,} pages in {options.warc_mb:,} MB of WARC files"
        print(f"one article among {options.articles:,}, {what}:", flush=True)
        done = take_down(storage)
        for line in done.lines:
            print(f"  {line}")
        if done.findings.failures:
            raise SystemExit("; ".join(done.findings.failures))


if __name__ == "__main__":
    main()
