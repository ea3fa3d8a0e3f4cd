"""Media Indonesia Teknologi: the technology desk of mediaindonesia.com."""

from spiders.expect import Expect
from spiders.site import Site


class MediaIndonesia(Site):
    """Media Indonesia Teknologi, the technology desk of mediaindonesia.com (Media Group).

    The desk is the first part of an article's address, `/teknologi/ID/slug`. Its section page lists the newest
    articles; the feed has those of all desks, of which only the desk's count. An article is always one page
    (sources and addresses seen 2026-07). The page names the editor as author in its JSON-LD and the reporter in its
    byline.
    """

    name = "mediaindonesia"
    title = "Media Indonesia"
    home = "https://mediaindonesia.com/"
    sections = ["https://mediaindonesia.com/teknologi"]
    feeds = ["https://mediaindonesia.com/feed"]
    article_url = r"^https://mediaindonesia\.com/teknologi/\d{5,}/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(3, 80), body=0.95, published_at=0.98)
