"""`scrapy newsite`: a site that nobody has described becomes a spider, and a test that waits for a person."""

import ast
import asyncio
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from selectolax.lexbor import LexborHTMLParser

from pipelines.archive.warc_reader import Captures
from pipelines.cleaning.worker import CleaningWorker
from settings import scrapy as scrapy_settings
from settings.crawl import crawl as crawl_settings
from spiders.commands.newsite import full_url
from spiders.newsite.detection import article_pattern, desk_of, per_day, title_of
from spiders.newsite.draft import Findings
from spiders.newsite.files import File, files, fixtures, source_of, trimmed, write
from spiders.newsite.probe import Probe, ProbeFailed
from spiders.newsite.pseudonymize import Pseudonymizer
from spiders.platforms import platform_of
from spiders.platforms.tagdiv import TagDiv
from spiders.site import Site
from spiders.site_index import real_sites
from tests.sites.crawl import SITES as GOLDEN
from tests.spiders.warcs import Record, write_warc
from tests.spiders.web import Answer, Web, article, feed

PROJECT = Path(__file__).parents[2]
HOST = "https://www.gawaikita.example"
SLUGS = ("perahu-surya-untuk-nelayan-jepara", "jam-tangan-dari-kayu-jati-bekas", "robot-pemetik-teh-di-puncak-bogor")
TEXT = (
    "Bengkel Angkasa di Tegal merakit drone penyiram sawah dari bambu, sebab serat karbon terlalu mahal bagi petani.",
    "Satu drone menyiram seperempat hektare dalam sepuluh menit, lalu turun sendiri untuk mengisi air dari parit.",
    "Harga satu unit sama dengan seekor sapi muda, dan suku cadangnya dapat dibuat di bengkel desa mana pun.",
)


@pytest.fixture(scope="module")
def worker() -> Iterator[CleaningWorker]:
    worker = CleaningWorker()
    yield worker
    worker.close()


@pytest.fixture
def probe(reactor: Any, home: Path, worker: CleaningWorker) -> Callable[..., Findings | ProbeFailed]:  # noqa: ARG001
    """Probe a site of the test web in this process."""

    def run(url: str, name: str = "contoh") -> Findings | ProbeFailed:
        done = threading.Event()
        found: list[Findings | ProbeFailed] = []
        settings = Settings()
        settings.setmodule(scrapy_settings)
        settings.set("RETRY_ENABLED", False, priority="cmdline")

        def begin() -> None:
            crawl = AsyncCrawlerRunner(settings).crawl(
                Probe, name=name, url=url, on_result=found.append, worker=worker, captures=Captures()
            )
            asyncio.ensure_future(crawl).add_done_callback(lambda _: done.set())

        reactor.callFromThread(begin)
        assert done.wait(120), "the probe does not end"
        return found[0]

    return run


def story(slug: str, day: int, *, head: str = "", links: str = "") -> str:
    """An invented article's page."""
    when = f'<meta property="article:published_time" content="2026-11-{day}T09:00:00+07:00">'
    writer = '<meta name="author" content="Sari Wulandari">'
    paragraphs = (f"{TEXT[day % 3]} Begitulah kisah {slug.replace('-', ' ')}.", *TEXT)
    headline = slug.replace("-", " ").title()
    return article(headline, *paragraphs, head=when + writer + head, links=links)


# A recording


