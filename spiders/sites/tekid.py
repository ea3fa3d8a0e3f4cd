"""Tek.id: gadgets, applications and culture."""

from spiders.expect import Expect
from spiders.site import Site


class TekId(Site):
    """Tek.id, news, reviews and tips on gadgets and applications.

    The whole site is about technology. A system of its own without a known feed: the section pages announce the
    articles, which stand at `/section/slug-ID`, with an ID of nine letters and digits that begins with b (seen
    2022).
    """

    name = "tekid"
    title = "Tek.id"
    home = "https://www.tek.id/"
    sections = ["https://www.tek.id/tek", "https://www.tek.id/gadget", "https://www.tek.id/review"]
    article_url = r"^https://www\.tek\.id/[a-z]+/[\w%-]+-b[0-9a-zA-Z]{8}$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(2, 60), body=0.95, published_at=0.95)
