"""Doubtful pages from end to end: a crawl archives them with a mark, counts them, and many of them turn it red."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deltalake import DeltaTable

from local.seaweedfs import SeaweedFS
from pipelines.archive.bucket import Bucket
from settings.storage import Storage
from tests.spiders.web import Answer, Web

ROOT = Path(__file__).parents[1]
STORIES = 16
OFFERS = 6
WORDS = """
sepeda baterai pabrik layar ponsel kabel gudang pekerja robot lengan jalur mesin
harga desa bengkel jalan kota pasar pelajar kamera aplikasi satelit menara sinyal
pulau kapal dermaga hujan musim panen ladang petani peta data pusat listrik
turbin angin surya atap sekolah guru papan tulis laboratorium chip pemerintah daerah
anggaran rapat warga membuka menutup merakit menguji membawa mencatat mengirim memasang menyewa
menjual membeli menunggu menghitung
"""

SITE = """
from spiders.site import Site
from spiders.expect import Expect


class Wartalistrik(Site):
    \"\"\"Wartalistrik.com: its feed names its offers among its news.\"\"\"

    name = "wartalistrik"
    title = "Wartalistrik.com"
    home = "{home}"
    feeds = ["{home}rss.xml"]
    article_url = r"/(?:berita|layanan)/\\d+$"
    language = None
    loopback = True
    expect = Expect(doubtful={limit})
"""


def sentence(seed: int, opening: str) -> str:
    return f"{opening} {' '.join(random.Random(seed).sample(WORDS.split(), 18))}."


def story(number: int) -> str:
    text = "".join(f"<p>{sentence(number * 10 + part, 'Menurut kepala dinas, warga')}</p>" for part in range(5))
    meta = '<meta property="article:published_time" content="2026-11-20T09:15:00+07:00">'
    headline = sentence(number, "Kabar")
    return f"<html lang=id><head><title>Kabar {number}</title>{meta}</head><body><h1>{headline}</h1>{text}"


def offer(number: int) -> str:
    opening = "Kami siap membantu Anda, dan tim kami mengurus semua untuk Anda:"
    text = "".join(f"<p>{sentence(1_000 + number * 10 + part, opening)}</p>" for part in range(4))
    buttons = "<div><span>Hubungi kami</span><span>Coba gratis</span><span>Minta penawaran</span></div>"
    meta = '<meta property="og:type" content="website">'
    return (
        f"<html lang=id><head><title>Jasa {number}</title>{meta}</head><body><h1>Jasa Kami {number}</h1>{text}{buttons}"
    )


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    pages = {f"/berita/{n}": story(n) for n in range(STORIES)} | {f"/layanan/{n}": offer(n) for n in range(OFFERS)}
    web.pages |= pages
    items = "".join(f"<item><title>{path}</title><link>{web.url(path)}</link></item>" for path in pages)
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Warta</title>{items}</channel></rss>'
    web.pages["/rss.xml"] = Answer(feed, content_type="application/rss+xml")
    yield web
    web.close()


@dataclass(frozen=True)
class Crawled:
    status: int
    last_line: str
    report: dict[str, object]


def crawl(web: Web, seaweedfs: SeaweedFS, storage: Storage, folder: Path, limit: float) -> Crawled:
    """What came of a crawl of a site that expects at most this share of doubtful texts."""
    package = folder / "situs_warta"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "wartalistrik.py").write_text(SITE.format(home=web.url("/"), limit=limit), encoding="utf-8")
    report = folder / "report.json"
    arguments = ("crawl", "wartalistrik", "-s", "SPIDER_MODULES=situs_warta", "-s", f"REPORT_FILE={report}")
    ended = subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            **seaweedfs.environment,
            "KLIPING_HOME": str(storage.home),
            "KLIPING_BUCKET": storage.bucket,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH")))),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert report.exists(), ended.stderr
    return Crawled(ended.returncode, ended.stderr.splitlines()[-1], json.loads(report.read_text(encoding="utf-8")))


@pytest.fixture
def archive(storage: Storage) -> Storage:
    Bucket(storage).ensure()
    return storage


def test_a_site_whose_sources_bring_many_doubtful_pages_is_red_and_keeps_them(
    web: Web, seaweedfs: SeaweedFS, archive: Storage, tmp_path: Path
) -> None:
    crawled = crawl(web, seaweedfs, archive, tmp_path, limit=0.2)

    assert (crawled.report["doubtful"], crawled.report["doubts"]) == (OFFERS, {"other_kind": OFFERS})
    assert crawled.status == 1
    assert crawled.last_line == (
        "Kliping: wartalistrik: in 24 hours 6 of 22 texts are doubtful (6 other_kind), at most 20% are expected."
    )
    options = {**seaweedfs.environment, "AWS_ALLOW_HTTP": "true"}
    table = DeltaTable(f"s3://{archive.bucket}/tables/articles", storage_options=options).to_pyarrow_table()
    marks = {row["url"]: (row["quality"], row["quality_reasons"]) for row in table.to_pylist()}
    assert marks == {
        **{web.url(f"/berita/{number}"): ("sure", []) for number in range(STORIES)},
        **{web.url(f"/layanan/{number}"): ("doubtful", ["other_kind"]) for number in range(OFFERS)},
    }


def test_a_site_that_may_bring_them_is_not_red(
    web: Web, seaweedfs: SeaweedFS, archive: Storage, tmp_path: Path
) -> None:
    crawled = crawl(web, seaweedfs, archive, tmp_path, limit=0.5)

    assert (crawled.status, crawled.report["doubtful"]) == (0, OFFERS), crawled.last_line
