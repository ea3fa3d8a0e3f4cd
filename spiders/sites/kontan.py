"""Kontan Tekno: the technology desk of the financial daily Kontan."""

from spiders.expect import Expect
from spiders.site import Site


class Kontan(Site):
    """Kontan Tekno, the technology articles of Kontan, a financial daily.

    An address does not name the desk: articles stand at `/news/slug` under the host of a rubric. So the desk is
    what its feed names (feed lists, not yet confirmed by a crawl), and there is no second source. `?page=all` shows
    an article on one page (seen 2026-01). The byline is the first paragraph of the text. Articles answered 403 to
    one script, whom the index of the day let in (2026-10).
    """

    name = "kontan"
    title = "Kontan.co.id"
    home = "https://www.kontan.co.id/"
    hosts = [
        f"{rubric}.kontan.co.id"
        for rubric in ("industri", "lifestyle", "internasional", "investasi", "keuangan", "nasional", "personalfinance")
    ]
    feeds = ["https://rss.kontan.co.id/news/tekno"]
    article_url = r"^https://[a-z]+\.kontan\.co\.id/news/[a-z0-9-]+$"
    one_page = {"page": "all"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(1, 60), body=0.95, published_at=0.95)
