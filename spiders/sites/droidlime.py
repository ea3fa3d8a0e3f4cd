"""DroidLime: Android phones and applications."""

from spiders.expect import Expect
from spiders.platforms.wordpress import WordPress


class DroidLime(WordPress):
    """DroidLime, news and reviews of Android phones, applications and games.

    The whole site is about technology. WordPress on the host with `www` (pictures seen 2024-05); the feed is in
    public lists of feeds. Its permalinks are not sourced, so all usual structures count.
    """

    name = "droidlime"
    title = "DroidLime"
    home = "https://www.droidlime.com/"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(1, 40), body=0.95, published_at=0.95)
