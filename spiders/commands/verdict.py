"""`scrapy verdict URL article|not-article`: say of a doubtful page whether it is an article."""

import argparse
import getpass
import json
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.verdicts import NoVerdictPossible, give_verdict
from pipelines.article import Verdict
from settings.storage import storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error


class Command(ScrapyCommand):
    """Keeps the verdict and carries it out. Exits with 1 where there is nothing at the address to be judged."""

    requires_project = True

    def syntax(self) -> str:
        return f"[options] <URL> <{'|'.join(Verdict)}>"

    def short_desc(self) -> str:
        return "Say of a doubtful page whether it is an article"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--note", metavar="WORDS", help="why")
        parser.add_argument("--by", metavar="NAME", help="whose verdict it is; default: the user of this machine")

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 2 or self.settings is None:
            raise UsageError
        url, word = args
        if word not in tuple(Verdict):
            raise UsageError(f"{word!r} is not a verdict: {', '.join(Verdict)}")
        failures: list[str] = []
        try:
            done = give_verdict(storage(), url, Verdict(word), by=opts.by or getpass.getuser(), note=opts.note or None)
            print(done)
        except NoVerdictPossible as nothing:
            done = str(nothing)
            failures.append(done)
            error(done)
            self.exitcode = FAILED
        if report_file := self.settings.get("REPORT_FILE"):
            report = {"summary": done, "failures": failures}
            Path(report_file).write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
