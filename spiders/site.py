"""Site: what a news site is, in data and small pure functions. Nothing here knows Scrapy.

A site is a subclass in a file of its own (`spiders/sites/<name>.py`), as short as what sets it apart; a platform is a
subclass that several sites share; a site that is known by its pages only is an instance, `Site(name=…, home=…)`.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from zlib import crc32

from pipelines.cleaning.site_rules import FormerLayout, SiteRules
from pipelines.visit import Announcement
from settings.clock import WIB
from spiders.canonical import SiteUrls, host_of
from spiders.expect import Expect
from spiders.pagination import Pagination
from spiders.source_kinds import SOURCE_KINDS, SourceKind

DEFAULT_SCHEDULE = "*/30 * * * *"
"""Twice an hour: a news sitemap or feed holds far more than half an hour's articles, and polls are conditional."""


class Site:
    """A news site. What a subclass or an instance does not state is as it is here.

    Raises TypeError where one states what a site does not have, such as a misspelt attribute.
    """

    name: str
    """File, spider, DAG and prefix in the bucket: lower case letters and digits."""

    title: str
    """The site's name, as its headlines and bylines carry it."""

    home: str
    """The home page. Its host is the site's; its scheme is that of every article's URL."""

    hosts: Sequence[str] = ()
    """Further hosts whose pages are the site's articles."""

    article_url: str
    """Regular expression, searched in canonical URLs: which of the site's pages are articles."""

    # Sources. Each kind of `source_kinds` has its attribute here.

    news_sitemaps: Sequence[str] = ()
    """Sitemaps of the last days' articles (or indexes of such): all that they name is news."""

    sitemaps: Sequence[str] = ()
    """Sitemaps of the whole archive (or indexes of such): a run takes what changed in the last `recent_days`."""

    feeds: Sequence[str] = ()
    """RSS or Atom feeds."""

    posts_apis: Sequence[str] = ()
    """Lists of posts of WordPress's REST API (`/wp-json/wp/v2/posts`): a run with a window asks them for its days."""

    sections: Sequence[str] = ()
    """Pages that link to articles. '{date:%Y-%m-%d}' in one stands for the day, in any form strftime knows."""

    sitemap_children: str = ""
    """Regular expression, searched in the addresses that a sitemap index lists: which of them name articles."""

    feed_pages: str = ""
    """The query by which feeds are leafed through, '{page}' for the number: 'paged={page}'. A run with a window reads
    on from page 2 where the feed itself does not reach back to the window's beginning."""

    section_links: str = "a[href]"
    """CSS selector of the links to articles on a section page; links to other than `article_url` never count."""

    section_next: str = 'a[rel~="next"], link[rel~="next"]'
    """CSS selector of the link to a section's next page."""

    section_pages: int = 1
    """Pages of a section that a run reads."""

    recent_days: int = 7
    """How far back a plain sitemap is taken for news. Covers an outage of some days."""

    # Articles

    trailing_slash: bool = False
    """Whether the site's own URLs end with a slash, as those of WordPress do."""

    unix_time: str | None = None
    """Expression whose group is the Unix time of publication in an article's address, where no source states a date."""

    identifying_keys: Sequence[str] | None = ()
    """Query parameters that tell the site's articles apart ('id' in `/baca.php?id=7`); all others go from an article's
    address. None takes any for such."""

    form_segments: Sequence[str] = ()
    """Segments of a path that only other forms of an article have ('cm' in `/read/cm/2026/…`), besides 'amp'."""

    one_page: Mapping[str, str] | str | None = None
    """What makes the site show an article that it splits on one page: query parameters, or a path suffix ('/all')."""

    next_page: str | None = None
    """CSS selector of the link to an article's next page; None finds it by its address (same article, next number)."""

    language: str | None = "id"
    """BCP 47 language of the articles wanted; None for any."""

    time_zone: str = "WIB"
    """WIB, WITA or WIT: the zone of times that a page gives without one. Pages that tell theirs need no help."""

    headline_selector: str | None = None
    """CSS selector of the headline, where the heading that cleaning takes is another one."""

    body_selector: str | None = None
    drop_selectors: Sequence[str] = ()
    """CSS selectors of the element that holds the text, and of what in it is never text, where cleaning misreads."""

    former_layouts: Sequence[FormerLayout] = ()
    """The selectors of older captures, each until the day on which the site changed its templates."""

    keep_lines: Sequence[str] = ()
    """Lines that repeat over the site's articles and are text all the same: a veto on what is learned as residue."""

    # Manners and expectations

    schedule: str = DEFAULT_SCHEDULE
    """When the site is crawled: cron expression, its minute moved by a constant of the site."""

    expect: Expect = Expect()
    """What a run yields where all is well."""

    refuse_rights: Sequence[str] = ("noarchive", "noai", "tdm-reservation")
    """Reservations that keep a page out of the archive: all that concern its text; 'noimageai' is of its pictures.
    Fewer for a site whose owner agrees, or where the law lets the operator keep and mine what is reserved."""

    keep_lead_image: bool = False
    """Whether the lead image of an article is fetched once and kept beside its pages, so that its replay shows it. One
    request more for each article. Not of pages that state 'noimageai'."""

    delay: float = 3.0
    """Seconds between requests, more where the site is slow or asks for it. 1,200 pages an hour do for any site."""

    loopback: bool = False
    """True for sites on this machine (*.localhost): they need no contact address and no long pauses."""

    permission_needed: str | None = None
    """Why the site may not be crawled without its owner's consent: until the operator records one in
    KLIPING_PERMISSIONS, it is not scheduled, and a run refuses."""

    verified: str | None = None
    """The day, YYYY-MM-DD, on which a real run last confirmed what is stated here: `scrapy accept` writes it."""

    # Platforms

    platform: ClassVar[str] = "A system of its own"
    """The platform in words, for the docstring of a drafted site."""

    detected_by: ClassVar[re.Pattern[str] | None] = None
    """Of a platform: what its pages are recognised by, searched in their HTML; None for what is not a platform."""

    def __init__(self, **attributes: Any) -> None:
        _check_attributes(attributes, type(self).__name__)
        vars(self).update(attributes)
        stated = {*attributes, *self._stated_below_platform()}
        vars(self).update({name: value for name, value in self.derived().items() if name not in stated})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _check_attributes((name for name in vars(cls) if not name.startswith("_")), cls.__name__)

    def derived(self) -> Mapping[str, Any]:
        """Of a platform: the attributes that follow from a site's home page where the site does not state them."""
        return {}

    def _stated_below_platform(self) -> Iterable[str]:
        """The attributes stated by the classes below the one that derives attributes."""
        classes = type(self).__mro__
        platform = next(number for number, ancestor in enumerate(classes) if "derived" in vars(ancestor))
        return (name for ancestor in classes[:platform] for name in vars(ancestor))

    def __reduce__(self) -> tuple[Callable[[Mapping[str, Any]], "Site"], tuple[Mapping[str, Any]]]:
        """A copy in another process, which may lack the subclass's file, has the data alone."""
        return _site_of, ({name: getattr(self, name) for name in Site.__annotations__ if hasattr(self, name)},)

    @cached_property
    def urls(self) -> SiteUrls:
        """The site's addresses."""
        keys = self.one_page if isinstance(self.one_page, Mapping) else {}
        return SiteUrls(
            home=self.home,
            hosts=frozenset((host_of(self.home), *self.hosts)),
            article_url=re.compile(self.article_url),
            source_hosts=frozenset(host_of(url) for kind in SOURCE_KINDS for url in self.addresses(kind)),
            page_keys=frozenset(("page", *keys)),
            one_page_suffix=self.one_page if isinstance(self.one_page, str) else "",
            trailing_slash=self.trailing_slash,
            identifying_keys=None if self.identifying_keys is None else frozenset(self.identifying_keys),
            form_segments=tuple(self.form_segments),
        )

    def addresses(self, kind: SourceKind) -> Sequence[str]:
        """The addresses of the site's sources of one kind, as the site states them."""
        stated: Sequence[str] = getattr(self, kind.attribute)
        return stated

    @property
    def pagination(self) -> Pagination:
        """How the site splits its articles."""
        return Pagination(self.one_page, self.next_page)

    @property
    def recent(self) -> timedelta:
        """`recent_days` as a span."""
        return timedelta(days=self.recent_days)

    def cleaning_rules(self) -> SiteRules:
        """What the site tells the cleaning stage."""
        return SiteRules(
            name=self.name,
            title=self.title,
            home=self.home,
            language=self.language,
            time_zone=self.time_zone,
            headline_selector=self.headline_selector,
            body_selector=self.body_selector,
            drop_selectors=tuple(self.drop_selectors),
            former_layouts=tuple(self.former_layouts),
            keep_lines=tuple(self.keep_lines),
        )

    def dated(self, announcement: Announcement) -> Announcement:
        """The announcement with the date in the article's address, where the site has one there and no source said."""
        found = re.search(self.unix_time, announcement.url) if self.unix_time else None
        if found is None or announcement.date_published:
            return announcement
        return replace(announcement, date_published=datetime.fromtimestamp(int(found[1]), WIB))

    @property
    def description(self) -> str:
        """What the site's docstring tells a newcomer; its first line says what the site is."""
        return inspect.getdoc(self) or "" if type(self) is not Site else ""

    @property
    def how_often(self) -> str:
        """`schedule` in words, such as "every 30 minutes"; one that is no plain interval as it is."""
        if not (interval := re.fullmatch(r"(?:\*/(\d+)|0) (?:\*/(\d+)|\*) \* \* \*", self.schedule)):
            return self.schedule
        minutes, hours = interval.groups()
        if hours:
            return f"every {hours} hours"
        return "hourly" if minutes in (None, "60") else f"every {minutes} minutes"

    @property
    def staggered_schedule(self) -> str:
        """`schedule` with a minute field `*/N` moved by a constant of the site: sites do not start together."""
        minute, _, rest = self.schedule.partition(" ")
        if not minute.startswith("*/"):
            return self.schedule
        step = int(minute.removeprefix("*/"))
        return f"{crc32(self.name.encode()) % step}-59/{step} {rest}"


