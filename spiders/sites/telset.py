"""Telset: gadgets, telecommunication and technology, on WordPress."""

from spiders.expect import Expect
from spiders.platforms.tagdiv import TagDiv


class Telset(TagDiv):
    """Telset.id, news of gadgets and telecommunication.

    WordPress with the tagDiv Newspaper theme, its page builder and WP Rocket (seen 2026-01). Articles stand at
    `/section/slug/`, some at `/section/subsection/slug/` (seen 2021), their AMP forms at `/section/slug/amp/`; the feed
    has the newest.
    """

    name = "telset"
    title = "Telset"
    home = "https://telset.id/"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(2, 100), body=0.95, published_at=0.95)
