"""detikInet: the technology desk of detik.com, Indonesia's largest news portal."""

from spiders.expect import Expect
from spiders.platforms.detik import Detik


class DetikInet(Detik):
    """detikInet, the technology desk of detik.com.

    The news sitemap spans about a day, the feed the last hundred articles. Long articles run over pages `/2`, `/3`;
    with `?single=1` the site shows them on one. Galleries (`/foto-`) and videos (`/detiktv/`) are announced as well;
    they are looked at, and rejected where they hold no text. Before about 2017 articles stood at
    `/read/DATE/TIME/ID/CHANNEL/slug` in a layout of its own (pages seen of 2015).
    """

    name = "detikinet"
    title = "detikInet"
    home = "https://inet.detik.com/"
    news_sitemaps = ["https://inet.detik.com/sitemap_news.xml"]
    feeds = ["https://inet.detik.com/rss"]
    article_url = r"^https://inet\.detik\.com/(.*\bd-\d+|read/\d{4}/\d{2}/\d{2}/\d+/\d+/\d+)/[^/?]+$"
    one_page = {"single": "1"}
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(10, 200), body=0.95, published_at=0.98)
