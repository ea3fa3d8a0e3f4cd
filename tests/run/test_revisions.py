"""What is a revision and what is not, what each says that it changed, and how people read that."""

import gzip
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.article import Article
from pipelines.cleaning.cleaner import clean
from pipelines.visit import Outcome
from settings.storage import Storage
from tests.archive.invented import NOON, announced, environment_of, exchange, finish, open_run, page, rows

PROJECT = Path(__file__).parents[2]
URL = "http://kabarteknik.example/kapal-surya"
HEADLINE = "Kapal surya berlayar dari Tegal"
PARAGRAPHS = (
    "Kapal bertenaga surya buatan bengkel di Tegal itu berlayar sejauh tiga ratus kilometer tanpa setetes solar pun.",
    "Nakhoda menuturkan bahwa panel di geladak mengisi baterai selama enam jam, dan malamnya kapal tetap melaju pelan.",
    "Bengkel tersebut berencana membuat empat kapal lagi untuk nelayan yang selama ini kesulitan membeli bahan bakar.",
    "Menurut dia, satu kapal dapat dibuat dalam waktu dua bulan dengan dana yang tidak lebih besar dari perahu biasa.",
)


def html(
    *, first: str = "", middle: str = "", last: str = "", headline: str = HEADLINE, lines: tuple[str, ...] = PARAGRAPHS
) -> bytes:
    texts = [first, *lines[:2], middle, *lines[2:], last]
    body = "".join(f"<p>{text}</p>" for text in texts if text)
    return (
        f"<html><head><title>{HEADLINE}</title><meta property='og:site_name' content='Kabar Teknik'></head><body>"
        f"<article><h1>{headline}</h1><time datetime='2026-11-24T10:00:00+07:00'>24 November 2026</time>{body}"
        "</article></body></html>"
    ).encode()


def crawl(storage: Storage, body: bytes, hours: int = 0) -> Outcome | None:
    """A look at the page, which is cleaned as in a crawl."""
    run = open_run(storage)
    visit = announced(run.site, URL)
    at = NOON + timedelta(hours=hours)
    visit.pages = [page(run.capture(exchange(URL, gzip.compress(body, mtime=0), at=at)))]
    visit.cleaned = clean(body, URL)
    assert isinstance(visit.cleaned, Article)
    run.record(visit, run.judge(visit))
    finish(run)
    return visit.outcome


def test_what_a_page_counts_advertises_and_points_to_is_no_revision(storage: Storage) -> None:
    assert crawl(storage, html()) is Outcome.ARCHIVED
    pages = [
        html(first="Dibaca 1.234 kali"),
        html(first="2,1 rb views", last="Artikel ini telah dibaca 532 kali"),
        html(middle="ADVERTISEMENT"),
        html(middle="Gulir ke bawah untuk melanjutkan membaca"),
        html(middle="Baca juga: <a href='/perahu'>Perahu listrik dijual di Cirebon</a>"),
        html(last="Halaman 1 dari 2"),
        html(headline=f"{HEADLINE} - Kabar Teknik"),
    ]
    assert [crawl(storage, body, hours) for hours, body in enumerate(pages, 1)] == [Outcome.UNCHANGED] * len(pages)
    [row] = rows(storage, "articles")
    assert (row["revision"], row["changes"], row["words_added"], rows(storage, "revisions")) == (1, [], None, [])


def edited(storage: Storage) -> list[dict[str, object]]:
    """The versions of an article that was changed, corrected and given another headline, the first one first."""
    crawl(storage, html())
    changed = (PARAGRAPHS[0].replace("tiga ratus", "empat ratus lima puluh"), *PARAGRAPHS[1:])
    crawl(storage, html(lines=changed), 1)
    crawl(storage, html(lines=changed, last="Ralat: jarak pelayaran semula tertulis keliru."), 2)
    headline = "Kapal surya berlayar 450 kilometer dari Tegal"
    crawl(storage, html(lines=changed, headline=headline, last="Ralat: jarak pelayaran semula tertulis keliru."), 3)
    return sorted([*rows(storage, "revisions"), *rows(storage, "articles")], key=lambda row: row["revision"])


def test_a_revision_says_what_it_changed(storage: Storage) -> None:
    versions = edited(storage)
    assert [(row["changes"], row["words_added"], row["words_removed"]) for row in versions] == [
        ([], None, None),
        (["body"], 3, 1),
        (["body", "correction"], 6, 0),
        (["headline"], 0, 0),
    ]
    assert [row["correction"] for row in versions] == [
        None,
        None,
        *["Ralat: jarak pelayaran semula tertulis keliru."] * 2,
    ]


@pytest.mark.parametrize("known_as", ["article_id", "url"])
def test_kliping_diff_prints_the_versions_and_their_differences(storage: Storage, known_as: str) -> None:
    versions = edited(storage)
    printed = run(storage, "diff", str(versions[0][known_as]))
    assert printed.stdout.splitlines() == [
        "revision 1, fetched 2026-11-24 05:00 UTC",
        f"  {HEADLINE}",
        f"  {URL}",
        "  69 words",
        "",
        "revision 2, fetched 2026-11-24 06:00 UTC",
        "  ~ " + PARAGRAPHS[0].replace("tiga ratus", "[-tiga-] {+empat+} ratus {+lima puluh+}"),
        "",
        "revision 3, fetched 2026-11-24 07:00 UTC",
        "  correction: {+Ralat: jarak pelayaran semula tertulis keliru.+}",
        "    Menurut dia, satu kapal dapat dibuat dalam waktu dua bulan d…",
        "  + Ralat: jarak pelayaran semula tertulis keliru.",
        "",
        "revision 4, fetched 2026-11-24 08:00 UTC",
        "  headline: Kapal surya berlayar {+450 kilometer+} dari Tegal",
        "  the text is as it was",
        "",
    ]


def test_kliping_diff_of_what_no_table_has_says_so(storage: Storage) -> None:
    crawl(storage, html())
    printed = run(storage, "diff", "0" * 32)
    assert (printed.returncode, printed.stdout) == (1, "")
    assert "no table has a version of" in printed.stderr


def run(storage: Storage, *command: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
    return subprocess.run(
        [sys.executable, "-m", "local", *command],
        cwd=PROJECT,
        env={**kept, **environment_of(storage)},
        capture_output=True,
        text=True,
        check=False,
    )
