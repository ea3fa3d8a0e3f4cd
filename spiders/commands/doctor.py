"""`scrapy doctor [SITE ...]`: are the sites as their spiders think they are?"""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.cleaning.worker import CleaningWorker
from settings.clock import WIB, utc_now
from settings.crawl import crawl
from spiders.commands.exit_status import ends_in_one_sentence, unknown_site
from spiders.console import escape, output, table
from spiders.doctor import ARTICLE, SAMPLE_ARTICLES, Diagnosis, Doctor
from spiders.site import Site
from spiders.site_index import BrokenSite, SiteError, deployed_sites, may_be_scheduled, site_files, site_named

if TYPE_CHECKING:
    from rich.console import Console


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
            "--samples", type=int, default=SAMPLE_ARTICLES, metavar="N", help="articles to look at of each site"
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
        if opts.samples < 1:
            raise UsageError(f"--samples is at least 1, not {opts.samples}")
        crawl()  # wrong settings are told before anything is asked for
        sites, broken = chosen_sites(args)
        found: dict[str, Diagnosis] = {}
        worker = CleaningWorker()
        try:
            for site in sites:
                self.crawler_process.crawl(
                    Doctor,
                    name=site.name,
                    site=site,
                    on_result=lambda diagnosis: found.update({diagnosis.site: diagnosis}),
                    worker=worker,
                    samples=opts.samples,
                )
            self.crawler_process.start()
        finally:
            worker.close()
        diagnoses = [found.get(site.name) or _broken_off(site.name, site.title) for site in sites] + broken
        stated = json.dumps(to_json(diagnoses), ensure_ascii=False, indent=2)
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(stated, encoding="utf-8")
        if opts.json:
            print(stated)
        else:
            show(diagnoses, output(), in_full=bool(args))
        if not all(diagnosis.healthy for diagnosis in diagnoses):
            self.exitcode = 1


def chosen_sites(names: Sequence[str]) -> tuple[list[Site], list[Diagnosis]]:
    """The sites to examine, all that are scheduled where none is named, and the diagnoses of those that are broken.

    Raises UsageError where there is no site of a name.
    """
    if not names:
        every = list(deployed_sites())
        sites = [site for site in every if isinstance(site, Site) and may_be_scheduled(site)]
        return sites, [_broken(site.name, site.error) for site in every if isinstance(site, BrokenSite)]
    sites, broken = [], []
    for name in names:
        try:
            sites.append(site_named(name))
        except KeyError:
            raise unknown_site(name, site_files()) from None
        except SiteError as error:
            broken.append(_broken(name, str(error)))
    return sites, broken


def _broken(name: str, error: str) -> Diagnosis:
    return Diagnosis(name, name, utc_now(), failures=(error,))


def _broken_off(name: str, title: str) -> Diagnosis:
    return Diagnosis(name, title, utc_now(), failures=("the examination broke off; the log says why",))


def to_json(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """What --json prints and REPORT_FILE holds."""
    return {
        "healthy": all(diagnosis.healthy for diagnosis in diagnoses),
        "sites": [diagnosis.to_dict() for diagnosis in diagnoses],
    }


def show(diagnoses: Sequence[Diagnosis], console: "Console", *, in_full: bool) -> None:
    """Print the diagnoses: details of those that fail, of all with `in_full`, and a line for each."""
    for diagnosis in diagnoses:
        if in_full or not diagnosis.healthy:
            _show_details(diagnosis, console)
    sites = table("site", "robots", "sources", "newest article", "samples", "verdict", title="Sites")
    for diagnosis in diagnoses:
        sites.add_row(
            diagnosis.site,
            _robots(diagnosis),
            f"{sum(not s.trouble for s in diagnosis.sources)} of {len(diagnosis.sources)}",
            _date(diagnosis.newest),
            f"{sum(s.verdict == ARTICLE for s in diagnosis.samples)} of {len(diagnosis.samples)}",
            "[green]healthy[/]" if diagnosis.healthy else f"[red]{escape(diagnosis.failures[0])}[/]",
        )
    console.print(sites)


def _show_details(diagnosis: Diagnosis, console: "Console") -> None:
    console.rule(f"{escape(diagnosis.title)} ({diagnosis.site})")
    if diagnosis.sources:
        sources = table("source", "", "HTTP", "pages", "articles", "newest", "", overflow="fold")
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
    if denied := [url for finding in diagnosis.robots for url in finding.denied]:
        return f"bars {len(denied)} sources"
    delay = max((finding.crawl_delay for finding in diagnosis.robots), default=0.0)
    if not diagnosis.robots:
        return "-"
    return f"allowed, every {delay:g} s" if delay else "allowed"


def _date(at: datetime | None) -> str:
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M}" if at else "-"
