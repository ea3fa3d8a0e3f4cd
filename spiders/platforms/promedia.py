"""Promedia: the platform of Pikiran Rakyat, Suara Merdeka and a hundred regional newspapers."""

from collections.abc import Mapping
from typing import ClassVar

from spiders.news import NewsSpider


class Promedia(NewsSpider):
    """A newspaper on the Promedia platform.

    The section is the first part of an address, `/teknologi/pr-ID/slug`, at some papers without `pr-`. The text
    stands in `article.read__content`; `?page=all` shows a long article on one page (seen 2026-01). Cloudflare in
    front answers 1015 to whoever asks too fast: the pace of NewsSpider is slow enough.
    """

    one_page: ClassVar[Mapping[str, str] | str | None] = {"page": "all"}
    body_selector: ClassVar[str | None] = "article.read__content"
