"""`scrapy clean`: the article of a saved or fetched page as JSON."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cleaning.newspage import BODY, HEADLINE, PUBLISHED, page
from tests.spiders.warcs import Record, write_warc

PROJECT = Path(__file__).parents[2]
ADDRESS = "https://contoh.id/gawai/pabrik"


class Web(BaseHTTPRequestHandler):
    """A site with one article, and a robots.txt that bars one folder."""

    def do_GET(self) -> None:
        found = {
            "/robots.txt": b"User-agent: *\nDisallow: /rahasia/\n",
            "/gawai/pabrik": page(),
            "/rahasia/pabrik": page(),
        }
        self.send_response(200 if self.path in found else 404)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(found.get(self.path, b"tidak ada"))

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://contoh.localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def scrapy_clean(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", "clean", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)


def test_a_saved_page(tmp_path: Path) -> None:
    saved = tmp_path / "halaman.html"
    saved.write_bytes(page())
    record = json.loads(scrapy_clean(str(saved), "--url", ADDRESS).stdout)
    assert (record["url"], record["headline"], record["body"]) == (ADDRESS, HEADLINE, BODY)
    assert record["date_published"] == PUBLISHED


def test_several_saved_pages_one_after_the_other(tmp_path: Path) -> None:
    files = [tmp_path / f"halaman-{n}.html" for n in (1, 2)]
    for number, file in enumerate(files):
        file.write_bytes(page(headline=f"{HEADLINE} {number}"))
    printed = scrapy_clean(*map(str, files)).stdout
    first, end = json.JSONDecoder().raw_decode(printed)
    assert [first["headline"], json.loads(printed[end:])["headline"]] == [f"{HEADLINE} 0", f"{HEADLINE} 1"]


def test_a_saved_page_says_its_address_itself(tmp_path: Path) -> None:
    saved = tmp_path / "halaman.html"
    saved.write_bytes(page().replace(b"</head>", f'<link rel="canonical" href="{ADDRESS}"></head>'.encode()))
    assert json.loads(scrapy_clean(str(saved)).stdout)["url"] == ADDRESS


def test_a_page_that_is_no_article(tmp_path: Path) -> None:
    saved = tmp_path / "halaman.html"
    saved.write_bytes(page(["Segera hadir."]))
    assert json.loads(scrapy_clean(str(saved)).stdout)["reason"] == "too_short"


def test_a_fetched_page(site: str) -> None:
    done = scrapy_clean(f"{site}/gawai/pabrik")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["body"] == BODY


@pytest.mark.parametrize(("path", "reason"), [("/rahasia/pabrik", "robots.txt bars"), ("/tidak/ada", "HTTP 404")])
def test_a_page_that_cannot_be_had(site: str, path: str, reason: str) -> None:
    done = scrapy_clean(f"{site}{path}")
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr


def test_every_page_of_a_warc_file(tmp_path: Path) -> None:
    path = tmp_path / "halaman.warc.gz"
    addresses = [f"{ADDRESS}-{number}" for number in range(40)]
    write_warc(
        path,
        *(Record(address, page().decode()) for address in addresses),
        Record(f"{ADDRESS}-pendek", page(["Segera hadir."]).decode()),
        Record(f"{ADDRESS}-hilang", "tidak ada", status="404 Not Found"),
    )
    done = scrapy_clean("--warc", str(path), "--workers", "2")
    assert done.returncode == 0, done.stderr
    *articles, short = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(record["url"], record["body"]) for record in articles] == [(address, BODY) for address in addresses]
    assert (short["url"], short["reason"]) == (f"{ADDRESS}-pendek", "too_short")


def test_a_page_of_a_warc_file_that_cannot_be_read_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "halaman.warc.gz"
    write_warc(
        path,
        Record(f"{ADDRESS}-rusak", "\x01\x02 ini bukan zstd", headers={"Content-Encoding": "zstd"}),
        Record(ADDRESS, page().decode()),
    )
    broken, good = [json.loads(line) for line in scrapy_clean("--warc", str(path)).stdout.splitlines()]
    assert "zstd" in broken["error"]
    assert good["body"] == BODY


def test_a_warc_file_that_is_not_there() -> None:
    done = scrapy_clean("--warc", "tidak-ada.warc.gz")
    assert done.returncode == 2
    assert "is not a WARC file" in done.stderr


def test_a_file_that_is_not_there() -> None:
    done = scrapy_clean("tidak-ada.html")
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_site_that_is_not_there(tmp_path: Path) -> None:
    saved = tmp_path / "halaman.html"
    saved.write_bytes(page())
    assert "there is no site entah" in scrapy_clean(str(saved), "--site", "entah").stderr
