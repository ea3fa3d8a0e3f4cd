"""IDX Channel Technology: the technology desk of the stock exchange's broadcaster."""

from spiders.expect import Expect
from spiders.site import Site


class IdxChannel(Site):
    """IDX Channel Technology, the technology desk of a broadcaster for investors.

    The desk has a news sitemap of its own and is the first part of an address, `/technology/slug`, as photos,
    videos and infographics have theirs (all seen 2026-07); `/all` behind an address shows the article on one page
    (seen 2026-01).
    """

    name = "idxchannel"
    title = "IDX Channel"
    home = "https://www.idxchannel.com/"
    news_sitemaps = ["https://www.idxchannel.com/technology/sitemap.xml"]
    article_url = r"^https://www\.idxchannel\.com/technology/[a-z0-9-]+$"
    one_page = "/all"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 40), body=0.95, published_at=0.95)
