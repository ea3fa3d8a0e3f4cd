"""Suara Tekno: the technology desk of Suara.com."""

from spiders.expect import Expect
from spiders.site import Site


class SuaraTekno(Site):
    """Suara Tekno, the technology desk of suara.com.

    The desk's feed (address from a public list of feeds, not dated) and its front page announce the articles;
    addresses under `/tekno/` with date and time are the desk's (seen 2026-07). `?page=all` shows a long article on
    one page. robots.txt allows us everything but search and comments.
    """

    name = "suara"
    title = "Suara.com"
    home = "https://www.suara.com/"
    feeds = ["https://www.suara.com/rss/tekno"]
    sections = ["https://www.suara.com/tekno"]
    article_url = r"/tekno/\d{4}/\d{2}/\d{2}/\d{6}/[^/?]+$"
    one_page = {"page": "all"}
    body_selector = ".article-content"
    drop_selectors = (".ten-second", ".article-read", "#next-article")
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(8, 120), body=0.95, published_at=0.98)
