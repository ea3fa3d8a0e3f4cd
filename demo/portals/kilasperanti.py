"""kilasPeranti: a large portal whose articles run over several pages, with a one-page form, embeds and desk codes."""

import zlib
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from demo.content import Kind
from demo.newsroom import Post
from demo.portals.portal import Portal, by_minute, non_article_type, page_number, slugify

FEED_LENGTH = 20
FIRST_ID = 8_000_000
"""Article ids have seven digits, as on portals that have counted since the turn of the century."""


class KilasPeranti(Portal):
    """Articles at `/d-<id>/slug`, page n at `/d-<id>/slug/n`, all of it at `?single=1`; news sitemap and RSS."""

    name = "kilasperanti"
    title = "kilasPeranti"
    planted = (
        "SCROLL TO CONTINUE WITH CONTENT",
        "SCROLL TO RESUME CONTENT",
        "ADVERTISEMENT",
        "[Gambas:Video 20kilas]",
        "[Gambas:Instagram]",
        "Simak Video",
        "Lihat juga Video",
        "Baca juga:",
        "Halaman Selanjutnya",
        "Simak selengkapnya di halaman selanjutnya",
        "Ikuti berita menarik kilasPeranti lainnya di Google News",
        "Artikel ini telah tayang di",
        "Berita Terkait",
        "Foto: Ilustrasi",
        "Hide Ads",
    )

    def path(self, post: Post) -> str:
        return f"/d-{self.number(post)}/{post.story.slug}"

    def number(self, post: Post) -> int:
        """The article's id, the same for good."""
        return FIRST_ID + zlib.crc32(post.story.slug.encode()) % 900_000

    def tag_path(self, tag: str) -> str:
        return f"/tag/{slugify(tag)}"

    def section_path(self, section: str) -> str:
        return f"/{slugify(section)}"

    def dateline(self, post: Post) -> str | None:
        return post.story.city

    def desk_code(self, post: Post) -> str | None:
        """Three letters of the writer's last name and three of the editor's, as '(ram/wid)' closes the text."""
        story = post.story
        if not story.author:
            return None
        return "/".join(name.split()[-1][:3].lower() for name in (story.author[0], story.editor or "Agung"))

    def json_ld(self, post: Post) -> dict[str, Any]:
        story = post.story
        return {
            "@context": "https://schema.org",
            "@type": non_article_type(post),
            "mainEntityOfPage": {"@type": "WebPage", "@id": self.url(post)},
            "headline": story.headline,
            "image": {"@type": "ImageObject", "url": self.image(post)},
            "datePublished": by_minute(post.published),
            "dateModified": by_minute(post.modified),
            "author": {"@type": "Person", "name": ", ".join(story.author) or "Tim kilasPeranti"},
            "publisher": {
                "@type": "Organization",
                "name": "kilasPeranti",
                "logo": {"@type": "ImageObject", "url": f"{self.home}/media/logo.png"},
            },
            "description": story.description,
        }

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._home),
            Route("/robots.txt", self.robots),
            Route("/media/{name}.png", self.media),
            Route("/rss", self._feed),
            Route("/sitemap.xml", self._sitemap_index),
            Route("/sitemap_news.xml", self._sitemap_news),
            Route("/indeks", self._index),
            Route("/tag/{slug}", self._tag),
            Route("/d-{number:int}/{slug}", self._post),
            Route("/d-{number:int}/{slug}/{page:int}", self._post),
            Route("/{slug}", self._section),
        ]

    async def _home(self, request: Request) -> Response:
        return self.listing(request, self.articles, "Berita Terbaru", page_number(request), lambda n: f"/?page={n}")

    async def _index(self, request: Request) -> Response:
        return self.listing(
            request, self.articles, "Indeks Berita", page_number(request), lambda n: f"/indeks?page={n}"
        )

    async def _section(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        posts = self.of_section(slug)
        heading = posts[0].story.section if posts else slug
        return self.listing(request, posts, heading, page_number(request), lambda n: f"/{slug}?page={n}")

    async def _tag(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        heading = f"Tag {slug.replace('-', ' ')}"
        return self.listing(
            request, self.of_tag(slug), heading, page_number(request), lambda n: f"/tag/{slug}?page={n}"
        )

    async def _feed(self, request: Request) -> Response:
        return self.xml(request, "feed.xml", "application/rss+xml", self.articles[:FEED_LENGTH])

    async def _sitemap_index(self, request: Request) -> Response:
        return self.xml(request, "sitemap.xml", "application/xml", ())

    async def _sitemap_news(self, request: Request) -> Response:
        return self.xml(request, "sitemap_news.xml", "application/xml", self.posts)

    async def _post(self, request: Request) -> Response:
        number = request.path_params["number"]
        post = self.find(lambda p: self.number(p) == number)
        if request.path_params["slug"] != post.story.slug:
            return RedirectResponse(self.url(post), 301)
        if post.story.kind is not Kind.ARTICLE:
            return await self.answer(request, post, lambda: self.render("plain.html", post=post))
        single = request.query_params.get("single") == "1"
        page = request.path_params.get("page", 1)
        count = self.page_count(post)
        if not 1 <= page <= count:
            return await self.not_found(request, LookupError(page))
        blocks = post.body.blocks if single else post.body.pages[page - 1]

        def render() -> str:
            return self.render("article.html", post=post, blocks=blocks, page=page, count=1 if single else count)

        return await self.answer(request, post, render, form="single" if single else f"{page}" if page > 1 else "")
