"""Lists of posts of WordPress's REST API, which tell of any days."""

import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic import BaseModel, TypeAdapter

from pipelines.storable_text import storable
from spiders.answer import Answer
from spiders.sources.entries import MAX_URLS, Entry, SourceUnreadable, Window, parse_date, plain_title

if TYPE_CHECKING:
    from spiders.sources.reader import SourceReader

POSTS_PER_PAGE = 100
"""The most that WordPress's REST API gives at once."""

MAX_POSTS_PAGES = MAX_URLS // POSTS_PER_PAGE
"""A window's posts are cut where a sitemap would be."""

WINDOW_MARGIN = timedelta(days=1)
"""By which more is asked for than the window holds: WordPress compares in the site's own time zone, and before 5.3
heeds no other that a date is stated in."""


async def read_posts_api(source: "SourceReader") -> None:
    """The posts of the window, page by page; what follows a page that could not be read is left out."""
    most = source.max_pages(MAX_POSTS_PAGES)
    number = pages = 1
    while number <= min(pages, most):
        address = posts_page(source.url, source.window, number)
        try:
            answer = await source.get_page(address)
            source.announce(await source.read(parse_posts, answer.body))
            pages = _stated_pages(answer)
        except Exception as error:
            if number == 1:
                raise
            source.warn(f"{address} could not be read: {source.reason(error)}")
            break
        number += 1
    if pages > MAX_POSTS_PAGES and most == MAX_POSTS_PAGES:
        source.warn(f"{source.url} has {pages} pages of the window's posts, of which {MAX_POSTS_PAGES} are read")


class _Title(BaseModel):
    rendered: str


class _Post(BaseModel):
    """A post as WordPress's REST API has it. `title` is HTML, the dates are UTC without saying so."""

    link: str
    date_gmt: str | None = None
    modified_gmt: str | None = None
    title: _Title | None = None


_POSTS = TypeAdapter(list[_Post])


def posts_page(api: str, window: Window, number: int) -> str:
    """URL of the page `number`, from 1, of the posts that the REST API at `api` has of the window, newest first."""
    query = {"per_page": str(POSTS_PER_PAGE), "page": str(number)}
    if window.since:
        query["after"] = f"{(window.since - WINDOW_MARGIN).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if window.until:
        query["before"] = f"{(window.until + WINDOW_MARGIN).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{api}?{urlencode({**query, '_fields': 'link,date_gmt,modified_gmt,title'}, safe=',:')}"


def parse_posts(body: bytes) -> tuple[Entry, ...]:
    """The entries of one page of WordPress's REST API.

    Raises SourceUnreadable where `body` is not a list of posts.
    """
    try:
        # Not by pydantic's own reader: it refuses the whole list for half a surrogate pair in one title.
        posts = _POSTS.validate_python(storable(json.loads(body)))
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable("it is not a list of WordPress's posts") from error
    return tuple(
        Entry(
            url=post.link,
            headline=plain_title(post.title.rendered) if post.title else None,
            date_published=parse_date(post.date_gmt, UTC),
            date_modified=parse_date(post.modified_gmt, UTC),
        )
        for post in posts[:MAX_URLS]
    )


def _stated_pages(answer: Answer) -> int:
    """Pages that an answer of WordPress's REST API says there are; 1 where it says nothing."""
    stated = (answer.header("x-wp-totalpages") or "").strip()
    return int(stated) if stated.isdecimal() else 1
