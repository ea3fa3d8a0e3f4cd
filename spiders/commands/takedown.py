"""`scrapy takedown`: take articles out of all of the archive, and keep them out."""

import argparse
import getpass
import json
import logging
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.takedown.options import WrongOrder, add_options, order_of
from settings.clock import utc_now
from settings.storage import storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error

logger = logging.getLogger(__name__)


class Command(ScrapyCommand):
    """Takes down what is named, without asking. Exits with 1 where nothing matches, too much does, or something is
    left.
    """

    requires_project = True

    def syntax(self) -> str:
        return "[options] [URL|ARTICLE_ID ...]"

    def short_desc(self) -> str:
        return "Take articles out of all of the archive, and keep them out"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_options(parser)

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.settings is None:
            raise UsageError
        try:
            order = order_of(args, opts, getpass.getuser())
        except WrongOrder as wrong:
            raise UsageError(str(wrong)) from wrong
        # A crawl, which loads all commands, needs none of it.
        from pipelines.archive.takedown.takedown import Refused, Takedown
        from pipelines.index.database import Index

        store = storage()
        failures: list[str] = []
        try:
            with Index.open(store.index) as index:
                work = Takedown(store, index, order, progress=logger.info)
                if opts.dry_run:
                    lines = [*work.plan().lines, "nothing was changed: this was a dry run"]
                else:
                    done = work.carry_out(utc_now(), at_most=opts.at_most)
                    lines = list(done.lines)
                    failures += done.findings.failures
        except Refused as refused:
            lines = [str(refused)]
            failures.append(str(refused))
        for line in lines:
            print(line)
        for failure in failures:
            error(failure)
        if failures:
            self.exitcode = FAILED
        if report_file := self.settings.get("REPORT_FILE"):
            report = {"summary": lines[-1], "failures": failures}
            Path(report_file).write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
