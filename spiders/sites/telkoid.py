"""Telko.id: telecommunication, operators and gadgets."""

from spiders.expect import Expect
from spiders.platforms.tagdiv import TagDiv


class TelkoId(TagDiv):
    """Telko.id, news of telecommunication operators, networks and gadgets.

    The whole site is about technology. WordPress: articles stand at `/section/slug/` (seen 2026), the feed at
    `/feed/` is in public lists of feeds. That it uses tagDiv's theme, as Telset does, is taken for granted until a
    crawl shows otherwise.
    """

    name = "telkoid"
    title = "Telko.id"
    home = "https://telko.id/"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(2, 50), body=0.95, published_at=0.95)
