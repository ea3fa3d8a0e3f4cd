"""Liputan6 Tekno: the technology desk of Liputan6.com, of the KLY network."""

from spiders.expect import Expect
from spiders.platforms.kly import Kly


class Liputan6Tekno(Kly):
    """Liputan6 Tekno, the technology desk of liputan6.com (KLY network).

    There is no feed (seen 2026-10); the news sitemap of the whole portal and the desk's front page announce the
    articles, of which those under `/tekno/read/` count. Photo and video pages stand elsewhere. All pages of a long
    article come in one document, each with a sub-heading of its own (seen 2026-07). The page states `og:url` and no
    canonical link.
    """

    name = "liputan6"
    title = "Liputan6.com"
    home = "https://www.liputan6.com/"
    news_sitemaps = ["https://www.liputan6.com/sitemap-news.xml"]
    sections = ["https://www.liputan6.com/tekno"]
    article_url = r"/tekno/read/\d+/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(15, 150), body=0.95, published_at=0.98)
