"""SINDOnews Tekno: the technology desk of SINDOnews.com."""

from spiders.expect import Expect
from spiders.site import Site


class SindonewsTekno(Site):
    """SINDOnews Tekno, the technology desk of sindonews.com.

    The desk has its own host with a news sitemap; the index of the portal lists it as channel 612, twenty articles
    a page, back to any day (seen 2026-07). Further pages of an article stand at `/5`, `/10` ...: they are followed,
    because the one-page form (`?showpage=all`) leaves out the data that page 1 states on author, image and times.
    The text has line breaks and no paragraphs.
    """

    name = "sindonews"
    title = "SINDOnews.com"
    home = "https://tekno.sindonews.com/"
    news_sitemaps = ["https://tekno.sindonews.com/sitemap-news.xml"]
    sections = ["https://www.sindonews.com/indeks/612/0?t={date:%Y-%m-%d}"]
    section_links = ".list-article a"
    article_url = r"^https://tekno\.sindonews\.com/read/\d+/\d+/[a-z0-9-]+$"
    next_page = ".paging-artikel li:has(a.active) + li a"
    body_selector = ".detail-desc"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(5, 80), body=0.95, published_at=0.98)
