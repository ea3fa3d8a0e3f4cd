"""Gadgetren: gadgets and applications."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class Gadgetren(WordPress):
    """Gadgetren, news, reviews and tips on gadgets and applications.

    The whole site is about technology. WordPress: the feed is in public lists of feeds (undated), the sitemap
    catches up after an outage; the addresses of its articles are not sourced, so all usual permalink structures of
    WordPress count.
    """

    name = "gadgetren"
    title = "Gadgetren"
    home = "https://gadgetren.com/"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(3, 60), body=0.95, published_at=0.95)
