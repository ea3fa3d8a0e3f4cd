"""The records of cleaning: the `Article` a page becomes, or the `Rejection` that says why it is not one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a fetched page is not an article of the corpus. NO_DATE is given no more; older rows have it."""

    NOT_ARTICLE = "not_article"
    TOO_SHORT = "too_short"
    BLOCKED_PAGE = "blocked_page"
    PAYWALLED = "paywalled"
    WRONG_LANGUAGE = "wrong_language"
    NO_DATE = "no_date"
    NO_HEADLINE = "no_headline"
    NOT_HTML = "not_html"


MISREAD_REASONS = (Reason.TOO_SHORT, Reason.NO_HEADLINE, Reason.NOT_HTML, Reason.BLOCKED_PAGE)
"""Rejections that a page gets whose text cleaning no longer finds; galleries and index pages are rejected otherwise."""

PRECISIONS = MINUTE, DAY, MONTH, FETCHED = "minute", "day", "month", "fetched"
"""How exact a date of publication is, the most exact first; `fetched`, where the first fetch stands for it."""

UPDATE_SOURCE = "update"
"""Source of the date of a change, on a page that gives no other date: the article is not younger than that."""

GUESS_SOURCE = "htmldate"
"""Source of a day that htmldate took from the markup. Three in four of those that could be checked are right."""

FETCH_SOURCE = "fetch"
"""Source of a date that is the time of the first fetch: the article is not younger than that."""


SURE, DOUBTFUL = "sure", "doubtful"
"""The quality of an article: whether cleaning made out that it is one, and whole, or leaves that to a person."""


class Doubt(StrEnum):
    """What makes an article doubtful. docs/cleaning.md says what each means and how often it is right."""

    OTHER_KIND = "other_kind"
    DESCRIPTION = "description"


class Verdict(StrEnum):
    """What a person says of a page that cleaning doubts."""

    ARTICLE = "article"
    NOT_ARTICLE = "not-article"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A page that is not an article: the reason, and one sentence of detail for operators and analysts."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of an article before its page is read, from the source that announced it.

    `headline` is a title as the feed or news sitemap states it. Times carry their offset (never naive); None where the
    source is silent. `fetched_at` is when the page was captured: no article can be published much later than that.
    `first_fetched_at` is when the article was captured for the first time, None if that is `fetched_at`.
    """

    headline: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    keywords: tuple[str, ...] = ()
    fetched_at: datetime | None = None
    first_fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an article as a browser would get it.

    `html` is the content-decoded body; `charset` is the one the HTTP header states, None where it states none.
    """

    url: str
    html: bytes
    charset: str | None = None


def doc(words: str, **default: Any) -> Any:
    """A dataclass field that carries its definition in words; docs/data-format.md is held against them."""
    return field(metadata={"doc": words}, **default)


@dataclass(frozen=True, slots=True)
class Article:
    """A news article as its readers know it. Names are schema.org NewsArticle in snake_case where it has the notion.

    Times are aware datetimes in the offset that the page stated (UTC+7 where an Indonesian page states none).
    """

    url: str = doc("Canonical URL of the article: one article, one URL.")
    headline: str = doc("Headline as a reader sees it, without the site's name.")
    body: str = doc("The article's own running text, one paragraph per line; no headline, byline, dateline or residue.")
    date_published: datetime = doc(
        "When the article was published, to the minute where the page says so; see date_precision."
    )
    date_modified: datetime | None = doc(
        "When the publisher last changed the article, where the page says so.", default=None
    )
    body_markdown: str | None = doc(
        "The lines of the body in Markdown: headings, lists, quotes, links and tables as they stood on the page.",
        default=None,
    )
    description: str | None = doc("The publisher's own summary.", default=None)
    author: tuple[str, ...] = doc("People credited with the writing; never desks, companies or labels.", default=())
    editor: tuple[str, ...] = doc("People credited as editors.", default=())
    article_section: str | None = doc("Section of the site the article stands in.", default=None)
    keywords: tuple[str, ...] = doc("Tags, as the page states them.", default=())
    in_language: str = doc("Language of the body, BCP 47.", default="id")
    image: str | None = doc("URL of the lead image.", default=None)
    image_caption: str | None = doc("Caption of the lead image.", default=None)
    dateline: str | None = doc("Place and agency that open the text, e.g. 'JAKARTA, KOMPAS.com'.", default=None)
    desk_code: str | None = doc("Initials of writer and editor that close the text, e.g. 'fyk/agt'.", default=None)
    is_accessible_for_free: bool | None = doc(
        "False where the page marks itself as paid; None where it is silent.", default=None
    )
    schema_type: str = doc("schema.org type the page states, NewsArticle where it states none.", default="NewsArticle")
    sources: Mapping[str, str] = doc(
        "Where each field came from: json-ld, meta, opengraph, time, text, page state, feed, url, url month, "
        "update, htmldate, fetch, h1, title, microdata, blocks, trafilatura, resiliparse, selector.",
        default_factory=dict,
    )
    extractor: str = doc("What found the body, and its version, e.g. 'blocks 2026.12'.", default="")
    ruleset: str = doc("Version of the cleaning rules.", default="")
    rules_fired: tuple[str, ...] = doc(
        "Names of the residue rules that removed something, and selector_passed_by.", default=()
    )
    repeated_lines: tuple[str, ...] = doc(
        "Lines removed because they repeat over many articles of the site (rule 'learned').", default=()
    )
    removed_share: float | None = doc(
        "Share (0 to 1) of the extracted text, by characters, that cleaning took away: residue, dateline, desk code.",
        default=None,
    )
    agreement: float | None = doc(
        "Share (0 to 1) of the body, by letters, in lines that resiliparse takes for main text as well: "
        "a site's fall tells a new layout.",
        default=None,
    )
    page_count: int = doc("Pages that the body was stitched from.", default=1)
    date_precision: str = doc(
        "How exact date_published is: minute, day, month, or fetched, where nothing states a date and the first fetch "
        "stands for it.",
        default=MINUTE,
    )
    quality: str = doc(
        "sure, or doubtful: whether this is an article, and whole, is then for a person to say.", default=SURE
    )
    quality_reasons: tuple[str, ...] = doc("What makes it doubtful; empty for what is sure.", default=())

    is_based_on: str | None = doc(
        "What the page says that its text is taken from: another site's address (isBasedOn, or a canonical address "
        "elsewhere), or a medium in a line of credit ('Sumber: ...', 'Artikel ini telah tayang di ...').",
        default=None,
    )

    correction: str | None = doc(
        "The newsroom's notice that it has corrected or changed the article, as it stands: 'Ralat: ...', 'Artikel ini "
        "telah diperbarui ...'.",
        default=None,
    )

    license: str | None = doc(
        "The licence that the page declares for the article, as it stands: its address, or in words.", default=None
    )

    @property
    def states_date(self) -> bool:
        """Whether page, address or feed say when the article was published or changed."""
        return self.sources.get("date_published") not in (GUESS_SOURCE, FETCH_SOURCE)

    def filled(self, names: Iterable[str]) -> list[str]:
        """Those of the fields that have a value. A date that nothing states counts as none."""
        return [name for name in names if getattr(self, name) and (name != "date_published" or self.states_date)]

    @property
    def word_count(self) -> int:
        """White-space separated words of the body."""
        return len(self.body.split())
