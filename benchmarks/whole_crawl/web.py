"""A web of invented news sites in four layouts: `python -m benchmarks.whole_crawl.web SITES PAGES [FOLDER]` serves it.

With a folder of saved pages (.html or .html.gz) it serves these, each under as many addresses as it takes. It prints its
port, and serves until it is killed. Pages are made before, so that it takes little of the machine.
"""

# ruff: noqa: E501 - lines of markup

import gzip
import html
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.duplicates.prose import NOUNS, Prose
from settings.clock import WIB, utc_now

SCRIPT_LINES = 900
"""Lines of script and style in a page's head: with its lists, a page has some 90 KB and 800 elements, as have half of
the Indonesian news pages seen."""

LISTED = 60
"""Links in a page's menu, and teasers in its column."""

ARTICLE_URL = r"/berita/\d+/"


def site_name(number: int) -> str:
    """The name of a site, and the first part of its host."""
    return f"surat{number}"


def _marked(paragraph: str) -> str:
    """A paragraph with a link and words in bold, as editors set them."""
    words = html.escape(paragraph).split(" ")
    words[3] = f'<a href="/tag/{words[3].strip(".,;")}">{words[3]}</a>'
    words[7] = f"<strong>{words[7]}</strong>"
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class Story:
    """An article of a site."""

    path: str
    headline: str
    paragraphs: tuple[str, ...]
    author: str
    published: datetime


def story(site: int, number: int, now: datetime) -> Story:
    """An article that no other has a sentence of; the same for the same numbers."""
    prose = Prose(random.Random(site * 1_000_003 + number))
    sentences = prose.sentences(prose.random.randrange(250, 600))
    paragraphs = tuple(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))
    headline = prose.clause().capitalize()
    slug = "-".join(headline.lower().split())
    published = now - timedelta(minutes=7 * (number + 1))
    return Story(f"/berita/{number}/{slug}", headline, paragraphs, prose.person(), published.astimezone(WIB))


def _json_ld(told: Story, home: str) -> str:
    stated = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": told.headline,
        "datePublished": told.published.isoformat(timespec="seconds"),
        "author": [{"@type": "Person", "name": told.author}],
        "mainEntityOfPage": home + told.path,
        "image": [f"{home}/gambar{told.path}.jpg"],
    }
    return f'<script type="application/ld+json">{json.dumps(stated)}</script>'


def _meta(told: Story, home: str) -> str:
    return (
        f'<meta property="og:title" content="{html.escape(told.headline)}"><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{told.published.isoformat(timespec="seconds")}">'
        f'<meta name="author" content="{told.author}"><link rel="canonical" href="{home}{told.path}">'
    )


def _weblog(told: Story) -> str:
    text = "".join(f"<p>{_marked(paragraph)}</p>" for paragraph in told.paragraphs)
    return (
        f'<article class="post"><header><h1 class="entry-title">{html.escape(told.headline)}</h1>'
        f'<span class="byline">Oleh {told.author}</span> <time datetime="{told.published.isoformat()}">'
        f'{told.published:%d/%m/%Y %H:%M} WIB</time></header><div class="entry-content">{text}</div></article>'
    )


def _portal(told: Story) -> str:
    box = '<div class="sisip"><strong>Baca juga:</strong> <a href="/berita/1/lain">Kabar lain hari ini</a></div>'
    text = "".join(
        f"<p>{_marked(paragraph)}</p>{box if place % 4 == 2 else ''}" for place, paragraph in enumerate(told.paragraphs)
    )
    return (
        f'<div class="read"><h1 class="read__title">{html.escape(told.headline)}</h1><div class="read__time">'
        f'Surat Kabar - {told.published:%d/%m/%Y, %H:%M} WIB</div><div id="isi" class="read__content">{text}</div>'
        f'<div class="read__credit">Penulis: {told.author}</div></div>'
    )


def _breaks(told: Story) -> str:
    text = "<br><br>\n".join(map(_marked, told.paragraphs))
    return (
        f'<div class="detail"><h1>{html.escape(told.headline)}</h1><div class="date">{told.published:%d/%m/%Y %H:%M}'
        f' WIB</div><div class="author">{told.author}</div><div class="itp_bodycontent detail__body-text">{text}</div></div>'
    )


def _sections(told: Story) -> str:
    text = "".join(
        f"<section><div><p><span>{_marked(paragraph)}</span></p></div></section>" for paragraph in told.paragraphs
    )
    return (
        f'<main itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">'
        f'{html.escape(told.headline)}</h1><p>Oleh <b itemprop="author">{told.author}</b>, {told.published:%d/%m/%Y %H:%M}'
        f' WIB</p><div itemprop="articleBody">{text}</div></main>'
    )


