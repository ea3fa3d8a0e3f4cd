"""Platforms: what a site need not state because its platform is known."""

import pytest

from spiders.platforms.tagdiv import TagDiv
from spiders.platforms.wordpress import WordPress


class Contoh(WordPress):
    """A site that states nothing but its name and home."""

    name = "contoh"
    title = "Contoh"
    home = "https://contoh.example/"


CONTOH = Contoh()


def test_a_wordpress_site_needs_a_name_and_a_home_alone() -> None:
    assert list(CONTOH.feeds) == ["https://contoh.example/feed/"]
    assert list(CONTOH.sitemaps) == ["https://contoh.example/sitemap.xml"]
    assert list(CONTOH.posts_apis) == ["https://contoh.example/wp-json/wp/v2/posts"]
    assert CONTOH.feed_pages == "paged={page}"
    assert CONTOH.urls.article("http://www.contoh.example/2026/11/ponsel-lipat-baru?utm_source=x") == (
        "https://contoh.example/2026/11/ponsel-lipat-baru/"
    )


def test_what_a_wordpress_site_states_itself_counts() -> None:
    class Lain(TagDiv):
        name = "lain"
        home = "https://lain.example/"
        feeds = ("https://lain.example/tekno/feed/",)
        sitemaps = ()
        article_url = r"/tekno/"

    assert list(Lain().feeds) == ["https://lain.example/tekno/feed/"]
    assert list(Lain().sitemaps) == []
    assert Lain().article_url == r"/tekno/"


@pytest.mark.parametrize(
    "path",
    [
        "kebijakan-baru-soal-kartu-sim/",
        "redaksi-kami-mencoba-ponsel-lipat/",
        "2026/11/review-laptop-tipis/",
        "2026/11/18/review-laptop-tipis/",
        "gadget/ponsel/review-laptop-tipis/",
        "berita/apa-itu-5g%E2%80%99/",
    ],
)
def test_articles_are_known_by_every_usual_permalink(path: str) -> None:
    assert CONTOH.urls.article(CONTOH.home + path) == CONTOH.home + path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "gadget/",
        "2026/11/",
        "tag/ponsel-lipat-murah/",
        "category/gadget-dan-aksesori/",
        "author/nama-seorang-penulis/",
        "gadget/page/2/",
        "tentang-kami/",
        "pedoman-media-siber/",
        "wp-content/uploads/2026/11/foto-ponsel-lipat.jpg",
        "2026/11/review-laptop-tipis/feed/",
        "2026/11/review-laptop-tipis/attachment/foto-laptop-tipis/",
        "2026/11/review-laptop-tipis/comment-page-2/",
    ],
)
def test_lists_pages_and_files_are_no_articles(path: str) -> None:
    assert CONTOH.urls.article(CONTOH.home + path) is None
