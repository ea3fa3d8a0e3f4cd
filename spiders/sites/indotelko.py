"""IndoTelko: telecommunication and digital business."""

from spiders.expect import Expect
from spiders.site import Site


class IndoTelko(Site):
    """IndoTelko, news of telecommunication, broadcasting and digital business.

    The whole site is about technology. A system of its own without a known feed: the home page announces the articles,
    which stand at `/read/TIME/slug`, where TIME is the Unix time of their publication (seen 2026-09; AMP at
    `/amp/read/`) and their date here. The text is in `#font_news`, with a box of related articles in it (seen 2023).
    """

    name = "indotelko"
    title = "IndoTelko"
    home = "https://www.indotelko.com/"
    sections = ["https://www.indotelko.com/"]
    article_url = r"^https://www\.indotelko\.com/read/\d{10}/[^/?]+$"
    unix_time = r"/read/(\d{10})/"
    body_selector = "#font_news"
    drop_selectors = ["#box_bj", "#date"]
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(3, 60), body=0.95, published_at=0.95)
