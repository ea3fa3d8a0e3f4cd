"""Nusakata.com: a national portal with mobile and AMP editions, invitations to channels, credits under the text."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from demo.content import Kind
from demo.newsroom import Post
from demo.portals.portal import Portal, by_minute, non_article_type, page_number, slugify

FEED_LENGTH = 20


class Nusakata(Portal):
    """Articles at `/read/YYYY/MM/DD/HHMMSSmmm/slug`, page n at `?page=n`, all at `?page=all`; Atom feed, sitemap."""

    name = "nusakata"
    title = "Nusakata.com"
    planted = (
        "Baca juga:",
        "Gabung di grup Telegram",
        "Kanal WhatsApp",
        "Penulis:",
        "Editor:",
        "Tim Redaksi",
        "Lihat Foto",
        "Show All",
        "Halaman:",
        "Halaman Selanjutnya",
        "Terkini Lainnya",
        "Baca berita tanpa iklan",
        "Dapatkan kabar pilihan",
        "(Dok. Nusakata)",
    )

    def path(self, post: Post) -> str:
        # The last five digits are seconds and channel; they only have to stay the same.
        second, channel = post.story.draw("second", 60), post.story.draw("channel", 1000)
        return f"/read/{post.published:%Y/%m/%d/%H%M}{second:02d}{channel:03d}/{post.story.slug}"

    def tag_path(self, tag: str) -> str:
        return f"/tag/{slugify(tag)}"

    def section_path(self, section: str) -> str:
        return f"/{slugify(section)}"

    def dateline(self, post: Post) -> str | None:
        return f"{post.story.city.upper()}, NUSAKATA.com" if post.story.city else None

    def json_ld(self, post: Post) -> list[dict[str, Any]]:
        story = post.story
        crumbs = [("Home", f"{self.home}/"), (story.section, self.home + self.section_path(story.section))]
        return [
            {
                "@context": "https://schema.org",
                "@type": non_article_type(post),
                "headline": story.headline,
                "url": self.url(post),
                "mainEntityOfPage": self.url(post),
                "datePublished": by_minute(post.published),
                "dateModified": by_minute(post.modified),
                "description": story.description,
                "image": [self.image(post)],
                "author": [{"@type": "Person", "name": name} for name in story.author],
                "editor": [{"@type": "Person", "name": story.editor}] if story.editor else [],
                "articleSection": story.section,
                "keywords": list(story.tags),
                "publisher": {"@type": "Organization", "name": "Nusakata Media Digital"},
                "isAccessibleForFree": True,
            },
            {
                "@context": "https://schema.org",
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": place, "item": {"@id": address, "name": name}}
                    for place, (name, address) in enumerate(crumbs, start=1)
                ],
            },
        ]

    def routes(self) -> list[BaseRoute]:
        article = "/read/{year}/{month}/{day}/{time}/{slug}"
        return [
            Route("/", self._home),
            Route("/robots.txt", self.robots),
            Route("/media/{name}.png", self.media),
            Route("/feed.xml", self._feed),
            Route("/sitemap.xml", self._sitemap_index),
            Route("/sitemap-read.xml", self._sitemap),
            Route("/indeks", self._index),
            Route("/tag/{slug}", self._tag),
            Route(article, self._post),
            Route(f"/amp{article}", self._amp),
            Route("/{slug}", self._section),
        ]

    async def _home(self, request: Request) -> Response:
        return self.listing(request, self.articles, "Terkini", page_number(request), lambda n: f"/?page={n}")

    async def _index(self, request: Request) -> Response:
        return self.listing(request, self.articles, "Indeks", page_number(request), lambda n: f"/indeks?page={n}")

    async def _section(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        posts = self.of_section(slug)
        heading = posts[0].story.section if posts else slug
        return self.listing(request, posts, heading, page_number(request), lambda n: f"/{slug}?page={n}")

    async def _tag(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        heading = f"Topik: {slug.replace('-', ' ')}"
        return self.listing(
            request, self.of_tag(slug), heading, page_number(request), lambda n: f"/tag/{slug}?page={n}"
        )

    async def _feed(self, request: Request) -> Response:
        return self.xml(request, "feed.xml", "application/atom+xml", self.articles[:FEED_LENGTH])

    async def _sitemap_index(self, request: Request) -> Response:
        return self.xml(request, "sitemap.xml", "application/xml", ())

    async def _sitemap(self, request: Request) -> Response:
        return self.xml(request, "sitemap-read.xml", "application/xml", self.posts)

    async def _post(self, request: Request) -> Response:
        post = self._asked(request)
        if self.path(post) != request.url.path:
            return RedirectResponse(self.url(post), 301)
        if post.story.kind is not Kind.ARTICLE:
            return await self.answer(request, post, lambda: self.render("plain.html", post=post))
        count = self.page_count(post)
        whole = request.query_params.get("page") == "all"
        page = 1 if whole else page_number(request)
        if page > count:
            return await self.not_found(request, LookupError(page))
        blocks = post.body.blocks if whole else post.body.pages[page - 1]

        def render() -> str:
            return self.render("article.html", post=post, blocks=blocks, page=page, count=count, whole=whole)

        return await self.answer(request, post, render, form="all" if whole else f"{page}" if page > 1 else "")

    async def _amp(self, request: Request) -> Response:
        post = self._asked(request)
        if not post.is_article:
            return await self.not_found(request, LookupError(post.story.slug))
        return await self.answer(request, post, lambda: self.render("amp.html", post=post), form="amp")

    def _asked(self, request: Request) -> Post:
        return self.find(lambda p: p.story.slug == request.path_params["slug"])
