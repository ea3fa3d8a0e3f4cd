"""Katadata Digital: the technology desk of Katadata.co.id."""

from spiders.expect import Expect
from spiders.site import Site


class Katadata(Site):
    """Katadata Digital, the technology desk of the business title Katadata.co.id.

    The desk is the first part of an address, `/digital/RUBRIC/HEX/slug` (seen 2026-09), with a feed and a section
    page of its own. The archive is a sitemap a month, of all desks, for runs with `since`. An article is always one
    page; its JSON-LD states the zone of its times, its meta tags do not (seen 2026-10). Infographics stand under
    `/infografik/`.
    """

    name = "katadata"
    title = "Katadata.co.id"
    home = "https://katadata.co.id/"
    feeds = ["https://katadata.co.id/rss/digital"]
    sections = ["https://katadata.co.id/digital"]
    sitemaps = ["https://katadata.co.id/sitemap-index.xml"]
    article_url = r"^https://katadata\.co\.id/digital/[a-z-]+/[0-9a-f]{10,14}/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(2, 60), body=0.95, published_at=0.95)
