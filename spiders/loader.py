"""Scrapy's view of the sites: a spider for each, under the site's name."""

from collections.abc import Sequence
from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

from spiders.site import Site
from spiders.site_index import all_sites, site_files, site_named
from spiders.spider import NewsSpider

INGEST = "ingest"
"""The one spider that is not of a site."""


class SiteLoader:
    """Scrapy's spider loader (setting SPIDER_LOADER_CLASS), of the packages that SPIDER_MODULES names.

    A site's file is imported when the site is loaded.
    """

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = packages

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        return cls(settings.getlist("SPIDER_MODULES"))

    def load(self, spider_name: str) -> type[Spider]:
        """The spider of the site `spider_name`.

        Raises KeyError where there is no such site, SiteError where its file does not hold it.
        """
        if spider_name == INGEST:
            from spiders.ingest import IngestSpider  # knows all sites, and whose domain is whose: no crawl needs it

            return IngestSpider
        try:
            return spider_of(site_named(spider_name, self.packages))
        except KeyError:
            raise KeyError(f"Spider not found: {spider_name}") from None

    def find_by_request(self, request: Request) -> list[str]:
        """The sites on whose hosts the request is; one that is broken is none of them."""
        sites = (site for site in all_sites(self.packages) if isinstance(site, Site))
        return [site.name for site in sites if site.urls.may_fetch(request.url)]

    def list(self) -> list[str]:  # last: below it, the name means this method
        """The names of all sites."""
        return [*site_files(self.packages)]


def spider_of(site: Site) -> type[NewsSpider]:
    """NewsSpider, bound to `site`: Scrapy wants a class with a name."""
    return type(type(site).__name__, (NewsSpider,), {"__doc__": site.description, "name": site.name, "site": site})
