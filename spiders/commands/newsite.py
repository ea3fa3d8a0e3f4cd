"""`scrapy newsite NAME URL`: the first draft of a site's spider and test, from a polite look at the site."""

import argparse
import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.warc_reader import Captures, warc_files
from pipelines.cleaning.worker import CleaningWorker
from settings.crawl import crawl
from spiders.canonical import host_of
from spiders.commands.exit_status import ends_in_one_sentence
from spiders.console import escape, log
from spiders.guard import is_loopback
from spiders.site import Site
from spiders.site_index import all_sites

if TYPE_CHECKING:
    from spiders.newsite.draft import Findings
    from spiders.newsite.files import File
    from spiders.newsite.probe import ProbeFailed

PROJECT = Path(__file__).parents[2]

NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
"""Names are files, modules, DAG ids and prefixes in the bucket."""

NEXT = """\
Next (docs/adding-a-site.md):
1. Read spiders/sites/{name}.py: does article_url take the articles you want and nothing else?
2. Try it:     eval "$(.venv/bin/kliping env)"        (where `make up` keeps its things; nothing is started)
               .venv/bin/scrapy crawl {name} -a dry_run=1{replay}
3. Look through tests/sites/{name}/: words were replaced by invented ones, months by November 2026. Whatever text of the
   site you still find is under its copyright: put invented text in its place before you commit.
4. Fill in tests/sites/{name}/expected.json by what a reader sees. To compare, what cleaning makes of the pages:
               .venv/bin/scrapy clean tests/sites/{name}/*.html --site {name}
5. Test it:    make test-environment, then .venv/bin/pytest tests/sites -k {name}
6. Describe it: .venv/bin/kliping sites-doc > docs/sites.md, then make test
"""

DENIED = """\
The site does not want crawlers like ours: {why}.
{file} says so in permission_needed, so that it is neither scheduled nor crawled. Ask its owner.
Record a consent in KLIPING_PERMISSIONS; with it, remove what was written and run newsite again.
"""


class Command(ScrapyCommand):
    """Probes a site and writes spiders/sites/NAME.py and tests/sites/NAME/. Overwrites nothing."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] NAME URL"

    def short_desc(self) -> str:
        return "Draft the spider and the test of a new site"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--from", dest="captures", metavar="WARC", help="look at a recording (file or folder), not at the site"
        )
        parser.add_argument("--into", type=Path, default=PROJECT, metavar="FOLDER", help="project to write to")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        if self.settings and not opts.loglevel:
            self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")  # what follows says the rest

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 2:
            raise UsageError
        # Here, since a crawl loads all commands and reads no feed itself.
        from spiders.newsite.files import files, owner_among, write
        from spiders.newsite.probe import ProbeFailed

        name, url = args[0], full_url(args[1])
        self._check(name, url, opts)
        found = self._probe(name, url, opts.captures)
        if isinstance(found, ProbeFailed):
            raise UsageError(f"nothing was written: {found}", print_help=False)
        if other := owner_among([site for site in all_sites() if isinstance(site, Site)], found):
            raise UsageError(f"nothing was written: these articles are those of the site {other}", print_help=False)
        written = files(found)
        try:
            write(written, opts.into)
        except FileExistsError as error:
            raise UsageError(str(error), print_help=False) from error
        tell(found, written, opts.captures)
        self.exitcode = 1 if found.denied else 0

    def _check(self, name: str, url: str, opts: argparse.Namespace) -> None:
        """Raises UsageError for a name that cannot be, or is taken, and without a contact address."""
        if not NAME.fullmatch(name) or keyword.iskeyword(name):
            raise UsageError(f"{name!r} is not a name: 3 to 30 lower case letters and digits, a letter first")
        if self.crawler_process and name in self.crawler_process.spider_loader.list():
            raise UsageError(f"there is a site {name} already; `scrapy list` names them all", print_help=False)
        for path in (f"spiders/sites/{name}.py", f"tests/sites/{name}"):
            if (opts.into / path).exists():
                raise UsageError(f"{opts.into / path} is there already", print_help=False)
        contact = crawl().contact
        if not (contact or opts.captures or is_loopback(urlsplit(url).hostname)):
            raise UsageError(
                "real sites are visited only with a contact address: set KLIPING_CONTACT", print_help=False
            )

    def _probe(self, name: str, url: str, recording: str | None) -> "Findings | ProbeFailed":
        from spiders.newsite.probe import Probe, ProbeFailed

        if self.crawler_process is None or self.settings is None:
            raise UsageError("there is no crawler process")
        captures = Captures()
        if recording:
            try:
                captures = Captures.from_files(warc_files(Path(recording)), lambda damage: print(f"warning: {damage}"))
            except FileNotFoundError as error:
                raise UsageError(str(error), print_help=False) from error
            self.settings.set("REPLAY", recording, priority="cmdline")
        else:
            print(f"Looking at {host_of(url)}, with pauses: this takes a minute or two.", flush=True)
        found: list[Findings | ProbeFailed] = []
        worker = CleaningWorker()
        try:
            self.crawler_process.crawl(
                Probe, name=name, url=url, on_result=found.append, worker=worker, captures=captures
            )
            self.crawler_process.start()
        finally:
            worker.close()
        return found[0] if found else ProbeFailed("the look at the site broke off; the log says why")


def full_url(stated: str) -> str:
    """The URL that the operator means: https where it says nothing, or http of a site that is not on this machine.

    Raises UsageError where it is none.
    """
    url = stated if "://" in stated else f"https://{stated}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        raise UsageError(f"{stated!r} is not a web address")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        parts = parts._replace(scheme="https")
    return parts._replace(path=parts.path or "/", query="", fragment="").geturl()


def tell(found: "Findings", written: "list[File]", recording: str | None) -> None:
    """Print what was found, what was written, and what is to be done with it."""
    from spiders.newsite.files import reading

    console = log(highlight=False)
    name = found.site.name
    for fact in found.facts:
        console.print(escape(f"{fact}."))
    for line in reading(found):
        console.print(escape(line))
    for doubt in found.doubts:
        console.print(f"[yellow]look[/] {escape(doubt)}")
    console.print(f"\nWritten: {written[0].path}, and {len(written) - 1} files in tests/sites/{name}/\n")
    if found.denied:
        console.print(escape(DENIED.format(why=found.denied, file=written[0].path)))
    if found.samples:
        console.print(escape(NEXT.format(name=name, replay=f" -s REPLAY={recording}" if recording else "")))
