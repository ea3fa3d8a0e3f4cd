"""Warta Ekonomi: the technology articles of the business weekly."""

from spiders.expect import Expect
from spiders.site import Site


class WartaEkonomi(Site):
    """Warta Ekonomi, the technology articles of a business weekly.

    The index of the day lists all desks, and neither it nor an address (`/readID/slug`, seen 2026-07) says which
    desk an article is of. So the words of its address decide, whole words of technology only: a few articles slip
    through either way. `?page=all` shows an article on one page. The index goes back to 2025-01, for runs with
    `since`.
    """

    name = "wartaekonomi"
    title = "Warta Ekonomi"
    home = "https://wartaekonomi.co.id/"
    sections = ["https://wartaekonomi.co.id/indeks/{date:%Y%m%d}"]
    section_links = "a.articleListItem[href]"
    section_next = '.pagination a[rel~="next"]'
    section_pages = 5
    article_url = (
        r"^https://wartaekonomi\.co\.id/read\d+/([a-z0-9-]+-)?"
        r"(5g|6g|ai|aplikasi|chip|cip|data-center|digital|fintech|gadget|gawai|game|internet|komputer|laptop|ponsel|robot|"
        r"satelit|siber|smartphone|startup|teknologi|telekomunikasi)(-[a-z0-9-]+)?$"
    )
    one_page = {"page": "all"}
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 80), body=0.95, published_at=0.95)
