"""Whether the pages of articles come to the rows that the table has of them: a sample is cleaned again.

Only a row that was made by the very rules of today can be held to it. One of earlier rules may come out otherwise, as
that is what rules are changed for: such rows are counted, and `reextract` makes them anew.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipelines.archive.reextract import MARKS, PROVENANCE_COLUMNS, cleaned, differing, following_row
from pipelines.archive.schema import ARTICLES, Row
from pipelines.archive.tables import Corpus
from pipelines.archive.verdicts import last_verdicts
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.article import Rejection
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningError, CleaningWorker
from settings.clock import utc_now

MAX_CLEANED_AGAIN = 100
"""Articles of a verification, drawn anew each time: seconds of work. A rule that is applied otherwise than it says
shows on more than one of a hundred."""

RulesOf = Callable[[str], SiteRules | None]
"""Gives the rules by which a site's pages are cleaned today, the lines that were learned among them; None where they
cannot be read.
"""


@dataclass(slots=True)
class DrawnArticles:
    """Articles drawn at random while rows go by, each with the same chance, by site, month and id."""

    drawn: list[tuple[str, str, str]] = field(default_factory=list)
    _passed: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Have rows of `articles` go by."""
        for row in rows:
            self._passed += 1
            place = row["site"], row["published_month"], row["article_id"]
            if len(self.drawn) < MAX_CLEANED_AGAIN:
                self.drawn.append(place)
            elif (number := random.randrange(self._passed)) < MAX_CLEANED_AGAIN:  # noqa: S311
                self.drawn[number] = place


def verify_cleaning(corpus: Corpus, verification: Verification, drawn: DrawnArticles, rules_of: RulesOf) -> None:
    """Clean the drawn articles again, and hold the table's rows to what comes out. Articles that a person has judged
    are left out: there the rules have not decided.

    Raises StorageUnavailable.
    """
    judged = {row["article_id"] for row in last_verdicts(corpus)}
    by_site: dict[str, list[tuple[str, str, str]]] = {}
    for place in drawn.drawn:
        if place[2] not in judged:
            by_site.setdefault(place[0], []).append(place)
    worker = CleaningWorker(workers=1)
    try:
        for site, places in sorted(by_site.items()):
            if rules := rules_of(site):
                _verify_site(corpus, verification, _rows_at(corpus, places), rules, worker)
            else:
                verification.notes.append(f"{site}: its articles were not cleaned again, as its file cannot be read")
    finally:
        worker.close()


def _rows_at(corpus: Corpus, places: Sequence[tuple[str, str, str]]) -> list[Row]:
    where = " OR ".join(
        f"(t.site = '{site}' AND t.published_month = '{month}' AND t.article_id = '{identity}')"
        for site, month, identity in places
    )
    return corpus.select(ARTICLES, where)


def _verify_site(
    corpus: Corpus, verification: Verification, rows: Sequence[Row], rules: SiteRules, worker: CleaningWorker
) -> None:
    of_earlier_rules = 0
    for row, result in cleaned(rows, corpus.bucket, rules, worker):
        if isinstance(result, CleaningError):
            verification.add(Kind.CLEANED_OTHERWISE, row["url"], f"its pages cannot be cleaned again: {result}")
        elif isinstance(result, Rejection):
            of_earlier_rules += 1  # a rejection does not say by which rules: that of today may be new
        elif not isinstance(result, Exception):
            following = following_row(row, result, utc_now())
            columns = differing(row, following, {*PROVENANCE_COLUMNS, *MARKS, "reextracted_at"})
            if result.ruleset != row["ruleset"] or "repeated_lines" in columns:
                of_earlier_rules += bool(columns)
            elif columns:
                verification.add(
                    Kind.CLEANED_OTHERWISE,
                    row["url"],
                    f"its pages come to another {', '.join(columns)} by the rules that it says it was made by: "
                    f"`scrapy reextract {row['site']} --month {row['published_month']}` makes it anew",
                )
        verification.checked["articles cleaned again"] += 1
    if of_earlier_rules:
        verification.notes.append(
            f"{rules.name}: {of_earlier_rules} of {len(rows)} articles that were cleaned again come out otherwise by "
            f"the rules of today: `scrapy reextract {rules.name}` makes them anew"
        )
