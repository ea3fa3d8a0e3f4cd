"""The sites in words: `kliping sites-doc` prints docs/sites.md, which a test holds in step with the spiders."""

import inspect
from collections.abc import Iterable

from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from spiders.news import NewsSpider

HEAD = """\
# The sites

<!-- Written by `kliping sites-doc > docs/sites.md`. -->

{count} sites, {scheduled} of them scheduled once the operator switches them on. The others are crawled only with their
owners' permission, for the reason that each states. Facts about a site carry the month in which they were seen. Where
one is no longer true, the site's expectations are not met, and its runs fail and say so.
"""

SOURCES = {
    "news_sitemaps": "news sitemap",
    "sitemaps": "sitemap",
    "feeds": "feed",
    "posts_apis": "posts API",
    "sections": "section page",
}
"""Kinds of sources, in the order in which a run asks them."""


def sites() -> list[type[NewsSpider]]:
    """The classes of all sites in `spiders/sites`, by name."""
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["spiders.sites"]}))
    classes = (loader.load(name) for name in sorted(loader.list()))
    return [spider for spider in classes if issubclass(spider, NewsSpider)]


def overview(spiders: Iterable[type[NewsSpider]]) -> str:
    """Markdown: a table of the sites, then each with its docstring."""
    listed = list(spiders)
    head = HEAD.format(count=len(listed), scheduled=sum(not spider.permission_needed for spider in listed))
    rows = ["| site | name | platform | sources | articles a day | schedule |", "|---|---|---|---|---|---|"]
    rows += [_row(spider) for spider in listed]
    return "\n".join((head, *rows, "", "\n\n".join(map(_section, listed)))) + "\n"


def _row(spider: type[NewsSpider]) -> str:
    sources = ", ".join(words for kind, words in SOURCES.items() if getattr(spider, kind))
    per_day = spider.expect.articles_per_day
    cells = (
        f"[{spider.title}]({spider.home})",
        f"[`{spider.name}`](#{spider.name})",
        _platform(spider),
        sources,
        f"{per_day[0]} to {per_day[1]}" if per_day else "not known",
        "permission needed" if spider.permission_needed else f"`{spider.schedule}`",
    )
    return f"| {' | '.join(cells)} |"


def _platform(spider: type[NewsSpider]) -> str:
    platform = spider.__mro__[1]
    return "own" if platform is NewsSpider else platform.__name__


def _section(spider: type[NewsSpider]) -> str:
    parts = [f"## {spider.name}", inspect.getdoc(spider) or ""]
    if spider.permission_needed:
        parts.append(f"Permission needed: {spider.permission_needed}.")
    return "\n\n".join(parts)
