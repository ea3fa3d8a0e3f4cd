"""Whether the query parameters that a site does not name tell its articles apart, as one run finds out.

Folded without a look, two articles would become one, and the second a revision of the first; kept without a look, each
widget's parameter would make a second article.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable

from scrapy.utils.datatypes import LocalCache

from pipelines.visit import GONE_STATUSES
from spiders.answer import Answer
from spiders.page_reading import PageReading, ReadPage, ShownHeadline
from spiders.site import Site

MAX_REMEMBERED_PAGES = 1000
"""The two addresses of an article that is announced twice follow each other closely: a source names its newest few
hundred. The archive knows what earlier ones are called."""


class UnknownParameters:
    """What a run has found out of each site's unknown parameters, by their names.

    `read` reads a page. `known_headline` gives the headline of the article that the archive has at a canonical URL,
    None where it has none. `warn` is told of parameters that tell articles apart.
    """

    def __init__(
        self, read: ReadPage, known_headline: Callable[[str], str | None], warn: Callable[[str], None]
    ) -> None:
        self._read = read
        self._known_headline = known_headline
        self._warn = warn
        self._told: dict[str, dict[str, bool]] = defaultdict(dict)
        self._shown: LocalCache[str, ShownHeadline] = LocalCache(MAX_REMEMBERED_PAGES)

    def remember(self, url: str, reading: PageReading) -> None:
        """Take note of what the page of the article at the canonical `url` is called."""
        self._shown[url] = reading.headline

    def told(self, site: Site, stated: str) -> bool | None:
        """Whether the parameters of an address tell articles apart; None where the run has not found out yet."""
        told = [self._told[site.name].get(name) for name in _unknown_names(site, stated)]
        return True if True in told else None if None in told else False

    async def tell_apart(
        self, site: Site, stated: str, first: Answer, reading: PageReading, fetch: Callable[[str], Awaitable[Answer]]
    ) -> bool:
        """Whether the page `first` at the address `stated` is another article than that at the address without its
        unknown parameters. It is the same if it is called the same there.

        At most one page is fetched for each parameter of a site. Where that fails, what the archive knows decides.
        """
        if (told := self.told(site, stated)) is not None:
            return told
        plain = site.urls.canonical(stated) or stated
        shown, archived = self._shown.get(plain), self._known_headline(plain)
        if (shown and reading.headline.equals(shown)) or (archived and reading.headline.is_of(archived)):
            return self._decide(site, stated, is_another=False)
        is_known_as_another = bool(shown or archived)
        try:
            answer = await fetch(plain)
            there = await self._read(answer, site)
        except Exception:  # noqa: BLE001 - the page at hand is there, whatever is the matter with this one
            return is_known_as_another
        if answer.status == 200:
            is_there = site.urls.canonical(answer.url) == plain
            is_same = answer.body == first.body or there.headline.equals(reading.headline)
            return self._decide(site, stated, is_another=not (is_there and is_same))
        if answer.status in GONE_STATUSES:
            return self._decide(site, stated, is_another=True)
        return is_known_as_another

    def _decide(self, site: Site, stated: str, *, is_another: bool) -> bool:
        names = _unknown_names(site, stated)
        self._told[site.name].update(dict.fromkeys(names, is_another))
        if is_another:
            self._warn(
                f"the parameter {', '.join(names)} tells articles of {site.title} apart, as at {stated}: "
                f"state it in identifying_keys of {site.name}"
            )
        return is_another


def _unknown_names(site: Site, stated: str) -> list[str]:
    address = site.urls.read(stated)
    return list(dict.fromkeys(name for name, _ in address.unknown)) if address else []
