"""Majalah Sirkuit, of the demo web."""

from demo.sites import demo_home
from spiders.expect import Expect
from spiders.site import Site


class MajalahSirkuit(Site):
    """Majalah Sirkuit, an invented magazine on WordPress with the tagDiv Newspaper theme; part of the demo web."""

    name = "majalahsirkuit"
    title = "Majalah Sirkuit"
    home = demo_home(name)
    sitemaps = [f"{home}sitemap_index.xml"]
    feeds = [f"{home}feed/"]
    article_url = r"localhost:\d+/(?=[a-z0-9-]*-)[a-z0-9-]+/$"
    trailing_slash = True
    recent_days = 365  # the demo's articles are as old as the demo
    loopback = True
    expect = Expect(body=0.8, published_at=0.95)  # some of its pages are broken on purpose
