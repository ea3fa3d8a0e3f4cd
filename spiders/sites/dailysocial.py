"""DailySocial: start-ups and their investors."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class DailySocial(WordPress):
    """DailySocial, news of start-ups, their investors and the digital economy.

    The whole site is about technology. WordPress: articles stand at `/post/slug/` on `news.dailysocial.id` (seen
    2026-10), older ones on the bare host as well, which counts as the site's. Public lists of feeds have the feeds
    of both hosts (seen 2026). Pages state their time in `article:published_time`.
    """

    name = "dailysocial"
    title = "DailySocial"
    home = "https://news.dailysocial.id/"
    hosts = ["dailysocial.id"]
    feeds = ["https://news.dailysocial.id/feed/", "https://dailysocial.id/feed"]
    article_url = r"dailysocial\.id/post/(?!category/|tag/|author/|page/)[\w%-]+/$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 40), body=0.95, published_at=0.95)
