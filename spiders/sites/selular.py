"""Selular: mobile phones and telecommunication."""

from spiders.expect import Expect
from spiders.platforms.tagdiv import TagDiv


class Selular(TagDiv):
    """Selular.ID, news of mobile phones, operators and digital business.

    The whole site is about technology. WordPress with the tagDiv Newspaper theme; articles stand at `/YYYY/MM/slug/`
    (seen 2026-02), the feed has nine of them (seen 2026-08), the sitemap catches up after an outage.
    """

    name = "selular"
    title = "Selular.ID"
    home = "https://selular.id/"
    article_url = r"^https://selular\.id/\d{4}/\d{2}/[\w%-]+/$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(5, 80), body=0.95, published_at=0.95)
