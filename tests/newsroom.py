"""A whole newsroom for tests: the demo web, a bucket of its own, and crawls of it in processes like Airflow's."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from demo.server import DemoWeb
from local.seaweedfs import SeaweedFS

PROJECT = Path(__file__).parents[1]
SITES = ("nusakata", "kilasperanti", "majalahsirkuit")
TIMEOUT = 3  # seconds; the demo's slow pages take longer, its others some milliseconds


@dataclass(frozen=True)
class Newsroom:
    """`environment` is what a crawl's process gets; `folder` holds its home and reports."""

    web: DemoWeb
    environment: Mapping[str, str]
    folder: Path

    def start(self, command: str, *arguments: str, **settings: object) -> "subprocess.Popen[str]":
        """Start `scrapy <command>`; its report will be in `report(command's last word)`."""
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        options += ["-s", f"REPORT_FILE={self.folder / 'report.json'}"] if "REPORT_FILE" not in settings else []
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", command, *arguments, *options],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def crawl(self, *sites: str, **settings: object) -> dict[str, dict[str, Any]]:
        """Crawl sites side by side to their ends; their reports, by site."""
        reports = {site: self.folder / f"{site}.json" for site in sites}
        crawls = {}
        for site, report in reports.items():
            report.unlink(missing_ok=True)
            options = {"DOWNLOAD_TIMEOUT": TIMEOUT, "RETRY_TIMES": 0, "REPORT_FILE": report, **settings}
            crawls[site] = self.start("crawl", site, **options)
        logs = {site: crawl.communicate(timeout=240)[0] for site, crawl in crawls.items()}
        for site, report in reports.items():
            assert report.exists(), f"{site} left no report:\n{logs[site]}"
        return {site: json.loads(report.read_text(encoding="utf-8")) for site, report in reports.items()}

    def truth(self) -> dict[str, dict[str, Any]]:
        """What the demo web has published, by site: see `/_demo/truth.json`."""
        sites: dict[str, dict[str, Any]] = self._control("truth.json")["sites"]
        return sites

    def log(self) -> dict[str, Any]:
        return self._control("log.json")

    def forget_log(self) -> None:
        self._post("log/reset")

    def publish(self, edition: int) -> None:
        """Have the demo's newsrooms publish and edit."""
        self._post(f"edition/{edition}")

    def table(self, name: str) -> DeltaTable:
        options = {
            "AWS_ENDPOINT_URL": self.environment["AWS_ENDPOINT_URL"],
            "AWS_ACCESS_KEY_ID": self.environment["AWS_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": self.environment["AWS_SECRET_ACCESS_KEY"],
            "AWS_REGION": self.environment["AWS_REGION"],
            "AWS_ALLOW_HTTP": "true",
        }
        return DeltaTable(f"s3://{self.environment['KLIPING_BUCKET']}/tables/{name}", storage_options=options)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.table(name).to_pyarrow_table().to_pylist()

    def articles(self) -> dict[str, dict[str, Any]]:
        """The current articles by URL; fails where one URL stands twice."""
        rows = self.rows("articles")
        by_url = {row["url"]: row for row in rows}
        assert len(by_url) == len(rows), "a URL stands twice in articles"
        return by_url

    def _control(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web.port}/_demo/{path}", timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def _post(self, path: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.web.port}/_demo/{path}", method="POST")
        urllib.request.urlopen(request, timeout=60).close()


@contextmanager
def newsroom(folder: Path, seaweedfs: SeaweedFS, bucket: str, *, faults: bool = True) -> Iterator[Newsroom]:
    """A newsroom whose demo web is new and whose bucket is empty."""
    with DemoWeb(folder / "demo", faults=faults, slow_seconds=TIMEOUT + 2) as web:
        environment = {
            **seaweedfs.environment,
            "KLIPING_HOME": str(folder / "home"),
            "KLIPING_BUCKET": bucket,
            "KLIPING_DEMO_PORT": str(web.port),
        }
        yield Newsroom(web, environment, folder)
