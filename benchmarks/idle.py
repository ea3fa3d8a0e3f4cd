"""What a run costs that finds nothing new: its CPU beside that of importing libraries, requests, and what it leaves.

A demo site is crawled once, and again and again while it publishes nothing. The later runs are measured: CPU of all
their processes, their requests to the store, counted on the way there, and the objects that they leave in the bucket.
"""

import statistics
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.crawl import SITE, timed
from benchmarks.startup import AS_INSTALLED, LIBRARIES
from local.seaweedfs import SeaweedFS
from pipelines.archive.bucket import Bucket
from settings.storage import Storage
from tests.chaos.store_proxy import StoreProxy
from tests.newsroom import newsroom

ROUNDS = 5
"""Enough for a median that one slow round does not move."""


def imports() -> "subprocess.Popen[str]":
    """Start a process that imports LIBRARIES and ends."""
    return subprocess.Popen([sys.executable, "-c", LIBRARIES], encoding="utf-8", stdout=subprocess.PIPE)


def main() -> None:
    """Print the medians of the rounds, and the ratio of CPU to that of the imports."""
    asked: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="kliping-idle-") as folder,
        SeaweedFS(Path(folder) / "s3", dies_with_parent=True) as store,
        StoreProxy(store.url, seed=0) as proxy,
    ):
        place = Path(folder) / "room"
        place.mkdir()
        proxy.watch = lambda method, key, stage: asked.update([f"{method} {key}"] if stage == "asked" else [])
        with newsroom(place, store, f"bench-{uuid.uuid4().hex}", faults=False) as direct:
            storage = Storage.model_validate(
                {
                    "home": place,
                    "bucket": direct.environment["KLIPING_BUCKET"],
                    "endpoint_url": store.url,
                    "access_key_id": store.access_key,
                    "secret_access_key": store.secret_key,
                }
            )
            measured = {**direct.environment, "AWS_ENDPOINT_URL": proxy.url, "PYTHONPATH": str(AS_INSTALLED)}
            room = replace(direct, environment=measured)
            for _ in range(2):
                timed(partial(room.start, "crawl", SITE))
            before = set(Bucket(storage).list(""))
            rounds = []
            for number in range(ROUNDS):
                asked.clear()
                rounds.append((timed(partial(room.start, "crawl", SITE)).cpu, timed(imports).cpu, asked.total()))
                print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            left = set(Bucket(storage).list("")) - before
    cpu, libraries = (statistics.median(values) for values in list(zip(*rounds, strict=True))[:2])
    ratio = statistics.median(run / alone for run, alone, _ in rounds)
    requests = max(count for *_, count in rounds)
    print(f"CPU of a run that finds nothing new: {cpu:.2f} s, of importing the libraries it needs: {libraries:.2f} s")
    print(f"the first is {ratio:.1f} times the second; requests to the store: {requests} ({', '.join(sorted(asked))})")
    print(f"objects that {ROUNDS} such runs left: {len(left)}")


if __name__ == "__main__":
    main()
