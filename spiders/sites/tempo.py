"""Tempo Tekno: the digital and science desks of Tempo.co."""

from spiders.expect import Expect
from spiders.site import Site


class TempoTekno(Site):
    """Tempo Tekno, the digital and science desks of tempo.co.

    The desks' pages are drawn by a script and hold no links, so that the portal's sitemap is the source; addresses
    under `/digital/` and `/sains/` count. An article is one page and states no date of change; those of Tempo Plus
    say that they are not free, show their first paragraph only and are rejected (seen 2026-07).
    """

    name = "tempo"
    title = "Tempo"
    home = "https://www.tempo.co/"
    sitemaps = ["https://www.tempo.co/sitemap.xml"]
    article_url = r"tempo\.co/(digital|sains)/[a-z0-9-]+-\d+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 60), body=0.9, published_at=0.98)
    permission_needed = (
        "its feed answers 403 to crawlers (seen 2026-10), Cloudflare stands before the pages, and part of them is for"
        " subscribers"
    )
