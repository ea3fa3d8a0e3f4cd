"""The kinds of sources. To add one: a line here, its attribute in `spiders.site.Site`, and a module with its reader."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source.

    `name` is what archived rows say (`discovered_via`), and `attribute`, its plural, that of `Site` which holds the
    addresses. `reader` is the function that reads one such source, "module:function": its module is loaded by the first
    run that reads a source, not by Airflow, which only looks at sites. `max_drafted` is how many sources of the kind a
    drafted site states: more of them say the same.
    """

    name: str
    words: str
    reader: str
    max_drafted: int = 0
    is_date_templated: bool = False
    """Whether '{date:…}' in an address stands for a day: it is then read once for each day of the run."""

    only_in_window: bool = False
    """Whether only a run over a span of days asks it: what is new, the other sources say with fewer requests."""

    @property
    def attribute(self) -> str:
        return f"{self.name}s"


NEWS_SITEMAP = SourceKind("news_sitemap", "news sitemap", "spiders.sources.sitemaps:read_news_sitemap", 2)
SITEMAP = SourceKind("sitemap", "sitemap", "spiders.sources.sitemaps:read_plain_sitemap", 1)
FEED = SourceKind("feed", "feed", "spiders.sources.feeds:read_feed", 2)
POSTS_API = SourceKind("posts_api", "posts API", "spiders.sources.posts_apis:read_posts_api", only_in_window=True)
SECTION = SourceKind("section", "section page", "spiders.sources.sections:read_section", 1, is_date_templated=True)

SOURCE_KINDS = (NEWS_SITEMAP, SITEMAP, FEED, POSTS_API, SECTION)
"""In the order in which a run reads them; where two know equally much of an article, the earlier is believed."""
