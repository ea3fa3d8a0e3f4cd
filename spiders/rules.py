"""The cleaning rules of a site by its name, for work on what is archived: no crawl is needed for them."""

from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from pipelines.cleaning.rules import SiteRules
from spiders.news import NewsSpider


def rules_of(site: str, settings: BaseSettings) -> SiteRules:
    """What the site's spider states; of a site that is known from WARC files only, its name, which tells its domain."""
    loader = SpiderLoader.from_settings(settings)
    if site in loader.list() and issubclass(spider := loader.load(site), NewsSpider):
        return spider.cleaning_rules()
    return SiteRules(name=site, title=site.replace("_", "."))
