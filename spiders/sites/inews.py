"""iNews Tekno: the technology desk of iNews.id."""

from spiders.expect import Expect
from spiders.site import Site


class INews(Site):
    """iNews Tekno, the technology desk of the broadcaster iNews.

    The desk is the first part of an address, `/techno/RUBRIC/slug`, with a feed and a section page of its own;
    `/all` behind an address shows the article on one page (seen 2026-01). Photos, videos and infographics stand
    under `/multimedia/`. The feed answered one reader and refused another (2026-08), and the site asks for
    permission, so that it is crawled only with one.
    """

    name = "inews"
    title = "iNews.id"
    home = "https://www.inews.id/"
    feeds = ["https://www.inews.id/feed/tekno"]
    sections = ["https://www.inews.id/techno"]
    article_url = r"^https://www\.inews\.id/techno/[a-z-]+/[a-z0-9-]+$"
    one_page = "/all"
    permission_needed = (
        "its content network (CloudFront) answers 403 to crawlers, and the site asks for permission (2026-07)"
    )
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(2, 80), body=0.95, published_at=0.95)
