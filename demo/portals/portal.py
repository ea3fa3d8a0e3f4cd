"""What the three demo sites share: finding posts, rendering templates, lists in pages, images."""

import re
import struct
import unicodedata
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from demo import faults
from demo.content import Kind
from demo.newsroom import Newsroom, Post
from demo.portals import dates
from demo.replies import reply

TEMPLATES = Path(__file__).parent.parent / "templates"
LIST_LENGTH = 10
"""Articles on one page of a section, as WordPress does it."""


def slugify(words: str) -> str:
    """Words as they stand in a URL: 'Kecerdasan Buatan' -> 'kecerdasan-buatan'."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


class Portal(ABC):
    """One demo site: its addresses, its pages, and what it writes into them besides the articles.

    `planted` are strings that the pages hold and no article's text does: residue, were it found in an archived body.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    planted: ClassVar[tuple[str, ...]]

    def __init__(self, newsroom: Newsroom, port: int, slow_seconds: float) -> None:
        self.newsroom = newsroom
        self.port = port
        self.home = self.origin(self.name)
        self._slow_seconds = slow_seconds
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(site=self, dates=dates, slugify=slugify)
        self._templates.filters.update(linked=self._linked)

    @abstractmethod
    def path(self, post: Post) -> str:
        """The path of a post's canonical URL."""

    @abstractmethod
    def tag_path(self, tag: str) -> str:
        """The path of a tag's page."""

    @abstractmethod
    def section_path(self, section: str) -> str:
        """The path of a section's first page."""

    @abstractmethod
    def dateline(self, post: Post) -> str | None:
        """The place and agency that open the text, as a reader would name them."""

    @abstractmethod
    def routes(self) -> list[BaseRoute]:
        """The site's addresses."""

    def desk_code(self, post: Post) -> str | None:  # noqa: ARG002 - most sites print none
        """The initials that close the text."""
        return None

    def page_count(self, post: Post) -> int:
        """Over how many pages the site spreads a post."""
        return len(post.body.pages)

    def origin(self, host: str) -> str:
        return f"http://{host}.localhost:{self.port}"

    def url(self, post: Post) -> str:
        """A post's canonical URL."""
        return self.home + self.path(post)

    def image(self, post: Post) -> str:
        return f"{self.home}/media/{post.story.slug}.png"

    @property
    def posts(self) -> tuple[Post, ...]:
        return self.newsroom.posts(self.name)

    @property
    def articles(self) -> tuple[Post, ...]:
        """What the site links to on its own pages: everything but faults, which only the sitemaps announce."""
        return tuple(post for post in self.posts if post.fault is None)

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(sorted({post.story.section for post in self.articles}))

    def of_section(self, slug: str) -> tuple[Post, ...]:
        return tuple(post for post in self.articles if slugify(post.story.section) == slug)

    def of_tag(self, slug: str) -> tuple[Post, ...]:
        return tuple(post for post in self.articles if slug in map(slugify, post.story.tags))

    def related(self, post: Post, count: int) -> tuple[Post, ...]:
        """Other articles of the first edition, of the same section where there are: the same ones on every visit."""
        others = [p for p in self.posts if p.is_article and p.story.edition == 1 and p.story.slug != post.story.slug]
        others.sort(
            key=lambda other: (other.story.section != post.story.section, other.story.draw(post.story.slug, 9973))
        )
        return tuple(others[:count])

    def source(self, post: Post) -> Post | None:
        """The original of a syndicated copy."""
        copy_of = post.story.copy_of
        if copy_of is None:
            return None
        return next((p for p in self.newsroom.posts(copy_of.site) if p.story.slug == copy_of.slug), None)

    def render(self, template: str, **names: Any) -> str:
        return self._templates.get_template(f"{self.name}/{template}").render(**names)

    async def answer(self, request: Request, post: Post, render: Callable[[], str], form: str = "") -> Response:
        """A post's page as `render` makes it, or what its fault makes of it. `form` tells the page's forms apart."""
        if post.fault is not None:
            elsewhere = f"{self.origin('elsewhere')}/kabar/{post.story.slug}"
            return await faults.answer(
                post.fault.kind, render(), elsewhere, self._slow_seconds, request.is_disconnected
            )
        etag = (
            f"{zlib.crc32(post.story.slug.encode()):08x}-{post.version}-{post.modified:%Y%m%d%H%M}{form and '-' + form}"
        )
        return reply(request, render(), "text/html; charset=UTF-8", modified=post.modified, etag=etag)

    def listing(
        self, request: Request, posts: Sequence[Post], heading: str, number: int, href: Callable[[int], str]
    ) -> Response:
        """One page of a list of posts; `href` gives the path of page n. Raises HTTPException 404 past the end."""
        shown = posts[(number - 1) * LIST_LENGTH : number * LIST_LENGTH]
        if not shown:
            raise HTTPException(404)
        last = -(-len(posts) // LIST_LENGTH)
        html = self.render("list.html", posts=shown, heading=heading, number=number, last=last, href=href)
        return reply(request, html, "text/html; charset=UTF-8", modified=self.newsroom.changed(self.name))

    def xml(self, request: Request, template: str, media_type: str, posts: Iterable[Post]) -> Response:
        """A feed or sitemap of posts."""
        changed = self.newsroom.changed(self.name)
        content = self.render(template, posts=tuple(posts), changed=changed)
        return reply(request, content, f"{media_type}; charset=UTF-8", modified=changed)

    def find(self, matches: Callable[[Post], bool]) -> Post:
        """The post that matches. Raises HTTPException 404 when there is none."""
        post = next(filter(matches, self.posts), None)
        if post is None:
            raise HTTPException(404)
        return post

    async def robots(self, request: Request) -> Response:
        rules = self.render("robots.txt")
        return reply(request, rules, "text/plain; charset=utf-8", modified=self.newsroom.clock.epoch)

    async def media(self, request: Request) -> Response:
        name = request.path_params["name"]
        return reply(request, gradient(zlib.crc32(name.encode())), "image/png", modified=self.newsroom.clock.epoch)

    async def not_found(self, request: Request, _: Exception) -> Response:
        if request.url.path.endswith((".xml", ".txt")):
            return PlainTextResponse("Tidak ditemukan.", 404)
        return HTMLResponse(self.render("not_found.html"), 404)

    def _linked(self, text: str, post: Post) -> Markup:
        """A paragraph in which the first mention of one of the post's tags is a link."""
        for tag in post.story.tags:
            if mention := re.search(rf"\b{re.escape(tag)}\b", text, re.IGNORECASE):
                before, after = text[: mention.start()], text[mention.end() :]
                address = self.home + self.tag_path(tag)
                return Markup('{}<a href="{}">{}</a>{}').format(before, address, mention[0], after)
        return escape(text)


def page_number(request: Request) -> int:
    """The list page asked for as `?page=N`. Raises HTTPException 404 for anything but a number from 1 on."""
    asked = request.query_params.get("page", "1")
    if not asked.isdecimal() or asked == "0":
        raise HTTPException(404)
    return int(asked)


def by_minute(at: datetime) -> str:
    """ISO 8601 to the second with offset, as the portals write it into metadata."""
    return at.isoformat(timespec="seconds")


def gradient(seed: int, width: int = 48, height: int = 27) -> bytes:
    """A small PNG of two colours flowing into each other, in place of a photograph."""
    start, end = (
        [(seed >> shift) & 0x7F for shift in (0, 7, 14)],
        [0x80 + ((seed >> shift) & 0x7F) for shift in (9, 17, 25)],
    )
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            part = (x + y) / (width + height)
            rows.extend(round(a + (b - a) * part) for a, b in zip(start, end, strict=True))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )


def non_article_type(post: Post) -> str:
    """schema.org type of a post by its kind."""
    return {Kind.GALLERY: "ImageGallery", Kind.VIDEO: "VideoObject", Kind.INDEX: "CollectionPage"}.get(
        post.story.kind, "NewsArticle"
    )
