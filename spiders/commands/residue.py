"""`scrapy residue SITE`: the lines that were learned as a site's boilerplate, and why."""

import argparse

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.learned_residue_table import learned_lines
from pipelines.archive.tables import Corpus
from pipelines.cleaning.text_normalization import letters_only
from settings.storage import storage
from spiders.commands.exit_status import check_sites, ends_in_one_sentence
from spiders.console import escape, output, table
from spiders.site_index import rules_of


class Command(ScrapyCommand):
    """Prints what cleaning removes from the site's texts because it repeats. `scrapy learn SITE` learns anew."""

    requires_project = True

    def syntax(self) -> str:
        return "<SITE>"

    def short_desc(self) -> str:
        return "Show the lines learned as a site's boilerplate, with their evidence"

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        if len(args) != 1 or self.settings is None:
            raise UsageError
        [site] = args
        kept = {letters_only(line) for line in rules_of(site).keep_lines}
        corpus = Corpus(storage())
        lines = learned_lines(corpus).get(site, ())
        if not lines:
            check_sites(self, [site], corpus)
        console = output()
        if not lines:
            console.print(f"Nothing has been learned of {site}.")
            return
        headings = ("where", "articles", "share", "days", "in", "seen", "line", "an article that holds it")
        learned = table(*headings, title=f"Learned residue of {site}", overflow="fold")
        for line in lines:
            vetoed = " [yellow](kept: the site says it is text)[/]" if line.key in kept else ""
            learned.add_row(
                line.place,
                str(line.articles),
                f"{line.share:.0%}",
                str(line.days),
                line.window,
                f"{line.first_seen:%Y-%m-%d} to {line.last_seen:%Y-%m-%d}",
                escape(line.line) + vetoed,
                line.examples[-1],
            )
        console.print(learned)
