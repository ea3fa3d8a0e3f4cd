"""Tirto: the technology pieces of Tirto.id, a magazine of explanation and data journalism."""

from spiders.expect import Expect
from spiders.site import Site


class Tirto(Site):
    """The technology pieces of tirto.id, a magazine of explanation and data journalism.

    The index of all desks is one page; an address, `/slug-` and four letters, does not tell the desk, so of the
    index the entries labelled `Byte` (the technology column) or `Teknologi` count. robots.txt bars its further
    pages (`?next=`). An article is one page, without structured data (seen 2026-07).
    """

    name = "tirto"
    title = "tirto.id"
    home = "https://tirto.id/"
    sections = ["https://tirto.id/indeks"]
    section_links = (
        '.postcard:has(.postcard-label:lexbor-contains("Byte")) .postcard-title a,'
        ' .postcard:has(.postcard-label:lexbor-contains("Teknologi")) .postcard-title a'
    )
    article_url = r"^https://tirto\.id/(?!pikir-dua-kali$)[a-z0-9]+(-[a-z0-9]+)+-[0-9A-Za-z]{4}$"
    body_selector = ".content-text-editor"
    drop_selectors = (".baca-holder",)
    schedule = "0 */2 * * *"
    expect = Expect(articles_per_day=(0, 20), body=0.9, published_at=0.95, freshness=14)
    permission_needed = (
        "Cloudflare answers 403 to short user agents, and its robots.txt bars the further pages (seen 2026-07)"
    )