def recording(path: Path) -> Path:
    """A WordPress magazine with the tagDiv theme, as a crawler would have recorded it."""
    announced = [
        (f"{HOST}/{slug}/?utm_source=rss", f"{18 + n} Nov 2026 09:00:00 +0700") for n, slug in enumerate(SLUGS)
    ]
    records = [
        Record(f"{HOST}/robots.txt", "User-agent: *\nAllow: /\n", headers={"Content-Type": "text/plain"}),
        Record(
            f"{HOST}/",
            "<html lang=id><head><title>GawaiKita - Kabar Gawai</title><meta name=generator content='WordPress 6.8'>"
            f"</head><body class=td-theme-wrap>{''.join(f'<a href=/{slug}/>x</a>' for slug in SLUGS)}</body></html>",
        ),
        Record(
            f"{HOST}/feed/",
            feed(*announced).bytes,
            headers={"Content-Type": "application/rss+xml"},
        ),
        Record(f"{HOST}/sitemap.xml", status="301 Moved", headers={"Location": f"{HOST}/sitemap_index.xml"}),
        Record(
            f"{HOST}/sitemap_index.xml",
            f"<sitemapindex><sitemap><loc>{HOST}/page-sitemap.xml</loc></sitemap>"
            f"<sitemap><loc>{HOST}/post-sitemap.xml</loc></sitemap></sitemapindex>",
            headers={"Content-Type": "text/xml"},
        ),
        Record(
            f"{HOST}/post-sitemap.xml",
            "<urlset>"
            + "".join(
                f"<url><loc>{HOST}/{slug}/</loc><lastmod>2026-11-20</lastmod></url>"
                for slug in (*SLUGS, "berita-lama-yang-tidak-direkam")
            )
            + "</urlset>",
            headers={"Content-Type": "text/xml"},
        ),
    ]
    for number, slug in enumerate(SLUGS):
        page = story(slug, 18 + number)
        page = page.replace("<article>", "<article><div class='td-post-content'>")
        page = page.replace("</article>", "</div></article><script>iklan()</script>")
        records.append(Record(f"{HOST}/{slug}/", page))
    write_warc(path, *records)
    return path


