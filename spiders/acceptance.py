"""The first examination of a site online: what has to be seen before somebody says that it is as its spider thinks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from spiders.doctor import ARTICLE, Diagnosis
from spiders.site import Site

SAMPLES = 10
"""Articles looked at: two or three of each source, and with some luck one that is split."""

MIN_ARTICLES = 0.8
"""Share of them that have to be articles: sources name a gallery or a video now and then."""


class Verdict(StrEnum):
    """What a check came to. What was not seen is for the one who signs to look at."""

    GOOD = "good"
    UNSEEN = "not seen"
    BAD = "not good"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what was seen of it."""

    name: str
    verdict: Verdict
    seen: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """All that was looked at of a site. It may be signed where nothing is BAD."""

    diagnosis: Diagnosis
    checks: Sequence[Check]

    @property
    def may_be_signed(self) -> bool:
        return all(check.verdict is not Verdict.BAD for check in self.checks)


def judge(site: Site, diagnosis: Diagnosis) -> Acceptance:
    """What an examination of SAMPLES articles says of a site."""
    return Acceptance(diagnosis, list(_checks(site, diagnosis)))


def _checks(site: Site, diagnosis: Diagnosis) -> Iterator[Check]:
    troubles = [finding.trouble for finding in diagnosis.robots if finding.trouble]
    denied = [url for finding in diagnosis.robots for url in finding.denied]
    yield _check("robots.txt", not troubles and not denied, (troubles or denied or ["allows what we ask for"])[0])
    for source in diagnosis.sources:
        seen = source.trouble or f"names {source.items} pages, {source.articles} of them articles"
        yield _check(f"{source.via} {source.url}", not source.trouble and source.articles > 0, seen)
    articles = [sample for sample in diagnosis.samples if sample.verdict == ARTICLE]
    others = [f"{sample.verdict}: {sample.url}" for sample in diagnosis.samples if sample.verdict != ARTICLE]
    enough = bool(articles) and len(articles) >= MIN_ARTICLES * len(diagnosis.samples)
    told = f"{len(articles)} of {len(diagnosis.samples)} are"
    yield _check("articles", enough, f"{told}; {'; '.join(others)}" if others else told)
    yield from _paging(site, diagnosis)
    for failure in diagnosis.failures:
        yield Check("expectations", Verdict.BAD, failure)
    for warning in diagnosis.warnings:
        yield Check("warning", Verdict.UNSEEN, warning)


def _paging(site: Site, diagnosis: Diagnosis) -> Iterator[Check]:
    """Whether split articles were met, and the one-page form answered: most articles of most sites are whole."""
    asked = [sample for sample in diagnosis.samples if sample.one_page is not None]
    if asked:
        answered = sum(bool(sample.one_page) for sample in asked)
        yield _check("one-page form", answered == len(asked), f"answered for {answered} of {len(asked)} articles")
    split = [sample for sample in diagnosis.samples if sample.pages > 1]
    if split:
        yield Check("paging", Verdict.GOOD, f"{split[0].url} has {split[0].pages} pages")
    elif site.one_page is None:
        yield Check("paging", Verdict.UNSEEN, "no sample article is split; look for one, and crawl it by its URL")


def _check(name: str, is_good: bool, seen: str) -> Check:
    return Check(name, Verdict.GOOD if is_good else Verdict.BAD, seen)


def sign(file: Path, name: str, on: date) -> None:
    """State in a site's file that the site was verified on a day, in place of an earlier one.

    Raises ValueError where the file does not state the site's name on a line of its own.
    """
    text = file.read_text(encoding="utf-8")
    without = re.sub(r"^ +verified = .*\n", "", text, flags=re.MULTILINE)
    stated = re.compile(rf'^( +)name = "{re.escape(name)}"\n', re.MULTILINE)
    if not stated.search(without):
        raise ValueError(f'{file} has no line name = "{name}" to put the date below')
    file.write_text(stated.sub(rf'\g<0>\g<1>verified = "{on}"\n', without, count=1), encoding="utf-8")
