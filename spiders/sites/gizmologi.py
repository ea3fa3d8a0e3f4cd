"""Gizmologi: gadgets, automobiles and digital life."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class Gizmologi(WordPress):
    """Gizmologi, news and reviews of gadgets, electric vehicles and digital life.

    The whole site is about technology. WordPress: articles stand at `/section/slug/` (seen 2024-09), or one section
    deeper, as in `/gadget/wearable/slug/` (seen 2020). The sections seen have one word, slugs several: that tells a
    section's list from an article. The feed is in public lists of feeds.
    """

    name = "gizmologi"
    title = "Gizmologi"
    home = "https://gizmologi.id/"
    article_url = r"^https://gizmologi\.id/(?!tag/|category/|author/|page/)(?:[a-z-]+/){1,2}(?=[^/]*-)[\w%-]{8,}/$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(3, 60), body=0.95, published_at=0.95)
