"""JawaPos Teknologi: the technology desk of JawaPos.com, Surabaya."""

from spiders.expect import Expect
from spiders.site import Site


class JawaPosTeknologi(Site):
    """JawaPos Teknologi, the technology desk of jawapos.com, Surabaya.

    The sitemap that robots.txt names is the source; the lists of the site are drawn by a script. Addresses under
    `/teknologi/` with a number of nine or ten digits count. The text of an article stands in the page's script data
    as well; its times are western Indonesian time without a zone. A script parts a long article at `<p class="page">`
    marks; the page holds all of it, whatever `?page=` asks for (seen 2026-07).
    """

    name = "jawapos"
    title = "JawaPos.com"
    home = "https://www.jawapos.com/"
    sitemaps = ["https://www.jawapos.com/sitemap.xml"]
    article_url = r"/teknologi/\d{9,10}/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(2, 60), body=0.95, published_at=0.95)
