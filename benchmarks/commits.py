"""What a run's commit costs after many earlier ones into the same month of its site: requests to the store, and CPU.

The earlier commits and the measured one go through the project's own code into a SeaweedFS. The measured one is of a
run in a process of its own, three new articles and the run's row, and its requests are counted on the way to the store.
Thousands of earlier commits are entered in the logs alone, without their data files: an append reads none.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import process_time

from local.seaweedfs import REGION, SeaweedFS
from pipelines.archive.bucket import Bucket
from pipelines.archive.bucket_identity import committed_versions
from pipelines.archive.log_entry import entry_key
from pipelines.archive.rows import run_row
from pipelines.archive.schema import ARTICLES, RUNS, VISITS
from pipelines.archive.tables import CHECKPOINT_INTERVAL, Corpus
from pipelines.index.database import Index
from pipelines.run.crawl_run import CrawlRun
from settings.storage import Storage
from tests.archive.invented import NOON, environment_of, look_at, open_run, text
from tests.chaos.store_proxy import StoreProxy
from tests.newsroom import PROJECT

SITE = "kabarteknik"
ARTICLES_PER_COMMIT = 3
MADE_COMMITS = (1, 100)
ENTERED_COMMITS = (500, 5_000)
ROUNDS = CHECKPOINT_INTERVAL
"""Commits measured at each count, of which one makes the tables' checkpoints; their mean is told."""

STAGES = ("opening the run", "its articles and row")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one stage: requests by method, and seconds of CPU."""

    requests: Counter[str]
    cpu: float


def look_at_news(run: CrawlRun, first: int) -> None:
    """Have the run find so many new articles, of which the first has this number."""
    for number in range(first, first + ARTICLES_PER_COMMIT):
        look_at(run, f"http://{SITE}.example/{number}", text(number), at=NOON + timedelta(seconds=number))


def fill(storage: Storage, done: int, wanted: int) -> None:
    """Bring the number of commits to `articles` and to `runs` from `done` to `wanted`, by one run."""
    run, corpus = open_run(storage, SITE), Corpus(storage)
    for number in range(done, wanted):
        look_at_news(run, number * ARTICLES_PER_COMMIT)
        run.seal()
        run.deliver()
        corpus.add(RUNS, run_row(replace(run.report("finished"), run=f"earlier-{number}")))
    run.abandon()


def enter(storage: Storage, files: int) -> None:
    """Enter so many data files more in the log of each table that a run appends to, in the place of its newest one."""
    corpus, bucket = Corpus(storage), Bucket(storage)
    for table in (ARTICLES, VISITS, RUNS):
        delta = corpus.open(table)
        actions = [json.loads(line) for line in bucket.get(entry_key(table.name, delta.version())).splitlines()]
        [add] = [action["add"] for action in actions if "add" in action]
        entered = [{"add": add | {"path": add["path"].replace("part-", f"part-{number}-")}} for number in range(files)]
        others = [action for action in actions if "commitInfo" in action]
        bucket.create(
            entry_key(table.name, delta.version() + 1), "\n".join(map(json.dumps, [*others, *entered])).encode()
        )
        corpus.open(table).create_checkpoint()
    with Index.open(storage.index) as index:
        index.note_versions(committed_versions(corpus))
        index.note_whole({ARTICLES.name: corpus.version(ARTICLES)})


def measure(storage: Storage, number: int) -> None:
    """Do the measured run in this process, which says the CPU of each stage and waits to be asked for the next."""
    text(0)
    sys.stdin.readline()
    began = process_time()
    run = open_run(storage, SITE)
    print(process_time() - began, flush=True)
    look_at_news(run, number * ARTICLES_PER_COMMIT)
    sys.stdin.readline()
    began = process_time()
    report = run.finish(run.report("finished"))
    print(process_time() - began, flush=True)
    if report.waiting:
        raise SystemExit("the commit did not come through")


def measured(storage: Storage, proxy: StoreProxy, number: int) -> list[Cost]:
    """The cost of each of the STAGES of one run."""
    asked: Counter[str] = Counter()
    proxy.watch = lambda method, _, stage: asked.update([method] if stage == "asked" else [])
    through = storage.model_copy(update={"endpoint_url": proxy.url})
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.commits", str(number)],
        cwd=PROJECT,
        env=environment_of(through),
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    costs = []
    for _ in STAGES:
        asked.clear()
        print(file=process.stdin, flush=True)
        cpu = float(process.stdout.readline())
        costs.append(Cost(asked.copy(), cpu))
    if process.wait():
        raise SystemExit("a measured run failed")
    return costs


def told(earlier: int, stage: str, costs: Sequence[Cost]) -> str:
    """One line for a stage."""
    total = sum((cost.requests for cost in costs), Counter[str]())
    methods = ", ".join(f"{count / len(costs):.0f} {method}" for method, count in sorted(total.items()))
    most = max(cost.requests["GET"] for cost in costs)
    cpu = statistics.median(cost.cpu for cost in costs)
    return (
        f"{earlier:6} earlier: {stage:22} {total.total() / len(costs):5.0f} requests ({methods}; {most} GET at most), "
        f"{cpu:.3f} s CPU"
    )


def main() -> None:
    """Print a line for each stage at each number of earlier commits."""
    with (
        tempfile.TemporaryDirectory(prefix="kliping-commits-") as folder,
        SeaweedFS(Path(folder) / "s3", dies_with_parent=True) as store,
        StoreProxy(store.url, seed=0) as proxy,
    ):
        storage = Storage(
            home=Path(folder) / "home",
            bucket=f"bench-{uuid.uuid4().hex}",
            endpoint_url=store.url,
            access_key_id=store.access_key,
            secret_access_key=store.secret_key,
            region=REGION,
        )
        done = 0
        for count in (*MADE_COMMITS, *ENTERED_COMMITS):
            if count in MADE_COMMITS:
                fill(storage, done, count)
            else:
                enter(storage, count - done)
                measured(storage, proxy, count)  # takes stock of what is new in the bucket
            rounds = [measured(storage, proxy, count + number) for number in range(1, ROUNDS + 1)]
            done = count + ROUNDS + 1
            for stage, costs in zip(STAGES, zip(*rounds, strict=True), strict=True):
                print(told(count, stage, costs), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].isdigit():
        measure(Storage(), int(sys.argv[1]))
    else:
        main()
