"""What is wrong with a site: robots.txt, each source and a few articles, looked at politely and held against what is
expected of it.

An examination reads and keeps nothing: no archive, no index, no captures. It goes the road of a crawl, through the same
reader of sources and taker of articles, guard, robots.txt and pauses, so that what it sees is what a crawl would see.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Any

from pipelines.article import Rejection
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from pipelines.run.refusal import Refusal
from pipelines.visit import Announcement, Outcome
from settings.clock import utc_now
from spiders.article_fetch import ArticleFetch, first_address
from spiders.canonical import origin_of
from spiders.download_errors import outcome_of, reason
from spiders.expect import Expect
from spiders.fetch import ExaminingSpider, SiteSpider
from spiders.permission import check_exclusion, check_permission, why_excluded
from spiders.politeness import RobotsMiddleware
from spiders.site import Site
from spiders.sources.entries import newest_first
from spiders.sources.reader import Scope, SourceReading, Sources
from spiders.tdm_file import TdmFiles

SAMPLE_ARTICLES = 3
"""Articles looked at: enough to tell a changed layout from one odd page, few enough to be no burden."""

EXPECTED_FIELDS = ("body", "date_published", "author", "image")
"""Fields of an article that a site may state expectations of."""

ARTICLE = "article"
"""Verdict on a sample that is an article; the others are outcomes of visits and reasons of rejections."""


@dataclass(frozen=True, slots=True)
class RobotsFinding:
    """What the robots.txt of one origin says to us: `crawl_delay` in seconds, and which of the site's sources it has
    `denied`.

    `trouble` says why it could not be read, which denies everything.
    """

    origin: str
    crawl_delay: float = 0.0
    denied: tuple[str, ...] = ()
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """What one source gave: `items` pages named, `articles` of them by `article_url`, and the `newest` of these.

    `status` is the HTTP status, None where there was no answer; `trouble` says why it could not be read.
    """

    via: str
    url: str
    status: int | None = None
    items: int = 0
    articles: int = 0
    newest: datetime | None = None
    trouble: str | None = None

    @property
    def share(self) -> float:
        """Share of the pages named that are articles, 0 where none are named."""
        return self.articles / self.items if self.items else 0.0


@dataclass(frozen=True, slots=True)
class SampleFinding:
    """What became of one article: ARTICLE with the fields that were `filled`, or why it is none, and the `detail`."""

    url: str
    verdict: str
    detail: str = ""
    headline: str | None = None
    date_published: datetime | None = None
    words: int = 0
    filled: tuple[str, ...] = ()
    one_page: bool | None = None
    """Whether the one-page form answered; None where the site has none."""

    pages: int = 0
    """Pages that the article was fetched as."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One site's examination: `failures` are what is wrong, `warnings` what an operator may want to look at."""

    site: str
    title: str
    examined_at: datetime
    robots: tuple[RobotsFinding, ...] = ()
    sources: tuple[SourceFinding, ...] = ()
    samples: tuple[SampleFinding, ...] = ()
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        return not self.failures

    @property
    def newest(self) -> datetime | None:
        """Date of the newest article that a source or a sample states."""
        return _newest(self.sources, self.samples)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: dates in ISO 8601, `healthy` and each source's `share` included."""
        plain: dict[str, Any] = _plain(asdict(self))
        for stated, source in zip(plain["sources"], self.sources, strict=True):
            stated["share"] = round(source.share, 3)
        return {**plain, "healthy": self.healthy, "newest": _plain(self.newest)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def judge(
    expect: Expect, sources: Sequence[SourceFinding], samples: Sequence[SampleFinding], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with a site, and what may be, one sentence each: (failures, warnings).

    One source that fails is a warning as long as another names articles. A sample that lacks a field is one as well,
    until more lack it than the site's expectations leave room for.
    """
    failures: list[str] = []
    warnings: list[str] = []
    readable = [source for source in sources if not source.trouble]
    if not readable:
        first = next((f"; the first: {source.url}: {source.trouble}" for source in sources), "")
        failures.append(f"none of {len(sources)} sources could be read{first}")
    elif not any(source.articles for source in readable):
        named = sum(source.items for source in readable)
        failures.append(f"the sources name {named} pages, none of them an article by the site's article_url")
    else:
        warnings += [f"{source.url}: {source.trouble}" for source in sources if source.trouble]
        warnings += [
            f"{source.url} names {source.items} pages, none of them an article"
            for source in readable
            if not source.articles
        ]
        failures += _stale(expect, sources, samples, now)
    for is_failure, sentence in _unfilled(expect, samples):
        (failures if is_failure else warnings).append(sentence)
    if any(sample.one_page is False for sample in samples):
        warnings.append("the one-page form of articles does not answer, their plain address does")
    return tuple(failures), tuple(warnings)


def _stale(
    expect: Expect, sources: Sequence[SourceFinding], samples: Sequence[SampleFinding], now: datetime
) -> Iterator[str]:
    newest = _newest(sources, samples)
    if newest and expect.freshness and now - newest > timedelta(days=expect.freshness):
        yield f"the newest article is of {newest:%Y-%m-%d}, {(now - newest).days} days old"


def _newest(sources: Sequence[SourceFinding], samples: Sequence[SampleFinding]) -> datetime | None:
    dates = chain((source.newest for source in sources), (sample.date_published for sample in samples))
    return max(filter(None, dates), default=None)


def _unfilled(expect: Expect, samples: Sequence[SampleFinding]) -> Iterator[tuple[bool, str]]:
    """(whether it is a failure, sentence) for each field that samples lack."""
    articles = [sample for sample in samples if sample.verdict == ARTICLE]
    texts = [sample for sample in samples if "body" in sample.filled]
    if samples and not articles:
        yield True, f"none of {len(samples)} sample articles could be read; the first: {samples[0].detail}"
        return
    for of, name, words, least in (
        (samples, "body", "gave a text", expect.body),
        (texts, "date_published", "state a date of publication", expect.published_at),
        (articles, "author", "have an author", expect.author),
        (articles, "image", "have an image", expect.image),
    ):
        have = sum(name in sample.filled for sample in of)
        if least is None or have == len(of):
            continue
        why = next((f" ({sample.url}: {sample.detail})" for sample in of if sample.detail), "")
        room = math.ceil((1 - least) * len(of))
        yield have < len(of) - room, f"only {have} of {len(of)} samples {words}{why}"


def round_robin(of_sources: Sequence[Iterable[str]], size: int) -> list[str]:
    """`size` distinct URLs, taken from the sources in turn, so that each source's word is tried."""
    turns = chain.from_iterable(zip_longest(*of_sources))
    return list(dict.fromkeys(url for url in turns if url))[:size]


class Doctor(ExaminingSpider, SiteSpider):
    """Examines one `site`, `samples` articles of it, for its Diagnosis."""

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        worker: CleaningWorker,
        on_result: Callable[[Diagnosis], None],
        samples: int = SAMPLE_ARTICLES,
    ) -> None:
        super().__init__(name, on_result)
        self.site = site
        self.worker = worker
        self.samples = samples

    async def examine(self) -> Diagnosis:
        """The site's diagnosis, now."""
        now = utc_now()
        site = self.site
        try:
            check_exclusion(site.home, site.title)
            check_permission(site)
        except Refusal as refusal:
            return Diagnosis(site.name, site.title, now, failures=(str(refusal),))
        doubts: list[str] = []
        round_of_sources = Sources(site, self.fetch, self.read_document, now, doubts.append, Scope(is_sample=True))
        readings = await round_of_sources.readings()
        sources = tuple(_finding(reading) for reading in readings)
        robots = await self._robots([source.url for source in sources])
        articles = [sorted(reading.announcements, key=newest_first) for reading in readings]
        stated = {announcement.url: announcement for of_source in articles for announcement in of_source}
        wanted = [[found.url for found in of_source if not why_excluded(found.url)] for of_source in articles]
        chosen = round_robin(wanted, self.samples)
        taker = ArticleFetch(
            self.fetch,
            self.read_page,
            doubts.append,
            self.settings.getint("DOWNLOAD_MAXSIZE"),
            TdmFiles(self.fetch, doubts.append),
        )
        samples = tuple([await self._sample(taker, stated[url], now) for url in chosen])
        failures, warnings = judge(site.expect, sources, samples, now)
        return Diagnosis(site.name, site.title, now, robots, sources, samples, failures, (*warnings, *doubts))

    async def _robots(self, urls: Sequence[str]) -> tuple[RobotsFinding, ...]:
        middleware = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if middleware is None:
            raise RuntimeError("robots.txt is not read: RobotsMiddleware is switched off")
        findings = []
        for origin in dict.fromkeys(origin_of(url) for url in (self.site.home, *urls)):
            robots = await middleware.robots(origin)
            denied = tuple(url for url in urls if origin_of(url) == origin and robots.denial(url))
            findings.append(RobotsFinding(origin, robots.crawl_delay, denied, robots.refusal))
        return tuple(findings)

    async def _sample(self, taker: ArticleFetch, announcement: Announcement, now: datetime) -> SampleFinding:
        url = announcement.url
        has_one_page = first_address(self.site, url) != url
        try:
            article = await taker.fetch(self.site, url)
            one_page = url not in article.asked[1:] if has_one_page else None
            if article.outcome:
                return SampleFinding(url, article.outcome, article.detail, one_page=one_page)
            pages = [answer.page() for answer in article.answers]
            hints = self.site.dated(announcement).hints(now)
            rules = self.site.cleaning_rules()
            cleaned = await asyncio.wrap_future(self.worker.clean(pages, article.url, rules, hints))
        except CleaningError as error:
            return SampleFinding(url, Outcome.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an article is what we are here to tell
            return SampleFinding(url, outcome_of(error), reason(error))
        if isinstance(cleaned, Rejection):
            return SampleFinding(url, cleaned.reason, cleaned.detail, one_page=one_page)
        return SampleFinding(
            url,
            ARTICLE,
            headline=cleaned.headline,
            date_published=cleaned.date_published,
            words=cleaned.word_count,
            filled=tuple(cleaned.filled(EXPECTED_FIELDS)),
            one_page=one_page,
            pages=len(pages),
        )


def _finding(reading: SourceReading) -> SourceFinding:
    """What an examination says of a source."""
    dates = [date for a in reading.announcements if (date := a.date_published or a.date_modified)]
    return SourceFinding(
        via=reading.kind.name,
        url=reading.asked[0] if reading.asked else reading.url,
        status=reading.status,
        items=len(reading.entries),
        articles=len({announcement.url for announcement in reading.announcements}),
        newest=max(dates, default=None),
        trouble=reading.trouble,
    )
