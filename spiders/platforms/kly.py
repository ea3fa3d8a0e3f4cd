"""The KLY network (KapanLagi Youniverse): Liputan6, Merdeka and their sisters."""

from typing import ClassVar

from spiders.news import NewsSpider


class Kly(NewsSpider):
    """A site of the KLY network.

    All pages of a long article are in one document, laid out as sections or hidden until a script shows them, in
    `.article-content-body` (Liputan6) or `.articles-content__body` (Merdeka; before 2024 `.mdk-body-paragraph`).
    There are no feeds that work (seen 2026-10); each section has a sitemap.
    """

    body_selector: ClassVar[str | None] = ".article-content-body, .articles-content__body, .mdk-body-paragraph"
