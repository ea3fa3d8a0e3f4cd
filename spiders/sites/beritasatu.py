"""BeritaSatu Ototekno: the cars and technology desk of BeritaSatu.com."""

from spiders.expect import Expect
from spiders.site import Site


class BeritaSatu(Site):
    """BeritaSatu Ototekno, the desk for cars and technology of BeritaSatu.com; the site parts the two nowhere.

    The desk has a news sitemap and an index page of its own, and is the first part of an address:
    `/ototekno/ID/slug`. An article is always one page (sources and addresses seen 2026-07). The site's content
    network refuses user agents that do not pose as a browser, so that it is crawled only with permission.
    """

    name = "beritasatu"
    title = "BeritaSatu.com"
    home = "https://www.beritasatu.com/"
    news_sitemaps = ["https://www.beritasatu.com/sitemap/ototekno/news.xml"]
    sections = ["https://www.beritasatu.com/ototekno/indeks"]
    section_links = "main a.stretched-link"
    drop_selectors = [".body-content .position-relative"]  # boxes "BACA JUGA" between the paragraphs
    article_url = r"^https://www\.beritasatu\.com/ototekno/\d+/[^/?]+$"
    permission_needed = (
        "its content network (CloudFront) answers 403 to user agents that are no browser's (seen 2026-07)"
    )
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 80), body=0.95, published_at=0.98)
