"""Jagat Review: computers and phones, tested."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class JagatReview(WordPress):
    """Jagat Review, tests and news of computers, components and phones.

    The whole site is about technology. WordPress: articles stand at `/YYYY/MM/slug/` (seen 2026-09), long reviews
    go on at `/2/`, `/3/` (seen 2026-02), and the spider follows them to the last page. The feed is in public lists
    of feeds.
    """

    name = "jagatreview"
    title = "Jagat Review"
    home = "https://www.jagatreview.com/"
    article_url = r"^https://www\.jagatreview\.com/\d{4}/\d{2}/[\w%-]+/$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(2, 50), body=0.95, published_at=0.95)
