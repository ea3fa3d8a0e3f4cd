"""`scrapy ingest PATH`: take WARC files that others made through the stages."""

import argparse

from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from spiders.commands.exit_status import ends_in_one_sentence, run_spider


class Command(BaseRunSpiderCommand):
    """Runs IngestSpider; -a and -s as with `scrapy crawl`."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <WARC file, folder, s3://bucket/prefix, web address, or list of files>"

    def short_desc(self) -> str:
        return "Archive the articles in WARC files, ours or others'"

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError
        from spiders.ingest import IngestSpider  # a crawl, which loads all commands, needs none of it

        run_spider(self, IngestSpider, {**opts.spargs, "path": args[0]})
