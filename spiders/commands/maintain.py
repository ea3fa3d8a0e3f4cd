"""`scrapy maintain`: keep up the archive beside running crawls."""

import argparse
import logging
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.maintenance.options import Part, add_options, wrong_usage
from settings.storage import storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error

logger = logging.getLogger(__name__)


class Command(ScrapyCommand):
    """Keeps up the archive, or does a part of that, and says what that did. Exits with 1 where a person has to see to
    something.
    """

    requires_project = True

    def syntax(self) -> str:
        return "[options] [PART [NAME ...]]"

    def short_desc(self) -> str:
        return "Put small files together, remove what has expired"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_options(parser)

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.settings is None:
            raise UsageError
        part, names = next(iter(args), None), args[1:]
        if trouble := wrong_usage(part, names, opts):
            raise UsageError(trouble)
        # A crawl, which loads all commands, needs none of it.
        from pipelines.archive.maintenance.maintain import OTHERS, maintain, maintain_part

        tables = [table.name for table in OTHERS]
        if part == Part.TABLE and (unknown := set(names) - set(tables)):
            raise UsageError(f"{', '.join(sorted(unknown))}: the tables are {', '.join(tables)}")
        how = {"all_days": opts.all_days, "progress": logger.info}
        report = maintain_part(storage(), Part(part), names, **how) if part else maintain(storage(), **how)
        print(report.to_json() if opts.json else report.to_text())
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(report.to_json(), encoding="utf-8")
        for failure in report.failures:
            error(failure)
        if report.failures:
            self.exitcode = FAILED
