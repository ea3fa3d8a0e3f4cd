"""Uzone: gadgets, operators and digital life."""

from spiders.expect import Expect
from spiders.site import Site


class Uzone(Site):
    """Uzone.id, news of gadgets, operators and digital life, of the Telkom group.

    The whole site is about technology. A system of its own: articles stand at `/slug`, right under the host, the
    text in `.main-content-detail-text` (seen 2020), the feed is in a public list of feeds (undated). Sections have
    one word, so that an address of three words or more is an article.
    """

    name = "uzone"
    title = "Uzone"
    home = "https://uzone.id/"
    feeds = ["https://uzone.id/feed"]
    sections = ["https://uzone.id/"]
    article_url = r"^https://uzone\.id/[\w%]+-[\w%]+-[\w%-]+$"
    body_selector = ".main-content-detail-text"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(2, 60), body=0.95, published_at=0.95)
