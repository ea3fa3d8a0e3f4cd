"""`scrapy learn [SITE ...]`: learn the boilerplate of sites from their archived articles."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.bucket_owner import require_own_bucket
from pipelines.archive.learned_residue_table import Lesson, learn_site
from pipelines.archive.rows import published_month
from pipelines.archive.tables import Corpus
from settings.clock import utc_now
from settings.storage import storage
from spiders.commands.exit_status import check_sites, ends_in_one_sentence
from spiders.console import escape, output, table
from spiders.site_index import rules_of

if TYPE_CHECKING:
    from rich.console import Console


class Command(ScrapyCommand):
    """Learns of the sites named, or of all that have articles, and prints what is new and what is residue no more."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] [SITE ...]"

    def short_desc(self) -> str:
        return "Learn which lines are boilerplate, from the archived articles of sites"

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        if self.settings is None:
            raise UsageError
        corpus = Corpus(storage())
        require_own_bucket(storage())
        corpus.ensure()
        check_sites(self, args, corpus)
        now = utc_now()
        lessons = [learn_site(corpus, site, rules_of(site).keep_lines, now) for site in args or corpus.sites()]
        months = {lesson.site: outdated_months(lesson, corpus.months(lesson.site)) for lesson in lessons}
        show(lessons, output())
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(json.dumps(to_json(lessons, months), ensure_ascii=False), encoding="utf-8")


def outdated_months(lesson: Lesson, months: Sequence[str]) -> list[str]:
    """The site's months ('YYYY-MM') whose articles may read otherwise by what was just learned or forgotten."""
    spans = [
        (published_month(line.first_seen), published_month(line.last_seen))
        for line in (*lesson.learned, *lesson.forgotten)
    ]
    return [month for month in months if any(first <= month <= last for first, last in spans)]


def summary(lessons: Sequence[Lesson]) -> str:
    """What was learned, in one sentence."""
    learned, forgotten = (sum(len(getattr(x, name)) for x in lessons) for name in ("learned", "forgotten"))
    known = learned + sum(len(lesson.kept) for lesson in lessons)
    articles = sum(lesson.articles for lesson in lessons)
    return (
        f"{articles} articles of {len(lessons)} sites: {learned} lines learned, {forgotten} forgotten, "
        f"{known} are residue now."
    )


def to_json(lessons: Sequence[Lesson], months: dict[str, list[str]]) -> dict[str, Any]:
    """What REPORT_FILE holds: the lines by site, and the months that re-extraction would change."""
    return {
        "summary": summary(lessons),
        "failures": [],
        "sites": [
            {
                "site": lesson.site,
                "articles": lesson.articles,
                "known": len(lesson.learned) + len(lesson.kept),
                **{name: [line.line for line in getattr(lesson, name)] for name in ("learned", "forgotten", "vetoed")},
                "outdated_months": months[lesson.site],
            }
            for lesson in lessons
        ],
    }


def show(lessons: Sequence[Lesson], console: "Console") -> None:
    """Print what changed, a line each, and the sum."""
    lines_by_site = table("site", "", "where", "articles", "share", "days", "line", title="Residue", overflow="fold")
    for lesson in lessons:
        for words, lines in (
            ("[green]learned[/]", lesson.learned),
            ("[red]forgotten[/]", lesson.forgotten),
            ("[yellow]kept as text[/]", lesson.vetoed),
        ):
            for line in lines:
                lines_by_site.add_row(
                    lesson.site,
                    words,
                    line.place,
                    str(line.articles),
                    f"{line.share:.0%}",
                    str(line.days),
                    escape(line.line),
                )
    if lines_by_site.row_count:
        console.print(lines_by_site)
    console.print(escape(summary(lessons)))
