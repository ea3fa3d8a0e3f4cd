"""`scrapy search_index`: bring the search index up to date with the tables."""

import argparse
import json
import logging
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from settings.clock import utc_now
from settings.storage import storage
from spiders.commands.exit_status import ends_in_one_sentence

logger = logging.getLogger(__name__)


class Command(ScrapyCommand):
    """Indexes the articles that came or changed, takes out those that went, and publishes the index."""

    requires_project = True

    def short_desc(self) -> str:
        return "Bring the search index up to date with the tables"

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        if self.settings is None or args:
            raise UsageError
        # A crawl, which loads all commands, needs none of it.
        from deltalake.exceptions import TableNotFoundError

        from pipelines.archive.bucket_owner import require_own_bucket
        from pipelines.archive.search.build import build
        from pipelines.archive.search.publication import OvertakenBuild
        from pipelines.archive.tables import Corpus

        require_own_bucket(storage())
        try:
            summary = build(Corpus(storage()), utc_now(), progress=logger.info).summary
        except TableNotFoundError:
            summary = "nothing has been archived yet"
        except OvertakenBuild as overtaken:
            summary = str(overtaken)
        print(summary)
        if report_file := self.settings.get("REPORT_FILE"):
            report = {"summary": summary, "failures": []}
            Path(report_file).write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
