"""IDN Times Tech: the technology desk of IDN Times."""

from spiders.expect import Expect
from spiders.site import Site


class IdnTimesTech(Site):
    """IDN Times Tech, the technology desk of idntimes.com.

    The sitemap of articles, which robots.txt names, and the desk's front page announce the articles; robots.txt
    bars queries on the home page, search and author pages. Addresses under `/tech/` count: since about 2025 they
    end in two codes, before that in the author and a slug (seen 2026-07). An article is one page; much of the desk
    is written by its community.
    """

    name = "idntimes"
    title = "IDN Times"
    home = "https://www.idntimes.com/"
    sitemaps = ["https://www.idntimes.com/sitemap-post.xml"]
    sections = ["https://www.idntimes.com/tech"]
    article_url = r"/tech/[a-z-]+/([a-z0-9-]+-[a-z0-9]{5}-[a-z0-9]{6}$|[\w.-]+/[a-z0-9]+-[a-z0-9-]+$)"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(5, 100), body=0.95, published_at=0.98)