def _site_of(attributes: Mapping[str, Any]) -> Site:
    return Site(**attributes)


def known_by_domain(domain: str, home: str, hosts: Sequence[str], language: str | None) -> Site:
    """A site that nobody has described: all pages of `domain` on `hosts`, whose articles have a headline in their
    address.
    """
    return Site(
        name=name_of_domain(domain),
        title=domain,
        home=home,
        hosts=hosts,
        article_url=HEADLINE_SLUG,
        identifying_keys=None,
        language=language,
    )


def name_of_domain(domain: str) -> str:
    """What a site that is known by its domain alone is called: 'kabar_co_id'."""
    return domain.replace(".", "_")


HEADLINE_SLUG = (
    r"^https?://[^/]+/(?!(?:.*/)?(?:tags?|topi[ck]s?|categor(?:y|ies)|kategori|authors?|penulis|indeks|index|search)/)"
    r".*[a-z0-9]+-[a-z0-9]+-[a-z0-9-]+"
)
"""What an article's address has on most sites, and a list's has not: a few words of its headline."""


def _check_attributes(names: Iterable[str], whose: str) -> None:
    """Raises TypeError where a name is not an attribute of a site."""
    if unknown := sorted(set(names) - set(Site.__annotations__) - set(vars(Site))):
        raise TypeError(f"{whose} states {', '.join(unknown)}, which is not an attribute of a site")
