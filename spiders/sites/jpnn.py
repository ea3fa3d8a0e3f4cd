"""JPNN Teknologi: the technology desk of JPNN.com."""

from spiders.expect import Expect
from spiders.site import Site


class Jpnn(Site):
    """JPNN Teknologi, the technology desk of JPNN.com (Jawa Pos National Network).

    An address does not name the desk (`/news/slug`), and the feed mixes all desks: so the desk is what its section
    page lists as its own, which leaves out the boxes of most-read articles beside it (seen 2026-07). Long articles
    run over `?page=2`, `?page=3`, without a form on one page.
    """

    name = "jpnn"
    title = "JPNN.com"
    home = "https://www.jpnn.com/"
    sections = ["https://www.jpnn.com/teknologi"]
    section_links = ".content-description h2 a[href]"
    article_url = r"^https://www\.jpnn\.com/news/[a-z0-9-]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(1, 60), body=0.95, published_at=0.95)
