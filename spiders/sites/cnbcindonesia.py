"""CNBC Indonesia Tech: the technology desk of CNBC Indonesia, of the detik network."""

from spiders.expect import Expect
from spiders.platforms.detik import Detik


class CnbcIndonesiaTech(Detik):
    """CNBC Indonesia Tech, the technology desk of cnbcindonesia.com (detik network).

    The desk has a feed of its own (address from a public list of feeds, not dated); only addresses under `/tech/`
    are the desk's. `?page=all` shows a long article on one page. robots.txt bars addresses with a query to
    Googlebot alone.
    """

    name = "cnbcindonesia"
    title = "CNBC Indonesia"
    home = "https://www.cnbcindonesia.com/"
    feeds = ["https://www.cnbcindonesia.com/tech/rss"]
    article_url = r"/tech/\d{14}-\d+-\d+/[^/?]+$"
    one_page = {"page": "all"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(8, 100), body=0.95, published_at=0.98)
