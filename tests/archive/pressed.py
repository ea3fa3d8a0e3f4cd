"""Real pages through a real run: captured, cleaned by the rules in force, judged and recorded, as a crawl does it."""

import gzip
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipelines.article import Page
from pipelines.cleaning.cleaner import clean_pages
from pipelines.cleaning.learned_residue import Position
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.text_normalization import letters_only
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import FetchedPage, Visit
from tests.archive.invented import announced, exchange

SITE = SiteRules("kabarteknik", title="Kabar Teknik")
PUBLISHED = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)

NEWSLETTER = "Dapatkan rangkuman gawai pilihan redaksi di kotak surat Anda setiap pagi"
TODAY = replace(SITE, learned={letters_only(NEWSLETTER): Position.CLOSING})
"""Rules that know the invitation for residue."""

NOUNS = (
    "sepeda",
    "lampu",
    "payung",
    "kompor",
    "kipas",
    "sumur",
    "perahu",
    "tenda",
    "jala",
    "pompa",
    "warga",
    "pelajar",
)
VERBS = ("membuat", "memakai", "merakit", "menjual", "membawa", "menguji", "memilih", "mencari", "menyimpan", "merawat")
PLACES = ("Bandung", "Cimahi", "Garut", "Tegal", "Solo", "Blitar", "Ambon", "Palu", "Bima", "Kupang", "Medan", "Padang")
LINKS = ("dan", "yang", "untuk", "dengan", "karena", "sebelum", "setelah", "sehingga", "ketika", "tetapi")


def paragraphs(seed: int) -> list[str]:
    """The text of an invented article: four lines of its own."""
    chance = random.Random(seed)

    def clause() -> str:
        return f"{chance.choice(NOUNS)} di {chance.choice(PLACES)} {chance.choice(VERBS)} {chance.choice(NOUNS)} itu"

    return [
        f"{clause()} {chance.choice(LINKS)} {clause()} {chance.choice(LINKS)} {clause()}.".capitalize()
        for _ in range(4)
    ]


def html(seed: int, *closing: str, lines: Sequence[str] | None = None, day: int | None = None) -> bytes:
    """The page of an article; `closing` are lines that its template puts under the text."""
    published = PUBLISHED + timedelta(days=seed % 20 if day is None else day)
    headline = " ".join(paragraphs(seed)[0].split()[:5]).title()
    body = "".join(f"<p>{line}</p>" for line in (*(lines or paragraphs(seed)), *closing))
    return (
        f"<!doctype html><html lang='id'><head><title>{headline}</title>"
        f"<meta property='article:published_time' content='{published.isoformat()}'></head>"
        f"<body><article><h1>{headline}</h1>{body}</article></body></html>"
    ).encode()


def url(seed: int) -> str:
    return f"http://kabarteknik.example/berita/{seed}"


def press(run: CrawlRun, address: str, *pages: bytes, rules: SiteRules = SITE, at: datetime | None = None) -> Visit:
    """A whole visit to the article at `address`."""
    visit = announced(run.site, address)
    for number, page in enumerate(pages, 1):
        page_url = address if number == 1 else f"{address}?page={number}"
        sent = exchange(
            page_url,
            gzip.compress(page, mtime=0),
            headers=((b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Encoding", b"gzip")),
            at=at or PUBLISHED + timedelta(days=22),
        )
        visit.pages.append(FetchedPage(page_url, page, "utf-8", run.capture(sent)))
    hints = replace(visit.announcement, headline=None).hints(visit.pages[0].capture.fetched_at)
    read = [Page(page.url, page.html, page.charset) for page in visit.pages]
    visit.cleaned = clean_pages(read, url=address, site=rules, hints=hints)
    run.record(visit, run.judge(visit))
    return visit
