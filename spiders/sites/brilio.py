"""Brilio Gadget: the gadget desk of Brilio.net."""

from spiders.expect import Expect
from spiders.site import Site


class BrilioGadget(Site):
    """Brilio Gadget, the gadget desk of Brilio.net, of the KLY house.

    Only addresses under `/gadget/` are the desk's; its section page announces them. They end in the day of
    publication and a letter, `slug-YYMMDDx.html`; the text is in `div.main-content`, without JSON-LD, and closes
    with the desk's initials (seen 2021-12).
    """

    name = "brilio"
    title = "Brilio.net"
    home = "https://www.brilio.net/"
    sections = ["https://www.brilio.net/gadget"]
    article_url = r"^https://www\.brilio\.net/gadget/[\w%-]+-\d{6}\w\.html$"
    body_selector = "div.main-content"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(0, 20), body=0.9, published_at=0.95, freshness=14)
