"""What a seed has for itself: a web, an S3 server behind a proxy, a small disk, crawls in processes of their own."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.server import DemoWeb
from local.seaweedfs import REGION, SeaweedFS
from pipelines.archive.delivery import Delivery
from pipelines.index.database import Index
from settings.storage import Storage
from tests.chaos.store_proxy import StoreProxy
from tests.chaos.verdict import Announced, Archive, Findings
from tests.chaos.web import EDITIONS, OTHER, SITE, write_articles

PROJECT = Path(__file__).parents[2]
PROCESS = Path(__file__).parent / "process"
BUCKET = "kliping"

MAX_RUN_SECONDS = 900
"""A crawl of this web takes some seconds, and a minute where its store fails: what is longer hangs."""

DISK_BYTES = 64 << 20
"""Of the small disk: a spool and an index need 2 MB."""

MIN_FREE_MB = "8"
"""Of the small disk, as a crawl is told: by default it would want more than the whole of it."""

EVERY_SECONDS = ",".join(f"{step * 4 / 3600:.5f}" for step in range(1, 300))
"""Ages in hours, four seconds apart: what a fault has made fail is tried again after so long, not after an hour."""


@dataclass
class Crawl:
    """A crawl's process. `log` is its output; `report` the file that it leaves."""

    site: str
    process: "subprocess.Popen[bytes]"
    log: Path
    report: Path
    killed: bool = False

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.killed = True
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)


@dataclass
class World:
    """Everything of one seed. `crawls` are the runs so far, `findings` what they did wrong."""

    chance: random.Random
    folder: Path
    home: Path
    has_disk: bool
    store: SeaweedFS
    proxy: StoreProxy
    web: DemoWeb
    texts: dict[str, list[str]]
    findings: Findings = field(default_factory=Findings)
    edition: int = 1
    finished: list[tuple[str, str]] = field(default_factory=list)
    """The runs that said in their report that they came to their end: site and run id."""

    runs: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.store.environment,
            "AWS_ENDPOINT_URL": self.proxy.url,
            "KLIPING_BUCKET": BUCKET,
            "KLIPING_DEMO_PORT": str(self.web.port),
            "KLIPING_HOME": str(self.home),
            "KLIPING_MIN_FREE_MB": MIN_FREE_MB,
            "KLIPING_RETRY_HOURS": EVERY_SECONDS,
            "PYTHONPATH": str(PROCESS),
        }

    @property
    def archive(self) -> Archive:
        return Archive(self.store.environment, BUCKET)

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def index(self) -> Path:
        return self.home / "index.db"

    def start(self, site: str = SITE, **variables: str) -> Crawl:
        """Start a crawl; `variables` are added to its environment."""
        self.runs += 1
        name = f"run-{self.runs:02}-{site}"
        log, report = self.folder / f"{name}.log", self.folder / f"{name}.json"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scrapy", "crawl", site, "-s", f"REPORT_FILE={report}"],
                cwd=PROJECT,
                env={**os.environ, **self.environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return Crawl(site, process, log, report)

    def end(self, crawl: Crawl) -> dict[str, Any]:
        """Wait for a crawl's end; its report, empty where it was killed. What it did wrong is noted."""
        try:
            crawl.process.wait(MAX_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            self.findings.stopped.append(f"{crawl.log.name} did not end within {MAX_RUN_SECONDS:.0f} s")
            crawl.kill()
            crawl.process.wait()
        if "Traceback (most recent call last)" in crawl.log.read_text("utf-8", "replace"):
            self.findings.silent.append(f"{crawl.log.name} has a traceback")
        if not crawl.report.exists():
            if not crawl.killed and crawl.process.returncode != -signal.SIGKILL:
                self.findings.silent.append(f"{crawl.log.name} left no report, exit code {crawl.process.returncode}")
            return {}
        report: dict[str, Any] = json.loads(crawl.report.read_text("utf-8"))
        if report["finish_reason"] in ("finished", "shutdown"):
            self.finished.append((report["site"], report["run"]))
        return report

    def deliver_rows(self) -> None:
        """Deliver the rows of runs that found nothing new, which may wait for hours."""
        storage = Storage.model_validate(
            {
                "home": self.home,
                "bucket": BUCKET,
                "endpoint_url": self.store.url,
                "access_key_id": self.store.access_key,
                "secret_access_key": self.store.secret_key,
                "region": REGION,
            }
        )
        with Index.open(storage.index) as index:
            Delivery(storage, index).deliver_rows(storage.spool, [])

    def crawl(self, site: str = SITE, **variables: str) -> dict[str, Any]:
        """A whole crawl; its report."""
        return self.end(self.start(site, **variables))

    def rebuild_index(self) -> None:
        """What the sentence of an index that cannot be used asks the operator for."""
        self.runs += 1
        with (self.folder / f"run-{self.runs:02}-rebuild-index.log").open("wb") as output:
            subprocess.run(
                [sys.executable, "-m", "local", "rebuild-index"],
                cwd=PROJECT,
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=MAX_RUN_SECONDS,
            )

    def publish(self) -> None:
        """Have the newsrooms edit and publish, as long as they have something."""
        if self.edition < EDITIONS:
            self.edition += 1
            self._control(f"edition/{self.edition}", method="POST")

    def requests(self) -> int:
        """How many requests the web has answered."""
        return len(self._control("log.json")["requests"])

    def wait_for_requests(self, crawl: Crawl, count: int) -> None:
        """Until the web has answered `count` more requests, or the crawl has ended or hangs."""
        wanted, deadline = self.requests() + count, time.monotonic() + MAX_RUN_SECONDS
        while crawl.process.poll() is None and self.requests() < wanted and time.monotonic() < deadline:
            time.sleep(0.02)

    def announced(self, site: str) -> list[Announced]:
        """What the web announces now."""
        articles = self._control("truth.json")["sites"][site]["articles"]
        return [
            Announced(
                article["url"],
                article["headline"],
                self._texts_so_far(article["slug"], article["body"]),
                datetime.fromisoformat(article["date_modified"]),
                article["copy_of"] or self._copy_of(site, article["slug"]),
            )
            for article in articles
        ]

    def _texts_so_far(self, slug: str, now: str) -> list[str]:
        texts = self.texts.get(slug, [now])
        return texts[: texts.index(now) + 1]

    def _copy_of(self, site: str, slug: str) -> str | None:
        """The copy of an article that has one: which of the two is the original is the crawls' affair."""
        others = self._control("truth.json")["sites"][OTHER if site == SITE else SITE]["articles"]
        return next((other["url"] for other in others if other["slug"] == f"{slug}-lagi"), None)

    def _control(self, path: str, method: str = "GET") -> dict[str, Any]:
        request = urllib.request.Request(f"{self.web.control}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def world(seed: int, folder: Path) -> Iterator[World]:
    """The world of a seed; its logs stay in `folder`, the rest goes."""
    chance = random.Random(seed)
    home = folder / "home"
    home.mkdir(parents=True)
    has_disk = _mount(home)
    try:
        texts = write_articles(folder / "articles", chance)
        with (
            SeaweedFS(folder / "store", dies_with_parent=True) as store,
            DemoWeb(folder / "web", articles=folder / "articles", faults=False) as web,
            StoreProxy(store.url, seed) as proxy,
        ):
            yield World(chance, folder, home, has_disk, store, proxy, web, texts)
    finally:
        if has_disk:
            subprocess.run(["umount", "--lazy", home], check=True)


def _mount(home: Path) -> bool:
    """Put a small disk of its own below `home`; whether this process may."""
    disk = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(home)]
    return subprocess.run(disk, capture_output=True, check=False).returncode == 0
