"""The stages that a visit goes through, as Scrapy item pipelines: clean, fetch the lead image where it is to be kept,
then deduplicate and archive.

Each stage is thin: it waits for its part of the work and passes the visit on. The work itself is in
`pipelines.run.crawl_run`, `pipelines.cleaning`, `pipelines.index` and `pipelines.archive`, none of which knows Scrapy.
Before a visit gets here, `RunExtension` has captured its pages.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Self

from scrapy.crawler import Crawler

from pipelines.archive.learned_residue_table import residue_for_a_crawl
from pipelines.article import Article, Page
from pipelines.cleaning.learned_residue import Position
from pipelines.cleaning.worker import CleaningCrashed, CleaningTimeout
from pipelines.run.extension import RunExtension, run_extension
from pipelines.visit import Outcome, Visit
from settings.storage import storage


class CleanStage:
    """Turns a visit's pages into an article or a rejection, in a child process with a time limit."""

    def __init__(self, extension: RunExtension) -> None:
        self.extension = extension

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(run_extension(crawler))

    @cached_property
    def learned(self) -> Mapping[str, Mapping[str, Position]]:
        """Learned residue, by site; read once the first page is there to be cleaned."""
        return residue_for_a_crawl(storage())

    async def process_item(self, item: Visit) -> Visit:
        if item.outcome is not None or not item.pages:
            return item
        pages = [Page(page.url, page.html, page.charset) for page in item.pages]
        rules = replace(self.extension.spider.site_rules(item.site), learned=self.learned.get(item.site, {}))
        hints = self.extension.opened_run.hints(item)
        try:
            item.cleaned = await asyncio.wrap_future(self.extension.spider.worker.clean(pages, item.url, rules, hints))
        except (CleaningTimeout, CleaningCrashed) as error:
            return item.end(Outcome.FAILED, str(error))
        return item


class LeadImageStage:
    """Has the lead image of an article kept beside its pages, where the archive does not have it yet."""

    def __init__(self, extension: RunExtension) -> None:
        self.extension = extension

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(run_extension(crawler))

    async def process_item(self, item: Visit) -> Visit:
        if item.pages and (item.outcome is Outcome.UNCHANGED or isinstance(item.cleaned, Article)):
            await self.extension.spider.keep_lead_image(item)
        return item


class ArchiveStage:
    """Says whether an article is new, a revision, unchanged, or a copy of another, and journals the visit."""

    def __init__(self, extension: RunExtension) -> None:
        self.extension = extension

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(run_extension(crawler))

    def process_item(self, item: Visit) -> Visit:
        self.extension.archive(item)
        return item
