"""InfoKomputer: a magazine of business computing, of the Grid network."""

from spiders.expect import Expect
from spiders.platforms.kompas import Grid


class InfoKomputer(Grid):
    """InfoKomputer, a magazine of business computing, of Kompas Gramedia's Grid network.

    The whole site is technology. Each Grid title has a news sitemap under the same path; the feed is from a list of
    feeds. Neither is confirmed by a crawl yet.
    """

    name = "infokomputer"
    title = "InfoKomputer"
    home = "https://infokomputer.grid.id/"
    news_sitemaps = ["https://infokomputer.grid.id/sitemap/news/sitemap.xml"]
    feeds = ["https://infokomputer.grid.id/rss"]
    article_url = r"^https://infokomputer\.grid\.id/read/\d+/[^/?]+$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 40), body=0.95, published_at=0.95)
