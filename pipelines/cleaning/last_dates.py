"""Dates an article that does not say when it was published: by a change, by a guess, or by its first fetch."""

from datetime import UTC, datetime, timezone

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from pipelines.article import DAY, FETCH_SOURCE, FETCHED, GUESS_SOURCE, MINUTE, UPDATE_SOURCE, Hints
from pipelines.cleaning.date_parsing import MIN_DATE
from pipelines.cleaning.decoding import as_utf8
from pipelines.cleaning.document import PAGE_TAGS
from pipelines.cleaning.page_parts import is_elsewhere
from pipelines.cleaning.publication_dates import PublicationDates
from pipelines.cleaning.stated_dates import tells_of_something_else
from settings.clock import utc_now

MAX_GUESSED_PAGE_BYTES = 2**20
"""Bytes of a page that htmldate searches: its time grows with them, and dates stand near the top."""


def last_date(
    html: bytes, url: str, dates: PublicationDates, hints: Hints, zone: timezone
) -> tuple[datetime, str, str]:
    """Return the date of an article for which no source gives one, with its source and precision.

    The article is no younger than its change, which decides first. Then comes the day that htmldate finds, and last the
    first fetch, in `zone`; where it is not known when the page was fetched, that is now.
    """
    if dates.modified is not None:
        return dates.modified, UPDATE_SOURCE, MINUTE
    fetched_at = hints.first_fetched_at or hints.fetched_at or utc_now()
    guessed = _guessed_day(html, url, fetched_at)
    if guessed is not None:
        return guessed.replace(tzinfo=zone), GUESS_SOURCE, DAY
    return fetched_at.astimezone(zone), FETCH_SOURCE, FETCHED


def _guessed_day(html: bytes, url: str, fetched_at: datetime) -> datetime | None:
    """Return midnight of the day that htmldate finds in the markup, None if it finds none to be believed.

    Its search through the text is left out, being right on less than half of the pages. A first of January stands for a
    year, and the day of the fetch is what bars show.
    """
    try:
        tree = document_fromstring(as_utf8(html[:MAX_GUESSED_PAGE_BYTES]))
    except etree.LxmlError:
        return None
    _drop_other_dates(tree)
    found = find_date(
        tree,
        url=url,
        extensive_search=False,
        original_date=True,
        min_date=MIN_DATE.replace(tzinfo=None),
        max_date=fetched_at.astimezone(UTC).replace(tzinfo=None),
    )
    if found is None:
        return None
    day = datetime.fromisoformat(found)
    is_year = (day.month, day.day) == (1, 1)
    return None if is_year or day.date() >= fetched_at.date() else day


def _drop_other_dates(tree: HtmlElement) -> None:
    """Remove what gives dates of other things: parts about them, bars, and data in scripts, which were read before."""
    for element in list(tree.iter("*")):
        if element.tag in (*PAGE_TAGS, "head") or element.getparent() is None:
            continue
        if (
            element.tag == "script"
            or is_elsewhere(element)
            or (element.tag == "time" and tells_of_something_else(element, None))
        ):
            element.drop_tree()
