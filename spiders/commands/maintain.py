"""`scrapy maintain`: keep up the archive beside running crawls."""

import argparse
import logging
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from settings.storage import storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error

logger = logging.getLogger(__name__)


class Command(ScrapyCommand):
    """Keeps up the archive and says what that did. Exits with 1 where a person has to see to something."""

    requires_project = True

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Put small files together, remove what has expired"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--all-days", action="store_true", help="compute all of the table daily anew")

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.settings is None or args:
            raise UsageError
        from pipelines.archive.maintenance.maintain import (
            maintain,  # a crawl, which loads all commands, needs none of it
        )

        report = maintain(storage(), all_days=opts.all_days, progress=logger.info)
        print(report.to_json() if opts.json else report.to_text())
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(report.to_json(), encoding="utf-8")
        for failure in report.failures:
            error(failure)
        if report.failures:
            self.exitcode = FAILED
