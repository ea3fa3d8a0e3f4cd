"""VOI Teknologi: the technology desk of VOI.id."""

from spiders.expect import Expect
from spiders.site import Site


class Voi(Site):
    """VOI Teknologi, the technology desk of the news portal VOI.

    The desk is the first part of an address, `/teknologi/ID/slug` (seen 2026-09); its English twin stands under
    `/en/` and is left out. The desk's section page and the index of all desks are the sources known. An article is
    always one page. The JSON-LD has been seen to write times as `2026-05-13WIB18:45:00+07:00`, which no standard
    knows.
    """

    name = "voi"
    title = "VOI.id"
    home = "https://voi.id/"
    sections = ["https://voi.id/teknologi", "https://voi.id/artikel/indeks"]
    article_url = r"^https://voi\.id/teknologi/\d+/[^/?]+$"
    schedule = "*/30 * * * *"
    expect = Expect(articles_per_day=(1, 60), body=0.95, published_at=0.95)
