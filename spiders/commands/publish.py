"""`scrapy publish`: release a month of the corpus."""

import argparse
import logging
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.releases.options import add_options, wrong_usage
from settings.clock import utc_now
from settings.storage import storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error

logger = logging.getLogger(__name__)


class Command(ScrapyCommand):
    """Releases a month, or keeps a draft of it. Exits with 1 where it is a draft, or cannot be released."""

    requires_project = True

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Release a month of the corpus: plain files, checked, for good"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_options(parser)

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.settings is None or args:
            raise UsageError
        if trouble := wrong_usage(opts):
            raise UsageError(trouble)
        # A crawl, which loads all commands, needs none of it.
        from pipelines.archive.releases.publish import MonthNotClosed, last_closed_month, publish
        from pipelines.archive.selection import SelectionError

        now = utc_now()
        try:
            done = publish(
                storage(), opts.month or last_closed_month(now), now, accept=opts.accept, progress=logger.info
            )
        except (MonthNotClosed, SelectionError) as refusal:
            error(str(refusal))
            self.exitcode = FAILED
            return
        print(done.summary)
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(done.to_json(), encoding="utf-8")
        for fault in done.faults:
            error(fault)
        if done.faults:
            self.exitcode = FAILED
