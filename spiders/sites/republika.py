"""Republika Trendtek: the technology and trends desk of Republika Online."""

from spiders.expect import Expect
from spiders.site import Site


class RepublikaTrendtek(Site):
    """Republika Trendtek, the technology and trends desk of republika.co.id.

    The portal's index of the desk, fifty articles a page, is the source (seen 2026-07): what it lists on the hosts
    named below is the desk's. The address is `/berita/` and a code of nine letters, now and then after a double
    slash. An article is one page; the page's data name the editor as its author.
    """

    name = "republika"
    title = "Republika"
    home = "https://tekno.republika.co.id/"
    hosts = ["trendtek.republika.co.id", "www.republika.co.id", "republika.co.id"]
    sections = ["https://republika.co.id/index/trendtek/0"]
    section_links = ".wrap-latest a"
    article_url = r"republika\.co\.id/berita/([a-z0-9]{6,14}|[a-z-]+/[a-z-]+/\d\d/\d\d/\d\d)/[^/?]+$"
    body_selector = ".article-content article"
    drop_selectors = (".picked-article", ".footnote-wrap", "#loading")
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(2, 60), body=0.9, published_at=0.95)
    permission_needed = (
        "robots.txt bars the user agent Scrapy, with which this crawler is built, by name (seen 2026-07)"
    )
