"""`scrapy accept SITE`: the first examination of a site online, with a report to sign."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.cleaning.worker import CleaningWorker
from settings.clock import WIB, utc_now
from settings.crawl import crawl
from spiders.acceptance import SAMPLES, Acceptance, Verdict, judge, sign
from spiders.commands.doctor import chosen_sites, show
from spiders.commands.exit_status import FAILED, ends_in_one_sentence
from spiders.console import escape, output, table
from spiders.doctor import Diagnosis, Doctor
from spiders.site_index import site_files

COLOURS = {Verdict.GOOD: "green", Verdict.UNSEEN: "yellow", Verdict.BAD: "red"}


class Command(ScrapyCommand):
    """Examines a site and prints what was seen; with --sign the site's file says that it was verified today."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <SITE>"

    def short_desc(self) -> str:
        return "Examine a site for the first time online, and say that it is as its spider thinks"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--sign", action="store_true", help="state the day in the site's file, if all is well")
        parser.add_argument("--json", action="store_true", help="print JSON instead of tables")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if self.settings and not opts.loglevel:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")  # the tables say the rest

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1 or self.crawler_process is None:
            raise UsageError
        crawl()  # wrong settings are told before anything is asked for
        sites, broken = chosen_sites(args)
        if broken:
            raise UsageError(broken[0].failures[0], print_help=False)
        [site] = sites
        found: list[Diagnosis] = []
        worker = CleaningWorker()
        try:
            self.crawler_process.crawl(
                Doctor, name=site.name, site=site, on_result=found.append, worker=worker, samples=SAMPLES
            )
            self.crawler_process.start()
        finally:
            worker.close()
        if not found:
            raise UsageError("the examination broke off; the log says why", print_help=False)
        acceptance = judge(site, found[0])
        if opts.json:
            print(json.dumps([asdict(check) for check in acceptance.checks], ensure_ascii=False, indent=2))
        else:
            _show(acceptance)
        if not acceptance.may_be_signed:
            self.exitcode = FAILED
        elif opts.sign:
            _, file = site_files()[site.name]
            today = utc_now().astimezone(WIB).date()
            try:
                sign(Path(file), site.name, today)
            except ValueError as error:
                raise UsageError(str(error), print_help=False) from error
            output().print(f"{file} says that {site.title} was verified on {today}.")


def _show(acceptance: Acceptance) -> None:
    console = output()
    show([acceptance.diagnosis], console, in_full=True)
    checks = table("check", "verdict", "seen", title=f"Acceptance of {acceptance.diagnosis.title}", overflow="fold")
    for check in acceptance.checks:
        colour = COLOURS[check.verdict]
        checks.add_row(escape(check.name), f"[{colour}]{check.verdict}[/]", escape(check.seen))
    console.print(checks)
    if acceptance.may_be_signed:
        console.print("Compare the samples above with their pages in a browser; then sign: scrapy accept SITE --sign")
