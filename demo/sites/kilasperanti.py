"""kilasPeranti, of the demo web."""

from demo.sites import demo_home
from spiders.expect import Expect
from spiders.site import Site


class KilasPeranti(Site):
    """kilasPeranti, an invented portal in detik's manner: news sitemap, articles over several pages."""

    name = "kilasperanti"
    title = "kilasPeranti"
    home = demo_home(name)
    news_sitemaps = [f"{home}sitemap_news.xml"]
    feeds = [f"{home}rss"]
    article_url = r"/d-\d+/[^/?]+$"
    one_page = {"single": "1"}
    loopback = True
    expect = Expect(body=0.8, published_at=0.95)  # some of its pages are broken on purpose
