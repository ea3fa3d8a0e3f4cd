"""`scrapy reextract SITE [--month YYYY-MM]`: make archived articles anew from their pages, by the rules of today; with
`--dry-run` only say what that would change.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
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

    from pipelines.archive.reextraction_report import Reextraction


class Command(ScrapyCommand):
    """Re-extracts months of a site, all without --month. Exits with 1 where an article could not be read or cleaned,
    and where more of a month would change than may.
    """

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
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument(
            "--at-most",
            type=int,
            metavar="PERCENT",
            default=100,
            help="of a month's articles that may get other content: a month with more stays as it is (100)",
        )

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1 or self.settings is None:
            raise UsageError
        if wrong := [month for month in opts.month or () if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month)]:
            raise UsageError(f"{wrong[0]!r} is not a month, YYYY-MM")
        if opts.workers < 1:
            raise UsageError(f"--workers is at least 1, not {opts.workers}")
        if not 0 <= opts.at_most <= 100:
            raise UsageError(f"--at-most is a share from 0 to 100, in percent, not {opts.at_most}")
        [site] = args
        where = storage()
        corpus = Corpus(where)
        corpus.ensure()
        check_sites(self, [site], corpus)
        found = _reextracted(site, opts.month or corpus.months(site), where, current_rules(corpus)(site), opts)
        show(found, output())
        report = to_json(site, found, dry_run=opts.dry_run, max_percent=opts.at_most)
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
        if report["failures"]:
            print("; ".join(report["failures"]), file=sys.stderr)
            self.exitcode = 1


def _reextracted(
    site: str, months: Sequence[str], where: Storage, rules: SiteRules, opts: argparse.Namespace
) -> "list[Reextraction]":
    from pipelines.archive.reextract import reextract  # a crawl, which loads all commands, needs none of it

    worker = CleaningWorker(workers=opts.workers)
    one = partial(reextract, storage=where, rules=rules, worker=worker, dry_run=opts.dry_run, max_percent=opts.at_most)
    try:
        return [one(site, month) for month in months]
    finally:
        worker.close()


def to_json(site: str, months: "Sequence[Reextraction]", *, dry_run: bool, max_percent: int) -> dict[str, Any]:
    """What REPORT_FILE holds: what was found and done, in a sentence for each month and in figures; and what somebody
    has to look at.
    """
    failed = sum(month.failed for month in months)
    failures = [f"{failed} articles of {site} could not be read or cleaned"] if failed else []
    if not dry_run:
        failures += [
            f"{month.percent} % of the articles of {site} of {month.month} would get other content, more than "
            f"{max_percent} %, and stay as they are: look at what would change, and if it is right allow at most "
            f"{month.percent} %"
            for month in months
            if not month.published
        ]
    return {
        "summary": " ".join(month.sentence for month in months) or f"{site} has no articles.",
        "failures": failures,
        "site": site,
        "months": [asdict(month) for month in months],
    }


def show(months: "Sequence[Reextraction]", console: "Console") -> None:
    """Print a line for each month, the articles that change most, and those that stay though they should not."""
    counts = ("articles", "pages", "changed", "unchanged", "refused", "failed", "seconds")
    by_month = table("month", *counts, "new content", "published", title="Re-extraction")
    for month in months:
        figures = (str(getattr(month, name)) for name in counts)
        by_month.add_row(month.month, *figures, f"{month.percent} %", "yes" if month.published else "no")
    console.print(by_month)
    for month in months:
        console.print(escape(month.sentence))
        for example in month.changes.examples:
            columns = ", ".join(example.columns)
            console.print(
                escape(f"{example.url}\n    {example.words_before} words, now {example.words_after}; {columns}")
            )
            for line in example.lines:
                console.print(f"    {escape(line)}")
        for problem in month.problems:
            console.print(f"{escape(problem.url)}\n    {escape(problem.detail)}")
