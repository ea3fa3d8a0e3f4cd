"""`make bench-pages`: CPU for each page, pages in a second, and memory, of Kliping and of what it is held against.

Sites of an invented web are crawled, two at a time, by a process each. Kliping finds the pages itself, by the sites'
sitemaps; the others are told their addresses. CPU is that of all processes of a crawl; that of web and store is not
counted. What a page costs without the start is the difference of many pages and few.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import psutil
from lxml import etree

from benchmarks.startup import AS_INSTALLED
from benchmarks.whole_crawl.web import ARTICLE_URL, site_name
from local.seaweedfs import SeaweedFS
from tests.newsroom import PROJECT

CORES = 2
"""Crawls at a time."""

FEW_PAGES = 10
"""Of the crawl that costs little beside its start."""

DELAY_SECONDS = 0.01
"""Between two requests to a site, of all that are measured; less than any of them takes for a page."""

PEERS = PROJECT / ".peers"
"""What the others need and Kliping does not; see the Makefile."""

Start = Callable[[str, int, Path], "subprocess.Popen[str]"]
"""Starts a crawl of a site: its name, of how many of its pages, in which folder."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the crawls of some sites: seconds of CPU, seconds on the clock, and the most memory of any process in MB."""

    cpu: float
    wall: float
    memory: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The web's port, the store, and its bucket."""

    port: int
    store: SeaweedFS
    bucket: str

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
        return {**kept, **self.store.environment, "KLIPING_BUCKET": self.bucket}

    def addresses(self, site: str, pages: int) -> list[str]:
        """The first articles of a site, as its sitemap has them."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/news.xml", headers={"Host": f"{site}.localhost"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            sitemap = etree.fromstring(gzip.decompress(answer.read()))
        return [str(loc.text) for loc in sitemap.iter("{*}loc")][:pages]


def write_sites(folder: Path, sites: Sequence[str], port: int) -> None:
    """A package with a file for each site, as `spiders.sites` is one."""
    package = folder / "surat_sites"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in sites:
        home = f"http://{name}.localhost:{port}/"
        (package / f"{name}.py").write_text(
            "from spiders.site import Site\n\n\n"
            f"class {name.capitalize()}(Site):\n"
            f"    name, title, home, loopback = {name!r}, 'Surat', {home!r}, True\n"
            f"    news_sitemaps, article_url = [{home + 'news.xml'!r}], {ARTICLE_URL!r}\n",
            encoding="utf-8",
        )


def kliping(around: Surroundings, packages: Path) -> Start:
    """Crawls as Airflow has them."""

    def start(site: str, pages: int, folder: Path) -> "subprocess.Popen[str]":
        settings = {
            "SPIDER_MODULES": "surat_sites",
            "VISITS_PER_RUN": pages,
            "DOWNLOAD_DELAY": DELAY_SECONDS,
            "AUTOTHROTTLE_ENABLED": 0,
        }
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        paths = f"{packages}:{AS_INSTALLED}"
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", site, *options],
            cwd=PROJECT,
            env={
                **around.environment,
                "KLIPING_HOME": str(folder / "home"),
                "KLIPING_BUCKET": f"{around.bucket}-{pages}",  # an index knows one bucket, and each folder has an index
                "PYTHONPATH": paths,
            },
            encoding="utf-8",
            stdout=subprocess.DEVNULL,
            stderr=(folder / f"{site}.log").open("w"),
        )

    return start


def rival(around: Surroundings, spider: str) -> Start:
    """Crawls by a spider of `rivals`."""

    def start(site: str, pages: int, folder: Path) -> "subprocess.Popen[str]":
        urls = folder / f"{site}.json"
        urls.write_text(json.dumps(around.addresses(site, pages)), encoding="utf-8")
        program = (
            "from scrapy.crawler import CrawlerProcess; from benchmarks.whole_crawl import rivals; "
            f"process = CrawlerProcess(); process.crawl(rivals.{spider}, urls={str(urls)!r}); process.start()"
        )
        return subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=folder,
            env={**around.environment, "PYTHONPATH": f"{PROJECT}:{AS_INSTALLED}:{PEERS}"},
            encoding="utf-8",
            stdout=subprocess.DEVNULL,
            stderr=(folder / f"{site}.log").open("w"),
        )

    return start


def crawled(start: Start, sites: Sequence[str], pages: int, folder: Path) -> Cost:
    """What it costs to crawl so many pages of each site, CORES sites at a time."""
    memory = [0.0]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()

    def crawl(site: str) -> None:
        process = start(site, pages, folder)
        with _watched(process, memory):
            if process.wait():
                raise SystemExit(f"the crawl of {site} failed:\n{(folder / f'{site}.log').read_text()[-2000:]}")

    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(crawl, sites))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - began, memory[0])


@contextmanager
def _watched(process: "subprocess.Popen[str]", memory: list[float]) -> Iterator[None]:
    """Note the most memory that any process of a crawl takes, looked at once a second."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(1):
            try:
                crawl = psutil.Process(process.pid)
                memory[0] = max(
                    memory[0], *(p.memory_info().rss / 2**20 for p in (crawl, *crawl.children(recursive=True)))
                )
            except psutil.NoSuchProcess:
                continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


