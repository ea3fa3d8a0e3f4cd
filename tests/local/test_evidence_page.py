"""The evidence of an article: each page of each version as it was received, in a file that does nothing but show it."""

import base64
import gzip
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Dialog, Page, sync_playwright

from local.evidence_page import evidence_page
from local.seaweedfs import HOST
from pipelines.archive.bucket import Bucket
from pipelines.archive.evidence import EvidencedVersion, evidence
from pipelines.archive.tables import Corpus
from settings.storage import Storage
from tests.archive.invented import NOON, finish, look_at, open_run, run_program, text
from tests.archive.pressed import html, paragraphs, press, url
from tests.local.chromium import chromium

HOSTILE = """<!doctype html><html lang='id'><head><meta charset='utf-8'><title>Kompor</title>
<meta http-equiv='refresh' content='0;url=http://127.0.0.1:PORT/pergi'><base href='http://127.0.0.1:PORT/'>
<link rel='stylesheet' href='http://127.0.0.1:PORT/gaya.css'><script src='http://127.0.0.1:PORT/a.js'></script>
<script>document.title = 'diambil'; parent.document.title = 'diambil'; alert(1)</script></head>
<body onload='alert(2)'><article><h1>Kompor "hemat" &amp; ringan</h1><p>{body}</p>
<img src='http://127.0.0.1:PORT/gambar.jpg' onerror='alert(3)'><iframe src='http://127.0.0.1:PORT/bingkai'></iframe>
<form action='http://127.0.0.1:PORT/kirim'><input name='q' autofocus onfocus='this.form.submit()'></form>
</article></body></html>"""


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """What is asked of the server at PORT of HOSTILE; its port is the first of it."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        paths.append(str(server.server_port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield paths
        server.shutdown()


@pytest.fixture
def versions(storage: Storage, asked: list[str]) -> list[EvidencedVersion]:
    """An article of two pages that was changed once; its page means harm."""
    hostile = HOSTILE.replace("PORT", asked[0])
    body = "</p><p>".join(paragraphs(7))
    run = open_run(storage)
    press(run, url(7), hostile.format(body=body).encode(), html(8))
    finish(run)
    again = open_run(storage)
    changed = hostile.format(body=body.replace("kompor", "tungku").replace("itu", "ini"))
    press(again, url(7), changed.encode(), html(8), at=NOON + timedelta(days=9))
    finish(again)
    return evidence(Corpus(storage), url(7))


@pytest.fixture
def browser_page() -> Iterator[Page]:
    browser = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=browser.executable_path, env=dict(browser.env), args=list(browser.args)
        )
        yield launched.new_page()
        launched.close()


def test_every_page_of_every_version_is_there_as_it_was_received(versions: list[EvidencedVersion]) -> None:
    assert [version.row["revision"] for version in versions] == [1, 2]
    assert [[page.url for page in version.pages] for version in versions] == [[url(7), f"{url(7)}?page=2"]] * 2
    for version in versions:
        for page in version.pages:
            assert page.response
            assert page.response.is_as_captured
            assert len(page.record) == page.length
    assert versions[0].pages[1].response
    assert versions[0].pages[1].response.page == html(8).decode()


def test_the_records_can_be_taken_out_of_the_file(versions: list[EvidencedVersion]) -> None:
    page = evidence_page(versions, NOON)
    held = [base64.b64decode(found) for found in re.findall(r"base64,([\w+/=]+)", page.replace("&#43;", "+"))]
    assert held == [exhibit.record for version in versions for exhibit in version.pages]
    assert all(gzip.decompress(record).startswith(b"WARC/1.1") for record in held)


def test_the_file_shows_pages_and_changes_asks_for_nothing_and_runs_no_script(
    versions: list[EvidencedVersion], asked: list[str], tmp_path: Path, browser_page: Page
) -> None:
    path = tmp_path / "bukti.html"
    path.write_text(evidence_page(versions, NOON), encoding="utf-8")
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    browser_page.on("dialog", note)
    browser_page.goto(path.as_uri())
    for details in browser_page.query_selector_all("summary"):
        details.click()
    browser_page.wait_for_timeout(1000)

    urlopen(f"http://{HOST}:{asked[0]}/hidup").close()  # the server would have noted more
    assert asked[1:] == ["/hidup"]
    assert dialogs == []
    assert browser_page.title() == f"Evidence: {versions[-1].row['headline']}"
    frames = [frame for frame in browser_page.frames if frame.parent_frame == browser_page.main_frame]
    assert len(frames) == 4
    assert frames[0].locator("h1").inner_text() == 'Kompor "hemat" & ringan'
    assert "document.title = 'diambil'" in browser_page.locator("pre").first.inner_text()
    assert browser_page.locator("del").count() > 0
    assert "ini" in browser_page.locator("ins").first.inner_text()


def test_a_page_that_is_not_what_was_captured_is_shown_as_such(storage: Storage, tmp_path: Path) -> None:
    run = open_run(storage)
    look_at(run, url(1), text(1))
    finish(run)
    assert run_program(storage, "local", "evidence", url(1), str(tmp_path / "utuh.html")).returncode == 0

    bucket = Bucket(storage)
    [key] = (key for key in bucket.list("warc/") if key.endswith(".warc.gz"))
    bucket._client.put_object(Bucket=bucket.name, Key=key, Body=b"\0" * len(bucket.get(key)))
    ended = run_program(storage, "local", "evidence", url(1), str(tmp_path / "rusak.html"))
    assert ended.returncode == 1
    assert "the record is damaged" in ended.stderr
    assert "This page cannot be shown: the record is damaged" in (tmp_path / "rusak.html").read_text()


def test_what_is_not_archived_has_no_evidence_and_a_file_is_not_replaced_unasked(
    storage: Storage, tmp_path: Path
) -> None:
    run = open_run(storage)
    look_at(run, url(1), text(1))
    finish(run)
    ended = run_program(storage, "local", "evidence", "0" * 32)
    assert (ended.returncode, ended.stderr.strip()) == (
        1,
        f"Kliping: no table has a version of {'0' * 32}: say an article_id or a URL",
    )
    (tmp_path / "ada.html").write_text("lama")
    assert run_program(storage, "local", "evidence", url(1), str(tmp_path / "ada.html")).returncode == 1
    assert (tmp_path / "ada.html").read_text() == "lama"
