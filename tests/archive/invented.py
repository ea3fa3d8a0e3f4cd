"""Invented exchanges and visits for the archive's tests: a small site, its pages, and what cleaning makes of them."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from pipelines.archive.delivery import Delivery
from pipelines.archive.schema import Row, Table
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.warc import Exchange
from pipelines.article import Article, Reason, Rejection
from pipelines.index.database import Index
from pipelines.report import RunReport
from pipelines.run.crawl_run import CrawlRun
from pipelines.visit import Announcement, Capture, FetchedPage, Outcome, Visit
from settings.crawl import Crawl
from settings.storage import Storage

PROJECT = Path(__file__).parents[2]
WIB = timezone(timedelta(hours=7))
NOON = datetime(2026, 11, 24, 5, 0, 0, 123456, UTC)
LATER = datetime(2026, 12, 9, tzinfo=UTC)
"""When that month can be released."""

CRAWL = Crawl(contact="https://kliping.example/bot")

WORDS = tuple(
    f"{stem}{end}" for stem in ("sat", "pons", "kab", "men", "rob", "sin") for end in ("el", "ar", "as", "ing", "um")
)


def environment_of(storage: Storage) -> dict[str, str]:
    """The variables by which a process of its own finds the storage."""
    assert storage.endpoint_url
    assert storage.access_key_id
    assert storage.secret_access_key
    return {
        "KLIPING_HOME": str(storage.home),
        "KLIPING_BUCKET": storage.bucket,
        "AWS_ENDPOINT_URL": storage.endpoint_url,
        "AWS_ACCESS_KEY_ID": storage.access_key_id,
        "AWS_SECRET_ACCESS_KEY": storage.secret_access_key.get_secret_value(),
    }


def start_program(storage: Storage, *command: str) -> "subprocess.Popen[str]":
    """Start a module of the project as a program that finds the storage by its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=PROJECT,
        env={**kept, **environment_of(storage)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_program(storage: Storage, *command: str) -> "subprocess.CompletedProcess[str]":
    """The same, run to its end."""
    with start_program(storage, *command) as process:
        printed, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)


def text(seed: int, words: int = 60) -> str:
    """An invented text that shares no run of words with that of another seed."""
    return " ".join(f"{WORDS[(seed * 7 + i * (seed % 5 + 3)) % len(WORDS)]}{seed}" for i in range(words)) + "."


def exchange(
    url: str,
    body: bytes = b"<html>isi</html>",
    *,
    status: int = 200,
    reason: str = "OK",
    headers: Sequence[tuple[bytes, bytes]] = ((b"Content-Type", b"text/html; charset=utf-8"),),
    at: datetime = NOON,
    ip_address: str | None = "127.0.0.1",
    truncated: str | None = None,
) -> Exchange:
    return Exchange(
        method="GET",
        url=url,
        request_headers=((b"User-Agent", CRAWL.user_agent.encode()), (b"Accept", b"text/html")),
        status=status,
        reason=reason,
        response_headers=tuple(headers),
        body=body,
        fetched_at=at,
        ip_address=ip_address,
        truncated=truncated,
    )


def article(url: str, body: str, **fields: object) -> Article:
    stated = {
        "headline": f"Kabar {url.rsplit('/', 1)[-1]}",
        "date_published": datetime(2026, 11, 24, 10, 30, tzinfo=WIB),
        "author": ("Sari Wulandari",),
        "sources": {"headline": "json-ld", "body": "trafilatura"},
    }
    return Article(url=url, body=body, **stated | fields)  # type: ignore[arg-type]


def page(capture: Capture) -> FetchedPage:
    return FetchedPage(capture.url, b"<html/>", "utf-8", capture)


def announced(site: str, url: str) -> Visit:
    return Visit(site, url, Announcement(url, "feed", f"http://{site}.example/feed", headline="Dari umpan"))


def look_at(
    run: CrawlRun,
    url: str,
    body: str,
    *,
    at: datetime = NOON,
    site: str | None = None,
    announced_as: str | None = None,
    fetched_as: str | None = None,
    **fields: object,
) -> Visit:
    """A whole visit: the page is captured, cleaned to an article with that body, judged and recorded."""
    visit = announced(site or run.site, announced_as or url)
    visit.url = url
    visit.pages = [page(run.capture(exchange(fetched_as or url, gzip.compress(body.encode(), mtime=0), at=at)))]
    visit.cleaned = article(url, body, **fields)
    run.record(visit, run.judge(visit))
    return visit


def reject(run: CrawlRun, url: str, reason: Reason = Reason.TOO_SHORT) -> Visit:
    visit = announced(run.site, url)
    visit.pages = [page(run.capture(exchange(url, b"pendek")))]
    visit.cleaned = Rejection(reason, "Halaman ini tidak memuat berita.")
    run.record(visit, run.judge(visit))
    return visit


def fail(run: CrawlRun, url: str) -> Visit:
    visit = announced(run.site, url).end(Outcome.HTTP_ERROR, "The server answered 500.")
    run.record(visit, None)
    return visit


def open_run(
    storage: Storage, site: str = "kabarteknik", *, run_id: str | None = None, dry_run: bool = False
) -> CrawlRun:
    return CrawlRun.open(site, storage=storage, crawl=CRAWL, run_id=run_id, dry_run=dry_run)


def finish(run: CrawlRun, reason: str = "finished") -> RunReport:
    return run.finish(run.report(reason))


@contextmanager
def index_restored_afterwards(storage: Storage) -> Iterator[None]:
    """What is done meanwhile is in the bucket, and not in the index, which is put back as it was from a backup."""
    backup = {path: path.read_bytes() for path in storage.home.glob("index.db*")}
    yield
    for path in storage.home.glob("index.db*"):
        path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)


def deliver_orphans(storage: Storage) -> int:
    """Deliver what dead runs left in the spool, and the rows that may wait there; the number of batches."""
    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index)
        delivery.prepare()
        return delivery.deliver_orphans(storage.spool) + delivery.deliver_rows(storage.spool, [])


def rows(storage: Storage, table: str) -> list[dict[str, Any]]:
    """What a table of the corpus holds, as an analyst reads it."""
    frame = pl.scan_delta(table_uri(storage, table), storage_options=storage_options(storage)).collect()
    return frame.to_dicts()


def blank_row(table: Table, time: datetime) -> Row:
    """A row in which only what has to be there is, and says nothing."""
    return {column.name: _blank(column.type, time) if column.required else None for column in table.columns}


def _blank(arrow_type: pa.DataType, time: datetime) -> object:
    if pa.types.is_list(arrow_type):
        return []
    blanks: dict[pa.DataType, object] = {pa.string(): "", pa.int64(): 0, pa.float64(): 0.0}
    return {} if pa.types.is_struct(arrow_type) else blanks.get(arrow_type, time)
