"""Hybrid: games, esports and the business of technology."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class Hybrid(WordPress):
    """Hybrid.co.id, games and esports, and since 2023 the business of technology as well; of the DailySocial house.

    The whole site is about technology. WordPress: articles stand at `/post/slug/` (seen 2024-09), the feed at
    `/feed/` is in public lists of feeds.
    """

    name = "hybrid"
    title = "Hybrid.co.id"
    home = "https://hybrid.co.id/"
    article_url = r"^https://hybrid\.co\.id/post/(?!category/|tag/|author/|page/)[\w%-]+/$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 40), body=0.95, published_at=0.95)
