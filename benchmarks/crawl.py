"""What the archive costs: a crawl of the demo web with every stage, beside plain Scrapy on the same pages.

Both fetch the same articles with the same pauses, one after the other and in turns, so that the machine's moods fall
on both. CPU time is that of the crawl's processes, the cleaning child included; the S3 server's is its own.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from local.seaweedfs import SeaweedFS
from tests.newsroom import PROJECT, newsroom

SITE = "nusakata"
SPIDER = Path(__file__).with_name("plain_spider.py")
ROUNDS = 5
"""Enough for a median that one slow round does not move."""

VARIANTS = ("every stage", "plain Scrapy")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one crawl: seconds on the clock, seconds of CPU."""

    wall: float
    cpu: float


def timed(command: Callable[[], "subprocess.Popen[str]"]) -> Cost:
    """The cost of a crawl to its end. Raises SystemExit where it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), monotonic()
    process = command()
    said, _ = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"a crawl ended with exit code {process.returncode}:\n{said}")
    return Cost(monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def plain(urls: Path) -> "subprocess.Popen[str]":
    """Start plain Scrapy on the URLs that the file lists, outside the project and its settings."""
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "runspider", str(SPIDER), "-a", f"urls={urls}"],
        cwd=urls.parent,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def measured(folder: Path) -> dict[str, Sequence[Cost]]:
    """The costs of each variant, round by round; every round has a bucket and a web of its own."""
    costs: dict[str, list[Cost]] = {name: [] for name in VARIANTS}
    with SeaweedFS(folder / "s3", dies_with_parent=True) as store:
        for number in range(ROUNDS):
            place = folder / f"{number}"
            place.mkdir()
            with newsroom(place, store, f"bench-{uuid.uuid4().hex}", faults=False) as room:
                urls = place / "urls.json"
                urls.write_text(
                    json.dumps([article["url"] for article in room.truth()[SITE]["articles"]]), encoding="utf-8"
                )
                costs["every stage"].append(timed(partial(room.start, "crawl", SITE)))
                costs["plain Scrapy"].append(timed(partial(plain, urls)))
                articles = len(json.loads(urls.read_text(encoding="utf-8")))
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
    print(f"a crawl of {articles} articles, median of {ROUNDS} rounds on {os.cpu_count()} cores")
    return dict(costs)


def main() -> None:
    """Print a row for each variant, and the ratio."""
    with tempfile.TemporaryDirectory(prefix="kliping-bench-") as folder:
        costs = measured(Path(folder))
    medians = {}
    for name, rounds in costs.items():
        medians[name] = Cost(statistics.median(c.wall for c in rounds), statistics.median(c.cpu for c in rounds))
        print(f"{name:12} {medians[name].wall:6.2f} s wall {medians[name].cpu:6.2f} s CPU")
    whole, alone = (medians[name] for name in VARIANTS)
    print(f"{'ratio':12} {whole.wall / alone.wall:6.2f}        {whole.cpu / alone.cpu:6.2f}")


if __name__ == "__main__":
    main()
