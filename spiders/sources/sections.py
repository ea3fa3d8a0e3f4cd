"""Section pages: lists of links to articles, for readers."""

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from pipelines.web_address import joined
from spiders.answer import Answer
from spiders.page_reading import parse_html
from spiders.sources.entries import MAX_URLS, Entry, SourceUnreadable

if TYPE_CHECKING:
    from spiders.sources.reader import SourceReader


async def read_section(source: "SourceReader") -> None:
    """The links of the section's first pages, as many as the site states."""
    asked = [source.url]
    for number in range(source.max_pages(source.site.section_pages)):
        answer = await source.get(asked[-1])
        if answer is None:
            return
        if not answer.is_text:
            raise SourceUnreadable("it is not a web page")
        links, following = await source.read(
            read_section_page, answer.to_be_read, source.site.section_links, source.site.section_next
        )
        articles = source.announce(links)
        if number == 0 and not articles and not source.is_sample:
            raise SourceUnreadable("it links to no article")
        if number == 0:
            source.remember(source.url, answer)
        if not articles or not following or following in asked:
            return
        asked.append(following)


def read_section_page(answer: Answer, links: str, following: str) -> tuple[tuple[Entry, ...], str | None]:
    """The links of a section page and the address of its next page, by the CSS selectors of both."""
    page = parse_html(answer.text)
    return section_links(page, answer.url, links), _next_page(page, answer.url, following)


def section_links(page: LexborHTMLParser, url: str, links: str) -> tuple[Entry, ...]:
    """The links of a section page that the CSS selector `links` names, in the order of the page, each once."""
    targets = (joined(url, node.attributes.get("href") or "") for node in page.css(links))
    return tuple(Entry(target) for target in dict.fromkeys(targets) if target)[:MAX_URLS]


def _next_page(page: LexborHTMLParser, url: str, selector: str) -> str | None:
    links = page.css(selector) if selector else []
    return next((joined(url, link.attributes.get("href") or "") for link in links), None)