@contextmanager
def web(sites: int, pages: int, saved: str | None = None) -> Iterator[int]:
    """A running web, of the pages in the folder `saved` where it is given; its port."""
    command = [sys.executable, "-m", "benchmarks.whole_crawl.web", str(sites), str(pages), *([saved] if saved else [])]
    process = subprocess.Popen(command, cwd=PROJECT, encoding="utf-8", stdout=subprocess.PIPE)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def told(name: str, few: Cost, many: Cost, pages: int, crawls: int) -> str:
    """One line for what was measured."""
    whole = many.cpu / (pages * crawls)
    without = (many.cpu - few.cpu) / ((pages - FEW_PAGES) * crawls)
    speed = pages * crawls / many.wall
    return (
        f"{name:24} {whole * 1000:7.1f} ms of CPU a page, {without * 1000:7.1f} without the start, "
        f"{speed:6.1f} pages/s, {many.memory:4.0f} MB at most"
    )


def main() -> None:
    """Print a line for each of what is measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", type=int, default=4)
    parser.add_argument("--pages", type=int, default=500, help="of each site")
    parser.add_argument("--saved", help="folder of saved pages, in place of the invented ones")
    parser.add_argument("--only", help="names, separated by commas")
    options = parser.parse_args()
    sites = [site_name(number) for number in range(options.sites)]
    with (
        tempfile.TemporaryDirectory(prefix="kliping-pages-") as place,
        SeaweedFS(Path(place) / "s3", dies_with_parent=True) as store,
        web(options.sites, options.pages, options.saved) as port,
    ):
        write_sites(Path(place), sites, port)
        around = Surroundings(port, store, f"bench-{uuid.uuid4().hex}")
        boto3.client(
            "s3",
            endpoint_url=store.url,
            aws_access_key_id=store.access_key,
            aws_secret_access_key=store.secret_key,
            region_name="us-east-1",
        ).create_bucket(Bucket=around.bucket)
        starts: Mapping[str, Start] = {
            "kliping": kliping(around, Path(place)),
            "scrapy+trafilatura": rival(around, "ToFile"),
            "plain archive": rival(around, "Archiving"),
        }
        for name in options.only.split(",") if options.only else starts:
            costs = []
            for pages in (FEW_PAGES, options.pages):
                folder = Path(place) / f"{name}-{pages}"
                folder.mkdir()
                costs.append(crawled(starts[name], sites, pages, folder))
                print(f"{name}: {pages} pages of each site", file=sys.stderr)
            few, many = costs
            print(told(name, few, many, options.pages, len(sites)), flush=True)


if __name__ == "__main__":
    main()
