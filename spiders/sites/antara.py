"""Antara Tekno: the technology desk of ANTARA, Indonesia's national news agency."""

from spiders.expect import Expect
from spiders.site import Site


class AntaraTekno(Site):
    """Antara Tekno, the technology desk of antaranews.com, the national news agency.

    The desk's feed answers (seen 2026-08). An address, `/berita/id/slug`, does not tell the desk; so the feed is
    the only source, and what it names is the desk's. `?page=all` shows a long article on one page. Each ends in the
    lines of reporter, editor and copyright.
    """

    name = "antara"
    title = "ANTARA News"
    home = "https://www.antaranews.com/"
    feeds = ["https://www.antaranews.com/rss/tekno.xml"]
    article_url = r"^https://www\.antaranews\.com/berita/\d+/[^/?]+$"
    one_page = {"page": "all"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(5, 100), body=0.95, published_at=0.98)
    permission_needed = (
        "a line under every article forbids taking its text and crawling or indexing it for AI without written consent"
        " of Kantor Berita ANTARA (seen 2026)"
    )
