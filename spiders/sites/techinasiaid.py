"""Tech in Asia Indonesia: start-ups and digital business."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class TechInAsiaId(WordPress):
    """Tech in Asia Indonesia, news and profiles of start-ups, founders and investors.

    The whole site is about technology. WordPress behind an interface of its own: articles stand at `/slug` without
    a slash at the end, the feed at `/feed` (in public lists of feeds, undated). Articles for subscribers are
    rejected as paywalled. The edition publishes little, so a day without an article is no failure.
    """

    name = "techinasiaid"
    title = "Tech in Asia Indonesia"
    home = "https://id.techinasia.com/"
    feeds = ["https://id.techinasia.com/feed"]
    trailing_slash = False
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(0, 30), body=0.9, published_at=0.95, freshness=14)
