"""YangCanggih: gadgets, computers and home appliances."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class YangCanggih(WordPress):
    """YangCanggih, news of gadgets, computers, cameras and smart home appliances.

    The whole site is about technology. WordPress: articles stand at `/YYYY/MM/DD/slug/` (seen 2024-05). No source
    states its feed and sitemap, so those of WordPress are taken, and a run fails in plain words where they are
    wrong.
    """

    name = "yangcanggih"
    title = "YangCanggih"
    home = "https://www.yangcanggih.com/"
    article_url = r"^https://www\.yangcanggih\.com/\d{4}/\d{2}/\d{2}/[\w%-]+/$"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 40), body=0.95, published_at=0.95)
