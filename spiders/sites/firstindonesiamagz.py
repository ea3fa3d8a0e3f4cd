"""FirstIndonesiaMagz.id: a magazine on WordPress, with the tagDiv Newspaper theme."""

from spiders.expect import Expect
from spiders.platforms.tagdiv import TagDiv


class FirstIndonesiaMagz(TagDiv):
    """FirstIndonesiaMagz.id, a general magazine with a technology desk.

    WordPress with the tagDiv Newspaper theme: the feed has the ten newest articles, the sitemap those before, and every
    page ends in a comment form. That it is WordPress is known from its picture addresses (seen 2023-11); the addresses
    of feed and sitemap are WordPress's usual ones, not yet confirmed by a crawl. It publishes a few articles a day.
    """

    name = "firstindonesiamagz"
    title = "FirstIndonesiaMagz.id"
    home = "https://firstindonesiamagz.id/"
    schedule = "*/60 * * * *"
    expect = Expect(articles_per_day=(0, 40), body=0.95, published_at=0.95, freshness=30)
