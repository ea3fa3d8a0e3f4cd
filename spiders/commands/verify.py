"""`scrapy verify`: hold bucket, tables and index against each other."""

import argparse
import logging
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.verification.options import add_options, wrong_usage
from settings.storage import storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error

logger = logging.getLogger(__name__)


class Command(ScrapyCommand):
    """Verifies the archive and says what is wrong. Exits with 1 where something is, and is not repaired."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] [SITE ...]"

    def short_desc(self) -> str:
        return "Verify that bucket, tables and index hold what they say, and repair them"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_options(parser)

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.settings is None:
            raise UsageError
        if trouble := wrong_usage(opts, args):
            raise UsageError(trouble)
        # A crawl, which loads all commands, needs none of it.
        from pipelines.archive.tables import Corpus
        from pipelines.archive.verification.verify import verify
        from spiders.current_rules import readable_rules

        found = verify(
            storage(),
            sites=args,
            month=opts.month,
            shared=opts.shared,
            sample=opts.sample,
            repair=opts.repair,
            rules_of=readable_rules(Corpus(storage())),
            progress=logger.info,
        )
        print(found.to_json() if opts.json else found.to_text())
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(found.to_json(), encoding="utf-8")
        if found.failure:
            error(found.failure)
            self.exitcode = FAILED
