"""Suara Merdeka Teknologi: the technology desk of the Semarang daily Suara Merdeka."""

from spiders.expect import Expect
from spiders.platforms.promedia import Promedia


class SuaraMerdeka(Promedia):
    """Suara Merdeka Teknologi, the technology desk of the Semarang daily, on the Promedia platform.

    The desk is the first part of an address: `/teknologi/ID/slug` (seen 2024-11), `/teknologi/pr-ID/slug` before.
    Its section page is the one source known.
    """

    name = "suaramerdeka"
    title = "Suara Merdeka"
    home = "https://www.suaramerdeka.com/"
    sections = ["https://www.suaramerdeka.com/teknologi"]
    article_url = r"^https://www\.suaramerdeka\.com/teknologi/(pr-)?\d+/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(1, 60), body=0.95, published_at=0.95)
