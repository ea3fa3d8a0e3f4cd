"""Nusakata.com, of the demo web."""

from demo.sites import demo_home
from spiders.expect import Expect
from spiders.site import Site


class Nusakata(Site):
    """Nusakata.com, an invented portal in Kompas's manner: Atom feed, sitemap, mobile and AMP forms."""

    name = "nusakata"
    title = "Nusakata.com"
    home = demo_home(name)
    sitemaps = [f"{home}sitemap.xml"]
    feeds = [f"{home}feed.xml"]
    article_url = r"/read/\d{4}/\d{2}/\d{2}/\d+/[^/?]+$"
    one_page = {"page": "all"}
    recent_days = 365  # the demo's articles are as old as the demo
    loopback = True
    expect = Expect(body=0.8, published_at=0.95)  # some of its pages are broken on purpose
