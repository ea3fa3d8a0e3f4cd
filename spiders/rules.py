"""A site by its name, and its cleaning rules: for commands, and for work on what is archived, no crawl is needed."""

from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader, SpiderLoaderProtocol

from pipelines.cleaning.site_rules import SiteRules
from spiders.news import NewsSpider


def site_named(name: str, loader: SpiderLoaderProtocol) -> type[NewsSpider] | None:
    """The class of the site, None where `loader` knows none of that name."""
    spider = loader.load(name) if name in loader.list() else None
    return spider if spider is not None and issubclass(spider, NewsSpider) else None


def rules_of(site: str, settings: BaseSettings) -> SiteRules:
    """What the site's spider states; of a site that is known from WARC files only, its name, which tells its domain."""
    spider = site_named(site, SpiderLoader.from_settings(settings))
    return spider.cleaning_rules() if spider else SiteRules(name=site, title=site.replace("_", "."))
