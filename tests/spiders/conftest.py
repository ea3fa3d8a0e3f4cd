"""Runs spiders for real, in one Scrapy process for the whole session: a reactor in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor

from pipelines.cleaning.worker import CleaningWorker
from pipelines.index.database import Index, IndexUpdate, SourceState, Status, UrlRecord
from pipelines.index.fingerprints import article_id
from pipelines.run.extension import run_extension
from pipelines.visit import Outcome, Visit
from settings import crawl as crawl_settings
from settings import scrapy as scrapy_settings
from settings import storage as storage_settings
from settings.storage import Storage
from spiders.guard import GuardedResolver
from spiders.loader import spider_of
from spiders.site import Site
from spiders.spider import NewsSpider
from tests.spiders.web import Web


@pytest.fixture(scope="session")
def reactor() -> Iterator[Any]:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    GuardedResolver(reactor).install_on_reactor()
    running: Any = reactor  # the module stands in for the reactor itself, which its types do not say
    thread = threading.Thread(target=running.run, kwargs={"installSignalHandlers": False}, daemon=True)
    thread.start()
    yield running
    running.callFromThread(running.stop)
    thread.join(10)


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


class SharedWorker(CleaningWorker):
    """One child process for all crawls of the session: to start one takes longer than most tests."""

    def close(self) -> None:
        """It outlives the crawl."""

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def shared_worker() -> Iterator[CleaningWorker]:
    worker = SharedWorker()
    yield worker
    worker.end()


class Collector:
    """The stages' stand-in for tests of fetching alone: collects, and records as archived what has pages."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.visits: list[Visit] = []
        crawler.visits = self.visits  # type: ignore[attr-defined]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Collector":
        return cls(crawler)

    def process_item(self, item: Visit) -> Visit:
        self.visits.append(item)
        if item.outcome is None:
            item.end(Outcome.ARCHIVED)
        run_extension(self.crawler).opened_run.record(item, None)
        return item


@dataclass
class Crawled:
    """What a crawl came to."""

    spider: NewsSpider
    visits: list[Visit]
    reason: str

    @property
    def outcomes(self) -> dict[str, str]:
        return {visit.announcement.url: str(visit.outcome) for visit in self.visits}

    def visit(self, url: str) -> Visit:
        (visit,) = (visit for visit in self.visits if visit.announcement.url == url)
        return visit


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh KLIPING_HOME, read by everything that asks for settings."""
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path))
    monkeypatch.delenv("KLIPING_CONTACT", raising=False)
    storage_settings.storage.cache_clear()
    crawl_settings.crawl.cache_clear()
    yield tmp_path
    storage_settings.storage.cache_clear()
    crawl_settings.crawl.cache_clear()


@pytest.fixture
def index(home: Path) -> Iterator[Index]:
    """The index that the crawls of this test use."""
    with Index.open(f"sqlite:///{home / 'index.db'}") as index:
        yield index


@pytest.fixture
def crawl(reactor: Any, index: Index, shared_worker: CleaningWorker) -> Callable[..., Crawled]:  # noqa: ARG001 - the index is there before the crawl
    """Run a spider to its end: `crawl(site, settings={...}, since=...)`."""

    def run(site: Site | type[Spider], settings: dict[str, Any] | None = None, **arguments: Any) -> Crawled:
        done = threading.Event()
        result: dict[str, Any] = {}
        base = Settings()
        base.setmodule(scrapy_settings)
        base.update(
            {
                "ITEM_PIPELINES": {Collector: 1},
                "DOWNLOAD_DELAY": 0.02,
                "AUTOTHROTTLE_START_DELAY": 0.02,
                "BACK_OFF_SECONDS": 0.1,
                "LOG_LEVEL": "DEBUG",
                **(settings or {}),
            },
            priority="cmdline",
        )
        arguments.setdefault("dry_run", True)

        def begin() -> None:
            runner = AsyncCrawlerRunner(base)
            spider: Any = spider_of(site) if isinstance(site, Site) else site
            own = type(spider.__name__, (spider,), {"open_worker": lambda _spider: shared_worker})
            crawler = runner.create_crawler(own)
            crawler.signals.connect(lambda reason: result.update(reason=reason), signals.spider_closed, weak=False)

            def end(task: asyncio.Future[None]) -> None:
                result.update(error=task.exception(), crawler=crawler)
                done.set()

            asyncio.ensure_future(runner.crawl(crawler, **arguments)).add_done_callback(end)

        reactor.callFromThread(begin)
        assert done.wait(120), "the crawl does not end"
        if result["error"]:
            raise result["error"]
        crawler = result["crawler"]
        return Crawled(crawler.spider, getattr(crawler, "visits", []), result["reason"])

    return run


@pytest.fixture
def run(crawl: Callable[..., Crawled], storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Crawled]:
    """Run a spider with its real stages against the test's own bucket: `run(site, url=...)`."""
    assert storage.endpoint_url
    assert storage.access_key_id
    assert storage.secret_access_key
    monkeypatch.setenv("AWS_ENDPOINT_URL", storage.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", storage.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", storage.secret_access_key.get_secret_value())
    monkeypatch.setenv("KLIPING_BUCKET", storage.bucket)
    storage_settings.storage.cache_clear()

    def run(site: Site | type[Spider], settings: dict[str, Any] | None = None, **arguments: Any) -> Crawled:
        stages = {"ITEM_PIPELINES": scrapy_settings.ITEM_PIPELINES, **(settings or {})}
        return crawl(site, settings=stages, dry_run=False, **arguments)

    return run


@pytest.fixture
def site(web: Web) -> Callable[..., Site]:
    """A site of the test web, whose articles are /read/NUMBER/SLUG; keywords state the rest."""

    def make(**stated: Any) -> Site:
        return Site(
            **{
                "name": "site",
                "title": "Situs",
                "home": web.url("/"),
                "article_url": r"/read/\d+/",
                "loopback": True,
                **stated,
            }
        )

    return make


def seen(url: str, at: datetime, **known: Any) -> IndexUpdate:
    """An index entry for an article archived at `at`."""
    fields = {"site": "site", "status": Status.ARCHIVED, "first_fetched_at": at, "last_fetched_at": at, **known}
    return IndexUpdate(UrlRecord(url, article_id(url), **fields))


def source_state(url: str, at: datetime, etag: str) -> SourceState:
    return SourceState(url, etag, None, at, at)
