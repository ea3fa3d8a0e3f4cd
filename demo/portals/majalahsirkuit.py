"""Majalah Sirkuit: a WordPress site under the tagDiv Newspaper theme, half its posts in the theme's Cloud template."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from demo.content import Kind
from demo.newsroom import Post
from demo.portals import dates
from demo.portals.portal import Portal, slugify

FEED_LENGTH = 10
"""WordPress's own default."""

FORM_WORDS = {
    "en": {
        "title": "LEAVE A REPLY",
        "cancel": "Cancel reply",
        "comment": "Comment:",
        "comment_missing": "Please enter your comment!",
        "name": "Name:*",
        "name_missing": "Please enter your name here",
        "email": "Email:*",
        "email_wrong": "You have entered an incorrect email address!",
        "email_missing": "Please enter your email address here",
        "website": "Website:",
        "remember": "Save my name, email, and website in this browser for the next time I comment.",
        "send": "Post Comment",
        "reply": "Reply",
        "related": "RELATED ARTICLES",
        "same_author": "MORE FROM AUTHOR",
        "previous": "Previous article",
        "next": "Next article",
        "by": "By",
        "share": "Share",
        "tags": "TAGS",
    },
    "id": {
        "title": "TINGGALKAN KOMENTAR",
        "cancel": "Batal balasan",
        "comment": "Komentar:",
        "comment_missing": "Silakan masukkan komentar anda!",
        "name": "Nama:*",
        "name_missing": "Silakan masukkan nama Anda di sini",
        "email": "Email:*",
        "email_wrong": "Anda telah memasukkan alamat email yang salah!",
        "email_missing": "Silakan masukkan alamat email Anda di sini",
        "website": "Situs Web:",
        "remember": "Simpan nama, email, dan situs web saya pada peramban ini untuk komentar saya berikutnya.",
        "send": "Kirim Komentar",
        "reply": "Balas",
        "related": "ARTIKEL TERKAIT",
        "same_author": "DARI PENULIS",
        "previous": "Artikel sebelumnya",
        "next": "Artikel selanjutnya",
        "by": "Oleh",
        "share": "Bagikan",
        "tags": "TAG",
    },
}
"""The theme's comment form and boxes in its English and its Indonesian words."""

READERS = (
    ("Bang Togar", "Mantap min, ditunggu ulasan lanjutannya ya."),
    ("sri_wahyuni88", "Kok di toko dekat rumah saya belum ada barangnya?"),
    ("Pak Guru Edi", "Terima kasih infonya, izin saya bagikan ke grup sekolah."),
    ("Nanda R.", "Harganya masih kemahalan menurut saya, mending nunggu diskon akhir tahun."),
    ("anonim", "Pertamax gan, sudah lama nunggu beginian."),
)
"""Readers' names and comments under some posts."""


