"""Teknologi.id: technology, start-ups and careers."""

from spiders.expect import Expect
from spiders.site import Site


class TeknologiId(Site):
    """Teknologi.id, news and explanations of technology, start-ups and digital careers.

    The whole site is about technology. Once on WordPress, now on a system of its own: articles stand at
    `/section/slug` (seen 2026), the feed at `/rss` is in public lists of feeds (undated).
    """

    name = "teknologiid"
    title = "Teknologi.id"
    home = "https://teknologi.id/"
    feeds = ["https://teknologi.id/rss"]
    sections = ["https://teknologi.id/"]
    article_url = r"^https://teknologi\.id/(?!tag/|author/|category/)[a-z-]+/[\w%]+-[\w%]+-[\w%-]+$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 30), body=0.95, published_at=0.95)