LAYOUTS: tuple[Callable[[Story], str], ...] = (_weblog, _portal, _breaks, _sections)


def page(site: int, told: Story, home: str) -> bytes:
    """The page of an article, in the layout of its site."""
    prose = Prose(random.Random(told.path))
    script = "\n".join(
        f"window.{prose.one_of(NOUNS)}_{line} = {{id: {prose.random.random()}, mode: '{prose.one_of(NOUNS)}'}};"
        for line in range(SCRIPT_LINES)
    )
    menu = "".join(
        f'<li class="nav__item nav__item--{place}"><a class="nav__link" href="/kanal/{noun}/" data-track="nav-{place}">'
        f'<span class="nav__icon"></span>{noun.capitalize()}</a></li>'
        for place, noun in enumerate(NOUNS[:LISTED])
    )
    column = "".join(
        f'<div class="teaser teaser--{number % 3}" data-id="{prose.random.randrange(10**6)}"><div class="teaser__picture">'
        f'<a href="/berita/{number}/x"><img class="lazy" data-src="/gambar/{number}.jpg?w=120&amp;q=75" alt="" width="120"></a>'
        f'</div><div class="teaser__text"><h3><a href="/berita/{number}/x">{html.escape(prose.clause().capitalize())}</a></h3>'
        f'<span class="teaser__channel">{prose.one_of(NOUNS)}</span> <span class="teaser__time">{number + 1} jam lalu</span>'
        "</div></div>"
        for number in range(LISTED)
    )
    tags = "".join(f'<a class="tag" href="/tag/{noun}">{noun}</a>, ' for noun in prose.random.sample(NOUNS, 8))
    comments = "".join(
        f'<div class="komentar"><b>{prose.person()}</b><p>{html.escape(prose.sentence())}</p></div>' for _ in range(6)
    )
    head = _json_ld(told, home) if site % 2 == 0 else _meta(told, home)
    return (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{html.escape(told.headline)}</title>{head}'
        f"<script>{script}</script></head><body><nav><ul>{menu}</ul></nav>{LAYOUTS[site % len(LAYOUTS)](told)}"
        f'<div class="topik">{tags}</div><div id="komentar">{comments}</div>'
        f'<aside class="column">{column}</aside><footer>Hak cipta Surat Kabar</footer></body></html>'
    ).encode()


def site_pages(
    site: int, pages: int, home: str, now: datetime, saved: Sequence[bytes] = ()
) -> dict[str, tuple[str, bytes]]:
    """Media type and body of each document of a site, by path."""
    told = [story(site, number, now) for number in range(pages)]
    listed = "".join(
        f"<url><loc>{home}{each.path}</loc><news:news><news:publication><news:name>Surat</news:name>"
        "<news:language>id</news:language></news:publication>"
        f"<news:publication_date>{each.published.isoformat(timespec='seconds')}</news:publication_date>"
        f"<news:title>{html.escape(each.headline)}</news:title></news:news></url>"
        for each in told
    )
    sitemap = (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{listed}</urlset>'
    )
    found = {
        "/robots.txt": ("text/plain", b"User-agent: *\nDisallow:\n"),
        "/news.xml": ("application/xml", sitemap.encode()),
    }
    bodies = [saved[place % len(saved)] if saved else page(site, each, home) for place, each in enumerate(told)]
    return found | {each.path: ("text/html; charset=utf-8", body) for each, body in zip(told, bodies, strict=True)}


def saved_pages(folder: Path) -> list[bytes]:
    """The pages in a folder, by name."""
    files = sorted((*folder.rglob("*.html"), *folder.rglob("*.html.gz")))
    return [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in files]


def serve(sites: int, pages: int, saved: Sequence[bytes] = ()) -> None:
    """Serve until killed; prints the port once it listens."""
    documents: dict[str, Mapping[str, tuple[str, bytes]]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = (self.headers["Host"] or "").partition(".")[0]
            kind, body = documents.get(host, {}).get(self.path.partition("?")[0], ("", b""))
            self.send_response(200 if kind else 404)
            if kind:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port, now = server.server_address[1], utc_now()
    for site in range(sites):
        name = site_name(site)
        made = site_pages(site, pages, f"http://{name}.localhost:{port}", now, saved)
        documents[name] = {path: (kind, gzip.compress(body, 6)) for path, (kind, body) in made.items()}
    print(port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), saved_pages(Path(sys.argv[3])) if sys.argv[3:] else ())
