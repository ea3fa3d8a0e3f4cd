"""Okezone Techno: the technology half of Okezone's cars-and-technology desk."""

from spiders.expect import Expect
from spiders.site import Site


class OkezoneTechno(Site):
    """Okezone Techno, from ototekno.okezone.com, the portal's desk of cars and technology.

    The desk's feed and its index of the day, ten articles a page, announce the articles (seen 2026-07). Addresses
    carry the number of the section: 52 is cars (seen 2025-01) and left out. Before 2024 the desk stood at
    techno.okezone.com. `?page=all` shows a long article on one page; the date of change is western Indonesian time
    without a zone.
    """

    name = "okezone"
    title = "Okezone"
    home = "https://ototekno.okezone.com/"
    hosts = ["techno.okezone.com"]
    feeds = ["https://sindikasi.okezone.com/index.php/rss/16/RSS2.0"]
    sections = ["https://ototekno.okezone.com/indeks/{date:%Y/%m/%d}/0"]
    section_next = ".pagination-indexs a:last-of-type"
    section_pages = 4
    article_url = r"^https://(ototekno|techno)\.okezone\.com/read/\d{4}/\d{2}/\d{2}/(?!52/)\d+/\d+/[^/?]+$"
    one_page = {"page": "all"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(5, 100), body=0.95, published_at=0.98)
