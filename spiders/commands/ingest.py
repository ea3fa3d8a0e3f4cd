"""`scrapy ingest PATH`: take WARC files that others made through the stages."""

import argparse

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from spiders.ingest import IngestSpider


class Command(BaseRunSpiderCommand):
    """Runs IngestSpider; -a and -s as with `scrapy crawl`."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <WARC file, folder, or s3://bucket/prefix>"

    def short_desc(self) -> str:
        return "Archive the articles in WARC files, ours or others'"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError
        if self.crawler_process is None:
            raise UsageError("there is no crawler process")
        self.crawler_process.crawl(IngestSpider, path=args[0], **opts.spargs)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed:
            self.exitcode = 1