class MajalahSirkuit(Portal):
    """Posts at `/slug/`, RSS at `/feed/`, sitemaps in Yoast's manner, dates in UTC in the metadata."""

    name = "majalahsirkuit"
    title = "Majalah Sirkuit"
    planted = (
        *(
            FORM_WORDS["en"][key]
            for key in ("title", "cancel", "comment_missing", "name_missing", "email_wrong", "remember")
        ),
        *(
            FORM_WORDS["id"][key]
            for key in ("title", "cancel", "comment_missing", "name_missing", "email_wrong", "remember")
        ),
        *(FORM_WORDS["en"][key] for key in ("related", "same_author", "previous", "next")),
        *(FORM_WORDS["id"][key] for key in ("related", "same_author", "previous", "next")),
        *(words for _, words in READERS),
        "Baca juga:",
        "(Foto: Istimewa)",
        "WhatsApp",
        "Ikuti kami di Google News",
        "Langganan nawala Sirkuit",
        "Artikel ini telah tayang di",
        "Sumber:",
        "Penulis lepas yang gemar membongkar gawai",
    )

    def path(self, post: Post) -> str:
        return f"/{post.story.slug}/"

    def tag_path(self, tag: str) -> str:
        return f"/tag/{slugify(tag)}/"

    def section_path(self, section: str) -> str:
        return f"/{slugify(section)}/"

    def author_path(self, author: str) -> str:
        return f"/author/{slugify(author)}/"

    def page_count(self, post: Post) -> int:  # noqa: ARG002 - this site never splits its posts
        return 1

    def dateline(self, post: Post) -> str | None:
        city = post.story.city
        if city is None:
            return None
        return "MajalahSirkuit.id" if self.glued(post) else f"{city}, MajalahSirkuit.id"

    def glued(self, post: Post) -> bool:
        """Whether the dateline names the site alone, with its dash glued to it."""
        return post.story.draw("dateline", 2) == 0

    def form(self, post: Post) -> dict[str, str]:
        return FORM_WORDS["en" if post.story.draw("form", 2) else "id"]

    def comments(self, post: Post) -> tuple[tuple[str, str], ...]:
        """Readers' comments: none, two or all."""
        return READERS[: (0, 2, len(READERS))[post.story.draw("comments", 3)]]

    def neighbours(self, post: Post) -> tuple[Post | None, Post | None]:
        """The article before and the one after."""
        articles = [p for p in self.posts if p.is_article]
        if post not in articles:
            return None, None
        place = articles.index(post)
        older = articles[place + 1] if place + 1 < len(articles) else None
        return older, articles[place - 1] if place else None

    def json_ld(self, post: Post) -> dict[str, Any]:
        """Yoast's graph: article, page, image, breadcrumb, site, publisher and author, by reference."""
        url, story = self.url(post), post.story
        persons = [
            {
                "@type": "Person",
                "@id": f"{self.home}/#/schema/person/{slugify(author)}",
                "name": author,
                "url": self.home + self.author_path(author),
            }
            for author in story.author
        ]
        dated = {"datePublished": dates.utc(post.published), "dateModified": dates.utc(post.modified)}
        article = {
            "@type": "Article",
            "@id": f"{url}#article",
            "isPartOf": {"@id": url},
            "author": [{"name": person["name"], "@id": person["@id"]} for person in persons],
            "headline": story.headline,
            **dated,
            "mainEntityOfPage": {"@id": url},
            "wordCount": len(post.body.text.split()),
            "commentCount": len(self.comments(post)),
            "publisher": {"@id": f"{self.home}/#organization"},
            "image": {"@id": f"{url}#primaryimage"},
            "keywords": list(story.tags),
            "articleSection": [story.section],
            "inLanguage": "id",
        }
        page = {
            "@type": "WebPage" if story.kind is not Kind.INDEX else "CollectionPage",
            "@id": url,
            "url": url,
            "name": f"{story.headline} - {self.title}",
            "isPartOf": {"@id": f"{self.home}/#website"},
            **dated,
            "description": story.description,
            "breadcrumb": {"@id": f"{url}#breadcrumb"},
            "inLanguage": "id",
        }
        crumbs = [
            {"@type": "ListItem", "position": 1, "name": "Beranda", "item": f"{self.home}/"},
            {
                "@type": "ListItem",
                "position": 2,
                "name": story.section,
                "item": self.home + self.section_path(story.section),
            },
            {"@type": "ListItem", "position": 3, "name": story.headline},
        ]
        around = [
            {"@type": "ImageObject", "@id": f"{url}#primaryimage", "url": self.image(post), "inLanguage": "id"},
            {"@type": "BreadcrumbList", "@id": f"{url}#breadcrumb", "itemListElement": crumbs},
            {
                "@type": "WebSite",
                "@id": f"{self.home}/#website",
                "url": f"{self.home}/",
                "name": self.title,
                "inLanguage": "id",
            },
            {"@type": "Organization", "@id": f"{self.home}/#organization", "name": self.title, "url": f"{self.home}/"},
            *persons,
        ]
        graph = [article, page, *around] if story.kind is Kind.ARTICLE else [page, *around]
        return {"@context": "https://schema.org", "@graph": graph}

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._home),
            Route("/page/{number:int}/", self._home),
            Route("/robots.txt", self.robots),
            Route("/media/{name}.png", self.media),
            Route("/feed/", self._feed),
            Route("/sitemap_index.xml", self._sitemap_index),
            Route("/post-sitemap.xml", self._sitemap),
            Route("/tag/{slug}/", self._tag),
            Route("/author/{slug}/", self._author),
            Route("/{slug}/", self._post),
            Route("/{slug}/amp/", self._amp),
            Route("/{slug}/page/{number:int}/", self._section),
            Route("/{path:path}", self._slash),
        ]

    async def _home(self, request: Request) -> Response:
        number = request.path_params.get("number", 1)
        return self.listing(request, self.articles, "Terbaru", number, lambda n: f"/page/{n}/" if n > 1 else "/")

    async def _feed(self, request: Request) -> Response:
        paged = request.query_params.get("paged", "1")
        number = int(paged) if paged.isdecimal() else 1
        posts = self.articles[max(number - 1, 0) * FEED_LENGTH :][:FEED_LENGTH]
        return self.xml(request, "feed.xml", "application/rss+xml", posts)

    async def _sitemap_index(self, request: Request) -> Response:
        return self.xml(request, "sitemap_index.xml", "text/xml", ())

    async def _sitemap(self, request: Request) -> Response:
        return self.xml(request, "post-sitemap.xml", "text/xml", self.posts)

    async def _tag(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        return self.listing(
            request, self.of_tag(slug)[:10], f"Tag: {slug.replace('-', ' ')}", 1, lambda _: f"/tag/{slug}/"
        )

    async def _author(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        posts = [post for post in self.articles if slug in map(slugify, post.story.author)]
        return self.listing(
            request, posts[:10], f"Penulis: {slug.replace('-', ' ').title()}", 1, lambda _: f"/author/{slug}/"
        )

    async def _section(self, request: Request) -> Response:
        slug, number = request.path_params["slug"], request.path_params.get("number", 1)
        posts = self.of_section(slug)

        def href(n: int) -> str:
            return f"/{slug}/page/{n}/" if n > 1 else f"/{slug}/"

        return self.listing(request, posts, posts[0].story.section if posts else slug, number, href)

    async def _post(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        if self.of_section(slug):
            return await self._section(request)
        post = self.find(lambda p: p.story.slug == slug)
        template = {Kind.ARTICLE: "cloud.html" if post.story.draw("template", 3) == 0 else "classic.html"}.get(
            post.story.kind, "plain.html"
        )
        return await self.answer(request, post, lambda: self.render(template, post=post))

    async def _amp(self, request: Request) -> Response:
        post = self.find(lambda p: p.is_article and p.story.slug == request.path_params["slug"])
        return await self.answer(request, post, lambda: self.render("amp.html", post=post), form="amp")

    async def _slash(self, request: Request) -> Response:
        """WordPress sends `/slug` on to `/slug/`."""
        path = request.url.path
        if path.endswith("/") or "." in path.rsplit("/", 1)[-1]:
            return await self.not_found(request, Exception())
        return RedirectResponse(str(request.url.replace(path=f"{path}/")), 301)
