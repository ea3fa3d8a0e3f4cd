"""Bloomberg Technoz: the technology articles of Bloomberg's Indonesian partner."""

from spiders.expect import Expect
from spiders.site import Site


class BloombergTechnoz(Site):
    """Bloomberg Technoz, the technology articles of a title for business and markets.

    An address (`/detail-news/ID/slug`, seen 2026-10) does not name the desk, and the feed mixes all; the index
    labels each card with its desk, so that the cards labelled with technology are taken. Long articles run over
    `/2`, `/3`, linked as the next page, without a form on one page.
    """

    name = "bloombergtechnoz"
    title = "Bloomberg Technoz"
    home = "https://www.bloombergtechnoz.com/"
    sections = ["https://www.bloombergtechnoz.com/indeks"]
    section_links = 'div.card-box:has(h6:lexbor-contains("tekno" i)) a[href]'
    article_url = r"^https://www\.bloombergtechnoz\.com/detail-news/\d+/[a-z0-9-]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(1, 60), body=0.95, published_at=0.95)
