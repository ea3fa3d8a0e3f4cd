"""Merdeka Teknologi: the technology desk of Merdeka.com, of the KLY network."""

from spiders.expect import Expect
from spiders.platforms.kly import Kly


class MerdekaTeknologi(Kly):
    """Merdeka Teknologi, the technology desk of merdeka.com (KLY network).

    Each section has a news sitemap of its own (seen 2026-07); the desk's front page is the second source.
    robots.txt bars every address with a query, so that only its first page is read. All pages of a long article
    come in one document; the links to `?page=2` below those of 2018 to 2021 lead nowhere else, so that only a next page
    stated in the head is followed. Articles before about 2024 stand at `/teknologi/slug.html`; those of 2018 to 2021
    state their times seven hours off the zone.
    """

    name = "merdeka"
    title = "Merdeka.com"
    home = "https://www.merdeka.com/"
    news_sitemaps = ["https://www.merdeka.com/teknologi/sitemap.xml"]
    sections = ["https://www.merdeka.com/teknologi"]
    article_url = r"/teknologi/(read/\d+/[^/?]+|[a-z0-9-]+\.html)$"
    next_page = 'link[rel="next"]'
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 80), body=0.95, published_at=0.98)
