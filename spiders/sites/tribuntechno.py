"""Tribun Techno: the technology desk of Tribunnews.com."""

from spiders.expect import Expect
from spiders.site import Site


class TribunTechno(Site):
    """Tribun Techno, the technology desk of tribunnews.com.

    Each section has a news sitemap; the feeds only lead to the home page (seen 2026-07). Addresses under `/techno/`
    count, with an id or, the older form, with a date. `?page=all` shows a long article on one page.
    """

    name = "tribuntechno"
    title = "Tribunnews.com"
    home = "https://www.tribunnews.com/"
    news_sitemaps = ["https://www.tribunnews.com/techno/sitemap-news.xml"]
    sections = ["https://www.tribunnews.com/techno"]
    article_url = r"/techno/(\d{5,}|\d{4}/\d{2}/\d{2})/[a-z0-9-]+$"
    one_page = {"page": "all"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 60), body=0.9, published_at=0.98)
    permission_needed = "CloudFront answers 403 to every user agent but a browser's (seen 2026-07)"
