"""CNN Indonesia Teknologi: the technology desk of CNN Indonesia, of the detik network."""

from spiders.expect import Expect
from spiders.platforms.detik import Detik


class CnnIndonesiaTeknologi(Detik):
    """CNN Indonesia Teknologi, the technology desk of cnnindonesia.com (detik network).

    The desk's own feed holds its last hundred articles (seen 2026-10). Only addresses under `/teknologi/` are the
    desk's. Long articles run over pages `/2`, `/3` without a one-page form. The author's name is often empty in the
    page's data, and an offer to follow the site on Google stands beside the desk's initials (seen 2026-07).
    """

    name = "cnnindonesia"
    title = "CNN Indonesia"
    home = "https://www.cnnindonesia.com/"
    feeds = ["https://www.cnnindonesia.com/teknologi/rss"]
    article_url = r"/teknologi/\d{14}-\d+-\d+/[^/?]+$"
    drop_selectors = (*Detik.drop_selectors, 'a[href*="/outboundlinks"]')
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(8, 80), body=0.95, published_at=0.98)
