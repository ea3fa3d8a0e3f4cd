"""IndoTelko: telecommunication and digital business."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrapy import Request

from pipelines.cleaning.dates import WIB
from pipelines.deduplication.index import Seen
from pipelines.visit import Announcement
from spiders.expect import Expect
from spiders.news import NewsSpider


class IndoTelko(NewsSpider):
    """IndoTelko, news of telecommunication, broadcasting and digital business.

    The whole site is about technology. A system of its own without a known feed: the home page announces the articles,
    which stand at `/read/TIME/slug`, where TIME is the Unix time of their publication (seen 2026-09; AMP at
    `/amp/read/`) and their date here. The text is in `#font_news`, with a box of related articles in it (seen 2023).
    """

    name = "indotelko"
    title = "IndoTelko"
    home = "https://www.indotelko.com/"
    sections = ["https://www.indotelko.com/"]
    article_url = r"^https://www\.indotelko\.com/read/\d{10}/"
    body_selector = "#font_news"
    drop_selectors = ["#box_bj", "#date"]
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(3, 60), body=0.95, published_at=0.95)

    def begin(self, announcement: Announcement, seen: Seen | None = None, **meta: Any) -> Request:
        """The request that a visit begins with, its announcement dated by the article's address."""
        if found := re.search(r"/read/(\d{10})/", announcement.url):
            announcement = replace(announcement, date_published=datetime.fromtimestamp(int(found[1]), WIB))
        return super().begin(announcement, seen, **meta)
