"""`scrapy doctor [SITE ...]`: are the sites as their spiders think they are?"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.cleaning.date_parsing import WIB
from pipelines.cleaning.worker import CleaningWorker
from settings.clock import utc_now
from spiders.commands.exit_status import ends_in_one_sentence, unknown_site
from spiders.doctor import ARTICLE, SAMPLES, Diagnosis, doctor_of
from spiders.news import NewsSpider
from spiders.rules import site_named
from spiders.site_index import site_entries

WIDTH = 150
"""Characters of a line where the output is no terminal, such as a log: addresses are long."""


class Command(ScrapyCommand):
    """Examines sites and exits with 1 when one of them fails. Without names: all that are scheduled."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] [SITE ...]"

    def short_desc(self) -> str:
        return "Check robots.txt, the sources and a few articles of sites"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
        parser.add_argument(
            "--samples", type=int, default=SAMPLES, metavar="N", help="articles to look at of each site"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if self.settings and not opts.loglevel:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")  # the tables say the rest

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.crawler_process is None or self.settings is None:
            raise UsageError("there is no crawler process")
        if self.settings.get("REPLAY"):
            raise UsageError("doctor asks the site itself: REPLAY is for crawl, newsite has --from", print_help=False)
        names = args or [entry.name for entry in site_entries() if not entry.permission_needed]
        sites = {name: self._site(name) for name in names}
        found: dict[str, Diagnosis] = {}
        worker = CleaningWorker()
        try:
            for site in sites.values():
                self.crawler_process.crawl(
                    doctor_of(site), keep=lambda d: found.update({d.site: d}), worker=worker, samples=opts.samples
                )
            self.crawler_process.start()
        finally:
            worker.close()
        diagnoses = [found.get(name) or _broken(name, site.title) for name, site in sites.items()]
        stated = json.dumps(to_json(diagnoses), ensure_ascii=False, indent=2)
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(stated, encoding="utf-8")
        if opts.json:
            print(stated)
        else:
            console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
            show(diagnoses, console, in_full=bool(args))
        if not all(diagnosis.healthy for diagnosis in diagnoses):
            self.exitcode = 1

    def _site(self, name: str) -> type[NewsSpider]:
        spider = site_named(name, self.crawler_process.spider_loader) if self.crawler_process else None
        if spider is None:
            raise unknown_site(name, self.crawler_process.spider_loader.list() if self.crawler_process else ())
        return spider


def _broken(name: str, title: str) -> Diagnosis:
    return Diagnosis(name, title, utc_now(), failures=("the examination broke off; the log says why",))


def to_json(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """What --json prints and REPORT_FILE holds."""
    return {
        "healthy": all(diagnosis.healthy for diagnosis in diagnoses),
        "sites": [diagnosis.to_dict() for diagnosis in diagnoses],
    }


def show(diagnoses: Sequence[Diagnosis], console: Console, *, in_full: bool) -> None:
    """Print the diagnoses: details of those that fail, of all with `in_full`, and a line for each."""
    for diagnosis in diagnoses:
        if in_full or not diagnosis.healthy:
            _show_details(diagnosis, console)
    table = Table(title="Sites")
    for heading in ("site", "robots", "sources", "newest article", "samples", "verdict"):
        table.add_column(heading)
    for diagnosis in diagnoses:
        table.add_row(
            diagnosis.site,
            _robots(diagnosis),
            f"{sum(not s.trouble for s in diagnosis.sources)} of {len(diagnosis.sources)}",
            _date(diagnosis.newest),
            f"{sum(s.verdict == ARTICLE for s in diagnosis.samples)} of {len(diagnosis.samples)}",
            "[green]healthy[/]" if diagnosis.healthy else f"[red]{escape(diagnosis.failures[0])}[/]",
        )
    console.print(table)


def _show_details(diagnosis: Diagnosis, console: Console) -> None:
    console.rule(f"{escape(diagnosis.title)} ({diagnosis.site})")
    if diagnosis.sources:
        sources = Table(box=None)
        for heading in ("source", "", "HTTP", "pages", "articles", "newest", ""):
            sources.add_column(heading, overflow="fold")
        for source in diagnosis.sources:
            sources.add_row(
                source.via,
                escape(source.url),
                str(source.status or "-"),
                str(source.items),
                f"{source.articles} ({source.share:.0%})",
                _date(source.newest),
                escape(source.trouble or ""),
            )
        console.print(sources)
    for sample in diagnosis.samples:
        told = f"{_date(sample.date_published)}, {sample.words} words: {sample.headline}" if sample.headline else ""
        console.print(f"sample  {sample.verdict}  {escape(sample.url)}\n        {escape(told or sample.detail)}")
    for failure in diagnosis.failures:
        console.print(f"[red]failure[/] {escape(failure)}")
    for warning in diagnosis.warnings:
        console.print(f"[yellow]warning[/] {escape(warning)}")


def _robots(diagnosis: Diagnosis) -> str:
    if troubles := [finding.trouble for finding in diagnosis.robots if finding.trouble]:
        return escape(troubles[0])
    if barred := [url for finding in diagnosis.robots for url in finding.barred]:
        return f"bars {len(barred)} sources"
    delay = max((finding.crawl_delay for finding in diagnosis.robots), default=0.0)
    if not diagnosis.robots:
        return "-"
    return f"allowed, every {delay:g} s" if delay else "allowed"


def _date(at: datetime | None) -> str:
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M}" if at else "-"
