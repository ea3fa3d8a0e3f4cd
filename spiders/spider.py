"""NewsSpider: the one Scrapy spider that crawls any `Site`.

A run asks the site's sources which articles exist, judges each by the index, and looks at those that are new or due.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy.exceptions import CloseSpider

from pipelines.archive.warc_reader import Captures, warc_files
from pipelines.index.database import IndexUnavailable
from pipelines.index.records import RevisitSchedule, UrlRecord, is_due
from pipelines.run.crawl_run import ROBOTS_OBEYED, CrawlRun
from pipelines.run.refusal import REFUSAL_REASONS, Refusal
from pipelines.visit import GOOD_OUTCOMES, VIA_REQUEST, VIA_REVISIT, Announcement, Outcome
from settings.clock import utc_now
from settings.crawl import crawl
from settings.storage import storage
from spiders.arguments import parse_flag
from spiders.fetch import SiteSpider, set_user_agent
from spiders.permission import check_exclusion, check_permission, waives_robots, why_excluded
from spiders.site import Site
from spiders.sources.entries import Window, merge
from spiders.sources.reader import Scope, Sources
from spiders.visits import VisitSpider, may_have_changed_until, under_known_address

MIN_TELLING_PAGES = 5
"""New pages below which it says nothing of a site that none of them was an article, nor that all known are gone."""


class NewsSpider(VisitSpider, SiteSpider):
    """Crawls one site.

    Arguments of a run, all optional: `since` and `until` (days 'YYYY-MM-DD', the articles published from the one to the
    other, in place of the recent ones), `url` (look at this one article, known or not), `dry_run` (keep nothing).
    """

    def __init__(
        self,
        since: str | None = None,
        until: str | None = None,
        url: str | None = None,
        dry_run: str | bool = False,
    ) -> None:
        super().__init__(self.site.name)
        self.since, self.until, self.url = since, until, url
        self._stated_dry_run = dry_run
        self.window = Window()
        self.captures = Captures()

    def site_at(self, url: str) -> Site:  # noqa: ARG002 - all is of the one site
        return self.site

    def site_named(self, name: str) -> Site:  # noqa: ARG002 - all visits are of the one site
        return self.site

    # The run

    def open_run(self) -> CrawlRun:
        self._take_arguments()
        replay = self.settings.get("REPLAY")
        check_exclusion(self.site.home, self.site.title)
        if not replay:
            check_permission(self.site)
        set_user_agent(self.settings)
        if replay:
            self.captures = self._open_captures(str(replay))
        run = CrawlRun.open(
            self.name,
            storage=storage(),
            crawl=crawl(),
            dry_run=self.dry_run,
            robots=f"not asked: the pages are from {replay}" if replay else self._robots(),
            counters=self.counters,
        )
        asked_for = self._article_asked_for(self.url) if self.url else self.site.home
        if tombstone := run.tombstones.covering(asked_for, self.name):
            run.abandon()
            raise Refusal("taken_down", f"{self.url or self.site.title} is not crawled: {tombstone.sentence}")
        return run

    def review(self, run: CrawlRun) -> None:
        """Whether what the run brought is what the site is expected to yield."""
        if trouble := self.lead_images.trouble:
            self.counters.warn(trouble)
        new = self.counters.first_looks
        if new.total() >= MIN_TELLING_PAGES and not any(new[outcome] for outcome in GOOD_OUTCOMES):
            ends = ", ".join(f"{count} {outcome}" for outcome, count in new.most_common())
            self.counters.fail(f"none of the {new.total()} new pages is an article: {ends}")
        gone, again = self.counters.outcomes[Outcome.GONE], self.counters.looks_again
        if gone >= MIN_TELLING_PAGES and gone == again:
            self.counters.fail(f"all {gone} articles that were looked at again are gone: the site may have moved")
        if self.url or self.window or self.dry_run:
            return
        now, runs = utc_now(), [*run.index.recent_metrics(self.name), run.metrics]
        for sentence in self.site.expect.violations(runs, now):
            self.counters.fail(sentence)
        for sentence in self.site.expect.above_maximum(runs, now):
            self.counters.warn(sentence)

    async def start(self) -> AsyncIterator[Any]:
        """Look at what is new or due, one after the other: a run that is stopped has begun nothing it cannot end."""
        try:
            due = await self.due()
        except IndexUnavailable as error:
            self.counters.fail(str(error))
            raise CloseSpider(REFUSAL_REASONS[IndexUnavailable]) from error
        for announcement, seen in due:
            settled = self._settled(announcement)
            if settled is None or settled.url in self.articles.looked_at:
                self.counters.not_due += 1
                continue
            await self.tdm_files.load(settled.url)
            yield self.start_visit(self.site, settled, seen)
            await self.wait_for_capacity()

    async def due(self) -> list[tuple[Announcement, UrlRecord | None]]:
        """What this run has to look at, the newest first, with what the index knows of it."""
        if self.url:
            asked_for = self._article_asked_for(self.url)
            former = self.site.urls.former(self.url)
            return [(Announcement(asked_for, VIA_REQUEST, former=former if former != asked_for else None), None)]
        run, now = self.owner.opened_run, utc_now()
        sources = Sources(
            site=self.site,
            fetch=self.fetch,
            read_document=self.read_document,
            now=now,
            warn=self.counters.warn,
            scope=Scope(self.window),
            known_state=(lambda _: None) if self.window else run.index.source,
        )
        announcements = await self._announcements(sources)
        due = self._due_of(announcements, now)
        most = self.settings.getint("VISITS_PER_RUN")
        if len(due) > most:
            self.counters.left = len(due) - most
            self.counters.warn(f"{len(due)} articles are due, {most} are looked at, the rest is left to the next run")
        elif not self.window:
            for state in sources.states:
                run.remember_source(state)
        return due[:most]

    async def _announcements(self, sources: Sources) -> list[Announcement]:
        """What the sources announce, one announcement per article, the newest first.

        A source that could not be read is a warning; where none could, the run has failed.
        """
        readings = await sources.readings()
        unread = [f"{reading.url} could not be read: {reading.trouble}" for reading in readings if reading.trouble]
        for sentence in unread:
            self.counters.warn(sentence)
        if unread and len(unread) == len(readings):
            self.counters.is_unreachable = True
            self.counters.fail(f"none of the site's sources could be read; the first: {unread[0]}")
        announced = merge(announcement for reading in readings for announcement in reading.announcements)
        allowed = [announcement for announcement in announced if not why_excluded(announcement.url)]
        found = [announcement for announcement in allowed if not self.why_taken_down(announcement.url)]
        self.owner.opened_run.enter_in_ledger(
            announcement
            for reading in readings
            for announcement in reading.announcements
            if not self.why_kept_out(announcement.url)
        )
        if len(allowed) < len(announced):
            self.counters.warn(f"{len(announced) - len(allowed)} announced articles are excluded (KLIPING_EXCLUSIONS)")
        named = sum(len(reading.entries) for reading in readings)
        if named and not announced and not self.window:
            self.counters.fail(f"the sources name {named} pages, none of them an article by the site's article_url")
        return found

    def _due_of(
        self, announcements: Sequence[Announcement], now: datetime
    ) -> list[tuple[Announcement, UrlRecord | None]]:
        run = self.owner.opened_run
        index, waiting = run.index, run.waiting_urls()
        schedule = RevisitSchedule(crawl().revisit_intervals, crawl().retry_intervals)
        addresses = (address for a in announcements for address in (a.url, a.stated, a.former) if address)
        known = index.seen(addresses)
        announcements = [under_known_address(announcement, known) for announcement in announcements]
        due = [
            (announcement, known.get(announcement.url))
            for announcement in announcements
            if announcement.url not in waiting
            and (
                announcement.url not in known
                or is_due(
                    known[announcement.url], now, schedule, may_have_changed_until(announcement.date_modified, now)
                )
            )
        ]
        self.counters.announced = len(announcements)
        self.counters.not_due = len(announcements) - len(due)
        if self.window:
            return due
        named = waiting | {announcement.url for announcement in announcements}
        revisits = [
            seen
            for seen in index.due(self.name, now, schedule)
            if seen.url not in named and not self.why_kept_out(seen.url)
        ]
        return due + [(Announcement(seen.url, VIA_REVISIT), seen) for seen in revisits]

    def _settled(self, announcement: Announcement) -> Announcement | None:
        """The announcement under its article's URL, should the run have found out meanwhile that the parameters of its
        address say nothing; None where that article is known.
        """
        if not announcement.stated or self.articles.parameters.told(self.site, announcement.stated) is not False:
            return announcement
        url = self.site.urls.canonical(announcement.stated) or announcement.url
        return None if self.owner.opened_run.index.seen([url]) else replace(announcement, url=url, stated=None)

    # Arguments

    def _take_arguments(self) -> None:
        self.dry_run = parse_flag("dry_run", self._stated_dry_run)
        try:
            self.window = Window.from_days(self.since, self.until)
        except ValueError as error:
            raise Refusal("wrong_argument", f"since and until are days, YYYY-MM-DD: {error}") from error
        if self.url:
            check_exclusion(self._article_asked_for(self.url), self.url)

    def _article_asked_for(self, url: str) -> str:
        if (address := self.site.urls.read(url)) is None:
            raise Refusal("wrong_argument", f"{url} is not on the hosts of {self.site.title}")
        return self.site.urls.with_unknown(address) or address.canonical

    def _open_captures(self, path: str) -> Captures:
        """The captures that answer in place of the web; raises Refusal where there are none."""
        try:
            return Captures.from_files(warc_files(Path(path)), self.counters.warn)
        except FileNotFoundError as error:
            raise Refusal("wrong_argument", str(error)) from error

    def _robots(self) -> str:
        """How this run heeds robots.txt, for those who read its WARC files."""
        permission = waives_robots(self.name)
        return f"waived by the site's owner: permission {permission}" if permission else ROBOTS_OBEYED
