"""Pikiran Rakyat Teknologi: the technology desk of the Bandung daily Pikiran Rakyat."""

from spiders.expect import Expect
from spiders.platforms.promedia import Promedia


class PikiranRakyat(Promedia):
    """Pikiran Rakyat Teknologi, the technology desk of the Bandung daily, on the Promedia platform.

    The desk is the first part of an address, `/teknologi/pr-ID/slug`, and has a section page; the sitemap that
    robots.txt names holds all desks (seen 2026-07). The papers of the network's regions stand on hosts of their own
    and are none of this one.
    """

    name = "pikiranrakyat"
    title = "Pikiran Rakyat"
    home = "https://www.pikiran-rakyat.com/"
    sections = ["https://www.pikiran-rakyat.com/teknologi"]
    sitemaps = ["https://www.pikiran-rakyat.com/sitemap.xml"]
    article_url = r"^https://www\.pikiran-rakyat\.com/teknologi/pr-\d+/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(1, 80), body=0.95, published_at=0.98)
