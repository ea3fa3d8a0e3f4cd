"""`scrapy crawl SITE`: crawl a site, with an exit code that says whether the run did what it should."""

import argparse

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from spiders.commands.exit_status import ends_in_one_sentence, run_spider, unknown_site


class Command(BaseRunSpiderCommand):
    """Takes the place of Scrapy's own, which ends with 0 where the spider refused, and with a traceback where there is
    no such spider.
    """

    requires_project = True

    def syntax(self) -> str:
        return "[options] <SITE>"

    def short_desc(self) -> str:
        return "Crawl a site: fetch, clean and archive its new articles"

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1 or self.crawler_process is None:
            raise UsageError
        [name] = args
        sites = self.crawler_process.spider_loader.list()
        if name not in sites:
            raise unknown_site(name, sites)
        run_spider(self, self.crawler_process.spider_loader.load(name), opts.spargs)