def newsite(into: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scrapy newsite` as a developer would who has stated no contact, writing to the folder `into`."""
    environment = {name: value for name, value in os.environ.items() if name != "KLIPING_CONTACT"}
    command = [sys.executable, "-m", "scrapy", "newsite", "--into", str(into), *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, encoding="utf-8", timeout=120)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """What newsite makes of the recording, and what it prints."""
    folder = tmp_path_factory.mktemp("project")
    warc = recording(tmp_path_factory.mktemp("warc") / "gawaikita.warc.gz")
    return folder, newsite(folder, "gawaikita", "www.gawaikita.example", "--from", str(warc))


def loaded(path: Path) -> Site:
    """The site in a written module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (site,) = (v for v in vars(module).values() if isinstance(v, type) and getattr(v, "name", None) == path.stem)
    made: Site = site()
    return made


def test_a_recorded_site_becomes_a_spider(drafted: Any) -> None:
    folder, process = drafted
    assert process.returncode == 0, process.stderr
    path = folder / "spiders" / "sites" / "gawaikita.py"
    site = loaded(path)
    assert isinstance(site, TagDiv)
    assert (site.title, site.home) == ("GawaiKita", f"{HOST}/")
    assert list(site.feeds) == [f"{HOST}/feed/"]
    assert list(site.sitemaps) == [f"{HOST}/sitemap.xml"]
    assert site.permission_needed is None
    assert "WordPress with the tagDiv Newspaper theme (seen 2026-11)" in (site.__doc__ or "")
    assert 8 <= len(path.read_text(encoding="utf-8").splitlines()) <= 30


def test_the_spider_is_as_the_project_is(drafted: Any) -> None:
    folder, _ = drafted
    path = folder / "spiders" / "sites" / "gawaikita.py"
    for command in (["check"], ["format", "--check"]):
        config = ["--config", str(PROJECT / "pyproject.toml")]
        ruff = subprocess.run([Path(sys.executable).parent / "ruff", *command, *config, path], capture_output=True)
        assert ruff.returncode == 0, ruff.stdout.decode()


def test_the_fixtures_answer_what_the_spider_asks_for(drafted: Any) -> None:
    folder, _ = drafted
    fixtures = folder / "tests" / "sites" / "gawaikita"
    web = json.loads((fixtures / "web.json").read_text(encoding="utf-8"))
    assert set(web) == {
        *(f"{HOST}/{name}" for name in ("robots.txt", "feed/", "sitemap.xml", "sitemap_index.xml", "post-sitemap.xml")),
        *(f"{HOST}/{slug}/" for slug in SLUGS),
        f"{HOST}/",
    }
    assert {url: answer["kind"] for url, answer in web.items() if "kind" in answer} == {
        f"{HOST}/": "list",
        **{f"{HOST}/{slug}/": "article" for slug in SLUGS},
    }
    assert web[f"{HOST}/sitemap.xml"] == {"status": 301, "location": f"{HOST}/sitemap_index.xml"}
    stored = {path.name: path.read_text(encoding="utf-8") for path in fixtures.iterdir()}
    assert {answer["file"] for answer in web.values() if "file" in answer} <= set(stored)
    everything = "".join(stored.values())
    assert "berita-lama" not in everything, "what is not there is not announced"
    assert "page-sitemap" not in everything
    assert "iklan()" not in everything
    assert "Bengkel Angkasa" not in everything, "the site's words are its own"
    assert "Wulandari" not in everything


def test_the_test_waits_for_a_person(drafted: Any) -> None:
    folder, process = drafted
    expected = json.loads((folder / "tests" / "sites" / "gawaikita" / "expected.json").read_text(encoding="utf-8"))
    assert set(expected["articles"]) == {f"{HOST}/{slug}/" for slug in SLUGS}
    for stated in expected["articles"].values():
        assert stated == {"headline": "", "body": "", "date_published": "", "author": []}
    assert expected["lacks"] == {"pages": "", "visual": ""}
    for words in ("3 of 3 sample pages were read", "expected.json", "pytest tests/sites -k gawaikita", "copyright"):
        assert words in process.stdout


def test_the_spider_crawls_the_recording(drafted: Any, crawl: Any, tmp_path: Path) -> None:
    folder, _ = drafted
    warc = recording(tmp_path / "gawaikita.warc.gz")
    site = loaded(folder / "spiders" / "sites" / "gawaikita.py")
    result = crawl(site, settings={"REPLAY": str(warc)}, since="2026-11-01")
    assert {url: o for url, o in result.outcomes.items() if o == "archived"} == {
        f"{HOST}/{slug}/": "archived" for slug in SLUGS
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Gawai-Kita", "www.gawaikita.example"), "'Gawai-Kita' is not a name"),
        (("telset", "www.gawaikita.example"), "there is a site telset already"),
        (("gawaikita", "www.gawaikita.example"), "set KLIPING_CONTACT"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    process = newsite(tmp_path, *arguments)
    assert process.returncode == 2
    assert words in process.stdout + process.stderr
    assert list(tmp_path.rglob("*.py")) == []


@pytest.mark.parametrize(
    ("stated", "url"),
    [
        ("contoh.example", "https://contoh.example/"),
        ("http://contoh.example/tekno?utm_source=x#atas", "https://contoh.example/tekno"),
        ("http://contoh.localhost:8730", "http://contoh.localhost:8730/"),
    ],
)
def test_an_address_may_be_stated_in_short(stated: str, url: str) -> None:
    assert full_url(stated) == url


@pytest.mark.parametrize("stated", ["ftp://contoh.example/", "contoh", "https://"])
def test_what_is_no_web_address_is_refused(stated: str) -> None:
    with pytest.raises(UsageError, match="is not a web address"):
        full_url(stated)


def test_a_site_whose_articles_another_has_is_refused(tmp_path: Path) -> None:
    home, slug = "https://telset.id", "kabar-gawai-terbaru-dari-tegal"
    warc = tmp_path / "telset.warc.gz"
    links = f"<a href=/news/{slug}/>a</a><a href=/news/{slug}-lagi/>b</a><a href=/news/{slug}-usai/>c</a>"
    write_warc(warc, Record(f"{home}/", links), Record(f"{home}/news/{slug}/", story(slug, 18)))
    process = newsite(tmp_path / "project", "telsetbaru", home, "--from", str(warc))
    assert process.returncode == 2
    assert "the site telset" in process.stdout + process.stderr
    assert not (tmp_path / "project").exists()


# A live site


@pytest.fixture
def portal(web: Web) -> Web:
    """A portal with a system of its own, whose robots.txt names a sitemap; its articles run over two pages."""
    robots = f"User-agent: *\nDisallow: /cari\nCrawl-delay: 0.1\nSitemap: {web.url('/peta/berita.xml')}\n"
    web.pages["/robots.txt"] = Answer(robots, content_type="text/plain")
    urls = [web.url(f"/tekno/read/90{n}/{slug}") for n, slug in enumerate(SLUGS)]
    entries = "".join(
        f"<url><loc>{url}</loc><news:news><news:title>Judul</news:title>"
        f"<news:publication_date>2026-11-{18 + n}T09:00:00+07:00</news:publication_date></news:news></url>"
        for n, url in enumerate([*urls, web.url("/ekonomi/read/999/harga-cabai-di-pasar")])
    )
    space = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    web.pages["/peta/berita.xml"] = Answer(f"<urlset {space}>{entries}</urlset>", content_type="text/xml")
    links = "".join(f'<a href="{url}">x</a>' for url in urls)
    links += "<a href=/tag/gawai>gawai</a>"
    web.pages["/tekno"] = f"<html lang=id><title>Kabar Tekno Hari Ini | Portal Contoh</title>{links}</html>"
    for n, slug in enumerate(SLUGS):
        path = f"/tekno/read/90{n}/{slug}"
        second = "<p>Di halaman kedua barulah diceritakan siapa yang membiayai semua percobaan ini sejak awal.</p>"
        page = story(slug, 18 + n, links=f'<a href="{path}?page=2">2</a>')
        web.pages[path] = page
        web.pages[f"{path}?page=2"] = f"<html><body><article>{second}</article></body></html>"
        web.pages[f"{path}?page=all"] = page.replace("</article>", f"{second}</article>")
    return web


def test_a_portal_is_found_out(portal: Web, probe: Any) -> None:
    portal.pages["/.well-known/tdmrep.json"] = '[{"location": "/", "tdm-reservation": 1}]'
    found = probe(portal.url("/tekno"))
    assert isinstance(found, Findings)
    site = found.site
    assert site.title == "Portal Contoh"
    assert list(site.news_sitemaps) == [portal.url("/peta/berita.xml")]
    assert list(site.sections) == [portal.url("/tekno")]
    assert site.one_page == {"page": "all"}
    assert site.loopback
    article_url = re.escape(portal.url("/")).replace(r"\-", "-") + r"tekno/read/\d+/[\w%-]+$"
    assert site.article_url == f"^{article_url}"
    assert [sample.asked[0].rpartition("?")[2] for sample in found.samples] == ["page=all"] * 3
    assert "pages" in {kind for _, _, kind in fixtures(found)}
    assert "robots.txt allows us, and asks for 0.1 s between requests" in found.facts
    assert "It reserves itself: tdm-reservation" in found.facts
    assert any("ask its owner" in doubt for doubt in found.doubts)
    assert portal.most_in_flight == 1
    written = {file.path: file.content.decode() for file in files(found)}
    assert "Crawl-delay" not in written["tests/sites/contoh/robots.txt"], "a test has no time to keep one"
    assert "harga-cabai" not in written["tests/sites/contoh/news-sitemap.xml"]
    assert "/tag/gawai" in written["tests/sites/contoh/section.html"]


@pytest.mark.parametrize("second", ["{}?halaman=2", "{}/2", "{}-2", "/lanjut.php?ke=2"])
def test_the_one_split_article_among_many_is_found_and_kept_as_an_example(web: Web, probe: Any, second: str) -> None:
    slugs = [f"{slug}-{letter}" for letter in "abc" for slug in SLUGS]
    paths = [f"/tekno/read/90{n}/{slug}" for n, slug in enumerate(slugs)]
    for n, path in enumerate(paths):
        web.pages[path] = story(slugs[n], 18 + n % 3)
    further = second.format(paths[6])
    web.pages[paths[6]] = story(slugs[6], 18, head=f"<link rel=next href='{further}'>")
    web.pages[further] = article(slugs[6].replace("-", " ").title(), "Di halaman kedua barulah diceritakan sisanya.")
    web.pages["/tekno"] = f"<html lang=id><title>Tekno</title>{''.join(f'<a href={path}>x</a>' for path in paths)}"
    found = probe(web.url("/tekno"))
    assert isinstance(found, Findings)
    assert any(
        f"Long articles go on at further pages, which the spider follows, as at {web.url(further)}" in fact
        for fact in found.facts
    )
    assert found.samples[0].url == web.url(paths[6])
    assert len(found.samples[0].pages) == 2
    assert "pages" in {kind for _, _, kind in fixtures(found)}


def test_a_next_page_that_is_another_story_is_a_doubt(portal: Web, probe: Any) -> None:
    for n, slug in enumerate(SLUGS):
        path = f"/tekno/read/90{n}/{slug}"
        portal.pages[path] = story(slug, 18 + n, head="<link rel=next href='/cerita/berikut'>")
    portal.pages["/cerita/berikut"] = story("cerita-yang-lain-sama-sekali", 18)
    found = probe(portal.url("/tekno"))
    assert "No sample article was split over pages" in found.facts
    (doubt,) = (doubt for doubt in found.doubts if "rel=next" in doubt)
    assert portal.url("/cerita/berikut") in doubt
    assert "next_page" in doubt


def sitemap(*urls: str, news: bool = False) -> Answer:
    told = (
        "<n:news><n:title>Judul</n:title><n:publication_date>2026-11-19</n:publication_date></n:news>" if news else ""
    )
    entries = "".join(f"<url><loc>{url}</loc><lastmod>2026-11-19</lastmod>{told}</url>" for url in urls)
    return Answer(f"<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{entries}</urlset>")


def sitemap_index(web: Web, *paths: str) -> Answer:
    return Answer(
        f"<sitemapindex>{''.join(f'<sitemap><loc>{web.url(p)}</loc></sitemap>' for p in paths)}</sitemapindex>"
    )


@pytest.mark.parametrize("place", ["/sitemap.xml", "/sitemap_index.xml", "/sitemap-index.xml"])
def test_an_archive_beside_a_news_sitemap_is_found(portal: Web, probe: Any, place: str) -> None:
    portal.pages[place] = sitemap(*(portal.url(f"/tekno/read/90{n}/{slug}") for n, slug in enumerate(SLUGS)))
    found = probe(portal.url("/tekno"))
    assert list(found.site.news_sitemaps) == [portal.url("/peta/berita.xml")]
    assert list(found.site.sitemaps) == [portal.url(place)]


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        (("/sitemap_post.xml", "/sitemap_post_2.xml", "/sitemap_post_10.xml"), "/sitemap_post_10.xml"),
        (("/post-sitemap.xml", "/post-sitemap2.xml"), "/post-sitemap2.xml"),
        (("/peta.xml?hal=1", "/peta.xml?hal=2"), "/peta.xml?hal=2"),
        (("/peta-2026-10.xml.gz", "/peta-2026-11.xml.gz"), "/peta-2026-11.xml.gz"),
    ],
)
def test_of_an_index_the_archive_and_the_news_are_stated(
    portal: Web, probe: Any, listed: tuple[str, ...], read: str
) -> None:
    urls = [portal.url(f"/tekno/read/90{n}/{slug}") for n, slug in enumerate(SLUGS)]
    index = portal.url("/sitemap.xml")
    portal.pages["/robots.txt"] = Answer(f"User-agent: *\nDisallow:\nSitemap: {index}", content_type="text/plain")
    others = ("/sitemap-kategori.xml", "/sitemap-news.xml")
    portal.pages["/sitemap.xml"] = sitemap_index(portal, *listed, *others)
    portal.pages |= {read: sitemap(*urls), "/sitemap-news.xml": sitemap(*urls, news=True)}
    site = probe(portal.url("/tekno")).site
    assert list(site.sitemaps) == [index]
    assert list(site.news_sitemaps) == [portal.url("/sitemap-news.xml")]
    assert [path for path in (*listed, *others) if re.search(site.sitemap_children, portal.url(path))] == list(listed)


def test_a_site_that_names_scrapy_is_left_alone(portal: Web, probe: Any) -> None:
    portal.pages["/robots.txt"] = Answer("User-agent: Scrapy\nDisallow: /", content_type="text/plain")
    found = probe(portal.url("/tekno"))
    assert portal.paths() == []
    assert re.fullmatch(r"robots\.txt bars the user agent Scrapy by name \(seen \d{4}-\d\d\)", found.denied)
    assert found.site.permission_needed == found.denied
    source = source_of(found)
    assert f'permission_needed = "{found.denied}"' in source
    compile(source, "contoh.py", "exec")


def test_unless_its_owner_has_waived_that(portal: Web, probe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.pages["/robots.txt"] = Answer("User-agent: Scrapy\nDisallow: /", content_type="text/plain")
    consent = {"contoh": {"by": "Sari Wulandari", "on": "2026-11-20", "waives_robots": True}}
    monkeypatch.setenv("KLIPING_PERMISSIONS", json.dumps(consent))
    crawl_settings.cache_clear()
    found = probe(portal.url("/tekno"))
    assert found.denied is None
    assert len(found.samples) == 3


def test_a_site_that_bars_its_articles_alone_is_left_alone_there(portal: Web, probe: Any) -> None:
    portal.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /tekno/read/", content_type="text/plain")
    found = probe(portal.url("/tekno"))
    assert "robots.txt bars crawlers like ours from articles" in found.denied
    assert not [path for path in portal.paths() if path.startswith("/tekno/read/")]


def test_a_site_that_refuses_our_name_needs_permission(portal: Web, probe: Any) -> None:
    portal.pages["/tekno"] = Answer("Forbidden", status=403)
    found = probe(portal.url("/tekno"))
    assert "refuses our user agent: its home page answers with HTTP 403" in found.denied
    assert portal.paths() == ["/tekno"]


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/robots.txt", Answer(status=500), "HTTP 500"),
        ("/tekno", Answer(status=404), "is not a web page (HTTP 404)"),
        ("/tekno", Answer("<html><a href=/tentang>Tentang</a></html>"), "looks like an article"),
    ],
)
def test_what_cannot_be_looked_at_is_told(web: Web, probe: Any, path: str, answer: Answer, words: str) -> None:
    web.pages["/tekno"] = "x"
    web.pages[path] = answer
    failure = probe(web.url("/tekno"))
    assert isinstance(failure, ProbeFailed)
    assert words in str(failure)


def test_a_title_cannot_become_code() -> None:
    title = '"""\n    import os; os.abort() #\\'
    attributes = {"name": "contoh", "title": title, "home": "https://contoh.example/"}
    source = source_of(
        Findings(Site(**attributes), Site, attributes, datetime(2026, 11, 24, tzinfo=UTC), facts=(title,))
    )
    *before, defined = ast.parse(source).body
    assert [type(node) for node in before] == [ast.Expr, ast.ImportFrom, ast.ImportFrom]
    assert isinstance(defined, ast.ClassDef)
    assert {type(node) for node in defined.body} == {ast.Expr, ast.Assign}


# What pages and addresses give away

UNMARKED = {"detikinet", "kompastekno"}
"""Sites whose golden pages bear no mark of their platform: it stands in scripts that the pages lack."""


@pytest.mark.parametrize("site", [s for s in real_sites() if s.name not in UNMARKED], ids=lambda site: site.name)
def test_platform_and_article_urls_of_the_known_sites_are_recognised(site: Site) -> None:
    pages = [path.read_text(encoding="utf-8", errors="replace") for path in (GOLDEN / site.name).glob("*.html")]
    assert platform_of("\n".join(pages)) is type(site).__mro__[1]
    expected = json.loads((GOLDEN / site.name / "expected.json").read_text(encoding="utf-8"))
    urls = [*expected["articles"], *expected.get("outcomes", {})]
    pattern = article_pattern(urls, site.home.split("/")[2])
    assert pattern is not None
    matched = [url for url in urls if re.search(pattern.regex, url)]
    assert matched == [url for url in urls if url.split("/")[2] == pattern.host]
    lists = [site.home, *site.news_sitemaps, *site.sitemaps, *site.feeds, *site.sections]
    assert [url for url in lists if re.search(pattern.regex, url)] == []


def test_one_desk_of_a_portal_is_told_from_the_others() -> None:
    urls = [f"https://x.example/{desk}/read/{n}/judul-{n}" for n in range(5) for desk in ("tekno", "bola")]
    desk = desk_of("https://x.example/tekno")
    pattern = article_pattern([*urls, "https://x.example/tag/gawai-lipat"], "x.example", desk)
    assert pattern is not None
    assert pattern.regex == r"^https://x\.example/tekno/read/\d+/[\w%-]+$"
    assert desk_of("https://x.example/indeks/tekno") == "/"


def test_addresses_without_a_form_teach_nothing() -> None:
    assert article_pattern(["https://x.example/gawai", "https://x.example/tag/a-b-c"], "x.example") is None


def test_the_title_is_what_home_and_article_share() -> None:
    home = LexborHTMLParser("<head><title>Terbaru - GawaiKita</title></head>")
    page = LexborHTMLParser("<head><title>Perahu Surya - GawaiKita</title></head>")
    assert title_of(home, page, "x.example") == "GawaiKita"
    named = LexborHTMLParser('<head><meta property="og:site_name" content="Gawai Kita"></head>')
    assert title_of(named, page, "x.example") == "Gawai Kita"
    assert title_of(LexborHTMLParser(""), LexborHTMLParser(""), "x.example") == "x.example"


def test_articles_a_day_are_counted_by_their_dates() -> None:
    dates = [datetime.fromisoformat(f"2026-11-{day}T09:00:00+07:00") for day in (18, 19, 20)]
    assert per_day(dates) == 1.0
    assert per_day(dates[:2]) is None


# What is kept of a site


def test_a_page_keeps_its_markup_and_data_and_loses_what_nobody_reads() -> None:
    page = trimmed(
        b"<html><head><style>p{}</style><script>x()</script><script type='application/ld+json'>{}</script></head>"
        b"<body><!-- iklan --><p style='color:red' class='isi'>Teks</p><iframe src='x'></iframe></body></html>"
    ).decode()
    assert '<p class="isi">Teks</p>' in page
    assert "ld+json" in page
    for gone in ("style", "x()", "iframe", "iklan"):
        assert gone not in page


PSEUDONYMIZER = Pseudonymizer.from_names(
    "GawaiKita", ["Rina Sari"], [datetime.fromisoformat("2027-03-19T09:00:00+07:00")]
)


def test_words_are_replaced_alike_everywhere_and_labels_stay() -> None:
    page = PSEUDONYMIZER.markup(
        '<meta property="og:title" content="Ponsel Lipat - GawaiKita"><h1 class="ponsel">Ponsel Lipat</h1>'
        '<script type="application/ld+json">{"headline": "Ponsel Lipat", "url": "https://x.example/ponsel"}</script>'
        "<p>Baca juga: yang ponsel &amp; oleh Rina Sari</p><script>var ponsel = 1</script>"
    )
    other = PSEUDONYMIZER.text("Ponsel Lipat")
    assert other != "Ponsel Lipat"
    assert other.istitle()
    assert f'content="{other} - GawaiKita"' in page
    assert f'<h1 class="ponsel">{other}</h1>' in page
    assert f'"headline": "{other}", "url": "https://x.example/ponsel"' in page
    assert f"<p>Baca juga: yang {other.split()[0].lower()} &amp; oleh " in page
    assert "Rina" not in page
    assert "var ponsel = 1" in page


@pytest.mark.parametrize(
    ("stated", "moved"),
    [
        ("2027-03-31T09:00:00+07:00", "2026-11-30T09:00:00+07:00"),
        ("https://x.example/2027/03/19/judul", "https://x.example/2026/11/19/judul"),
        ("https://x.example/20270319101136-37-801200/judul", "https://x.example/20261119101136-37-801200/judul"),
        ("Fri, 19 Mar 2027 09:00:00 +0700", "Fri, 19 Nov 2026 09:00:00 +0700"),
        ("Jumat, 19 Maret 2027", "Jumat, 19 November 2026"),
        ("19/03/2027", "19/11/2026"),
        ("2027-04-01", "2027-04-01"),
        ("8202703191", "8202703191"),
    ],
)
def test_dates_move_to_november_2026(stated: str, moved: str) -> None:
    assert PSEUDONYMIZER.shift_dates(stated) == moved


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write([File("a/b.txt", b"satu")], tmp_path)
    with pytest.raises(FileExistsError, match=r"b\.txt is there already"):
        write([File("a/c.txt", b"dua"), File("a/b.txt", b"dua")], tmp_path)
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"satu"
    assert not (tmp_path / "a" / "c.txt").exists()
