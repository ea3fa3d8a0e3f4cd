"""VIVA Digital: the technology desk of VIVA.co.id."""

from spiders.expect import Expect
from spiders.site import Site


class VivaDigital(Site):
    """VIVA Digital, the technology desk of viva.co.id.

    The desk's front page and the portal's sitemap announce the articles; the portal's index loads its further pages
    by POST, which we do not send (seen 2026-07). Addresses under `/digital/`, with or without a sub-desk, count.
    `?page=all` shows a long article on one page. The date of change is unreliable.
    """

    name = "viva"
    title = "VIVA"
    home = "https://www.viva.co.id/"
    sitemaps = ["https://www.viva.co.id/sitemap.xml"]
    sections = ["https://www.viva.co.id/digital"]
    article_url = r"^https://www\.viva\.co\.id/digital/([a-z-]+/)?\d+-[a-z0-9-]+$"
    one_page = {"page": "all"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 80), body=0.95, published_at=0.98)
