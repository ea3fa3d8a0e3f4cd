"""`scrapy reextract SITE [--month YYYY-MM]`: make archived articles anew from their pages, by the rules of today."""

import argparse
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.tables import Corpus
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningWorker
from settings.storage import Storage, storage
from spiders.commands.exit_status import check_sites, ends_in_one_sentence
from spiders.console import escape, output, table
from spiders.current_rules import current_rules

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.archive.reextract import Reextraction


class Command(ScrapyCommand):
    """Re-extracts months of a site, all without --month. Exits with 1 where an article could not be read or cleaned."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <SITE>"

    def short_desc(self) -> str:
        return "Clean archived articles again, from their pages in the bucket"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--month", action="append", metavar="YYYY-MM", help="month of publication (UTC); may be given several times"
        )
        parser.add_argument(
            "--workers", type=int, metavar="N", default=os.cpu_count() or 1, help="cleaning processes; default: cores"
        )

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1 or self.settings is None:
            raise UsageError
        if wrong := [month for month in opts.month or () if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month)]:
            raise UsageError(f"{wrong[0]!r} is not a month, YYYY-MM")
        if opts.workers < 1:
            raise UsageError(f"--workers is at least 1, not {opts.workers}")
        [site] = args
        where = storage()
        corpus = Corpus(where)
        corpus.ensure()
        check_sites(self, [site], corpus)
        rules = current_rules(corpus)(site)
        months = _reextracted(site, opts.month or corpus.months(site), where, rules, opts.workers)
        show(months, output())
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(json.dumps(to_json(site, months), ensure_ascii=False), encoding="utf-8")
        if any(month.failed for month in months):
            self.exitcode = 1


def _reextracted(
    site: str, months: Sequence[str], where: Storage, rules: SiteRules, workers: int
) -> "list[Reextraction]":
    from pipelines.archive.reextract import reextract  # a crawl, which loads all commands, needs none of it

    worker = CleaningWorker(workers=workers)
    try:
        return [reextract(site, month, storage=where, rules=rules, worker=worker) for month in months]
    finally:
        worker.close()


def summary(site: str, months: "Sequence[Reextraction]") -> str:
    """What was done, in one sentence."""
    articles, pages, changed, unchanged, refused, failed = (
        sum(getattr(month, name) for month in months)
        for name in ("articles", "pages", "changed", "unchanged", "refused", "failed")
    )
    return (
        f"{site}: {articles} articles, {pages} pages read: {changed} changed, {unchanged} unchanged, "
        f"{refused} refused (by the rules of today, or excluded), {failed} failed."
    )


def to_json(site: str, months: "Sequence[Reextraction]") -> dict[str, Any]:
    """What REPORT_FILE holds."""
    failed = sum(month.failed for month in months)
    return {
        "summary": summary(site, months),
        "failures": [f"{failed} articles of {site} could not be read or cleaned"] if failed else [],
        "site": site,
        "months": [asdict(month) for month in months],
    }


def show(months: "Sequence[Reextraction]", console: "Console") -> None:
    """Print a line for each month, and the articles that stay as they are though they should not."""
    columns = ("month", "articles", "pages", "changed", "unchanged", "refused", "failed", "seconds")
    by_month = table(*columns, title="Re-extraction")
    for month in months:
        by_month.add_row(*(str(getattr(month, name)) for name in columns))
    console.print(by_month)
    for problem in (problem for month in months for problem in month.problems):
        console.print(f"{escape(problem.url)}\n    {escape(problem.detail)}")
