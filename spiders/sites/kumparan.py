"""kumparan Tekno & Sains: the technology and science channel of kumparan.com."""

from spiders.expect import Expect
from spiders.site import Site


class KumparanTeknoSains(Site):
    """kumparan Tekno & Sains, the technology and science channel of kumparan.com.

    The channel's news sitemap is the only source: robots.txt names it, while the channel's page is drawn by a
    script and the feed mixes all channels (seen 2026-07). Addresses are `/account/slug-` and eleven letters,
    whatever the channel; so what the sitemap names is the channel's. An article is one page and states its times in
    UTC.
    """

    name = "kumparan"
    title = "kumparan"
    home = "https://kumparan.com/"
    news_sitemaps = ["https://kumparan.com/sitemap_channel_tekno-sains.xml"]
    article_url = r"^https://kumparan\.com/[\w.-]+/[a-z0-9-]+-[0-9A-Za-z]{11}$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(5, 150), body=0.95, published_at=0.98)
