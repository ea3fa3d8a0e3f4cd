"""Kompas Tekno: the technology desk of Kompas.com."""

from spiders.expect import Expect
from spiders.platforms.kompas import Kompas


class KompasTekno(Kompas):
    """Kompas Tekno, the technology desk of Kompas.com.

    There is no feed. The index of the day (`indeks.kompas.com`) lists the desk's articles, the sitemap those of the
    whole portal; of both only addresses under tekno.kompas.com count. `?page=all` shows an article on one page.
    robots.txt bars addresses with `?source=` and `?utm_source=`, which canonical URLs never have.
    """

    name = "kompastekno"
    title = "Kompas.com"
    home = "https://tekno.kompas.com/"
    sitemaps = ["https://www.kompas.com/sitemap.xml"]
    sections = ["https://indeks.kompas.com/?site=tekno&date={date:%Y-%m-%d}"]
    section_links = ".articleItem a.article-link"
    section_pages = 3
    article_url = r"^https://tekno\.kompas\.com/read/\d{4}/\d{2}/\d{2}/\d+/[^/?]+$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(5, 100), body=0.95, published_at=0.98)
