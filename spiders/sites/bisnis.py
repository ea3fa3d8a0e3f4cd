"""Bisnis Teknologi: the technology desk of Bisnis.com."""

from spiders.expect import Expect
from spiders.site import Site


class Bisnis(Site):
    """Bisnis Teknologi, the technology desk of the business daily Bisnis Indonesia.

    The desk is a host of its own, teknologi.bisnis.com, with a feed; the news sitemap has the articles of all
    desks, of which only those of this host count. Addresses are `/read/YYYYMMDD/CHANNEL/ID/slug` (seen 2026-05),
    and `?page=all` shows an article on one page. Photos, videos and infographics have hosts of their own. Another
    crawler reads the site with a browser, and a script was shown Cloudflare's challenge (2026-10): if ours is
    refused as well, the site needs permission.
    """

    name = "bisnis"
    title = "Bisnis.com"
    home = "https://teknologi.bisnis.com/"
    news_sitemaps = ["https://www.bisnis.com/sitemap-news.xml"]
    feeds = ["https://teknologi.bisnis.com/rss"]
    article_url = r"^https://teknologi\.bisnis\.com/read/\d{8}/\d+/\d+/[^/?]+$"
    one_page = {"page": "all"}
    drop_selectors = [".detailsLead"]  # the description once more, above the text
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 80), body=0.95, published_at=0.98)
