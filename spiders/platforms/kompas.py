"""Kompas Gramedia: the portals of Kompas.com, and the magazines of the Grid network."""

from collections.abc import Mapping
from typing import ClassVar

from spiders.news import NewsSpider


class Kompas(NewsSpider):
    """A portal of Kompas.com.

    Articles stand at `/read/YYYY/MM/DD/TIME/slug`, the text in `.read__content`; `?page=all` shows a long one on one
    page (seen 2026-01). There are no feeds (seen 2026-10): the index of the day, and sitemaps, announce the articles.
    """

    one_page: ClassVar[Mapping[str, str] | str | None] = {"page": "all"}
    body_selector: ClassVar[str | None] = ".read__content"


class Grid(NewsSpider):
    """A magazine of the Grid network.

    Articles stand at `/read/ID/slug`, the text in `.read__article`; `?page=all` shows a long one on one page (seen
    2026-01).
    """

    one_page: ClassVar[Mapping[str, str] | str | None] = {"page": "all"}
    body_selector: ClassVar[str | None] = ".read__article"
