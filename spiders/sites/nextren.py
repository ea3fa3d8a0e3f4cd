"""Nextren: phones, applications and games, of the Grid network."""

from spiders.expect import Expect
from spiders.platforms.kompas import Grid


class Nextren(Grid):
    """Nextren, a title for phones, applications and games, of Kompas Gramedia's Grid network.

    The whole site is technology. Each Grid title has a news sitemap under the same path, not yet confirmed by a crawl.
    """

    name = "nextren"
    title = "Nextren"
    home = "https://nextren.grid.id/"
    news_sitemaps = ["https://nextren.grid.id/sitemap/news/sitemap.xml"]
    article_url = r"^https://nextren\.grid\.id/read/\d+/[^/?]+$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 60), body=0.95, published_at=0.95)
