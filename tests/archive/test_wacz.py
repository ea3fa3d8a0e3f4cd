"""WACZ files: what was captured on some days, whole by itself, and as the field's tools want it."""

import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.merged_index import NoIndex, write_index
from pipelines.archive.tables import Corpus
from pipelines.archive.wacz import WaczError, Written, write_wacz
from settings.storage import Storage
from tests.archive.invented import NOON, exchange, finish, look_at, open_run, run_program, start_program, text

SITE = "kabarteknik"
FIRST = f"http://{SITE}.example/satu"
SECOND = f"http://{SITE}.example/dua"
FEED = f"http://{SITE}.example/feed"
IMAGE = f"http://cdn.{SITE}.example/foto.jpg"
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
NEXT_MONTH = NOON + timedelta(days=30)
REQUIREMENTS = Path(__file__).parents[1] / "requirements-replay.txt"


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Two months: an article in the first, and in the second the same feed again, and another article with its lead
    image.
    """
    first = open_run(storage, run_id=f"{NOON:%Y%m%dT%H%M%SZ}")
    look_at(first, FIRST, text(1))
    first.capture(exchange(FEED, b"<rss>lama</rss>"), is_article=False)
    finish(first)
    later = open_run(storage, run_id=f"{NEXT_MONTH:%Y%m%dT%H%M%SZ}")
    look_at(later, SECOND, text(2), at=NEXT_MONTH)
    later.capture(exchange(FEED, b"<rss>lama</rss>", at=NEXT_MONTH), is_article=False)
    image = exchange(IMAGE, PICTURE, headers=[(b"Content-Type", b"image/jpeg")], at=NEXT_MONTH)
    later.capture(replace(image, discovered_from=SECOND))
    finish(later)
    return storage


def written(storage: Storage, path: Path, first: date, last: date, **options: Any) -> Written:
    told: list[str] = []
    done = write_wacz(Bucket(storage), Corpus(storage), SITE, first, last, path, progress=told.append, **options)
    assert len(told) == done.files
    return done


def lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line[line.index("{") :]) for line in archive.read(name).decode().splitlines()]


def test_it_holds_the_captures_of_its_days_and_what_their_revisits_refer_to(archive: Storage, tmp_path: Path) -> None:
    path = tmp_path / "desember.wacz"
    done = written(archive, path, NEXT_MONTH.date(), NEXT_MONTH.date())
    assert (done.files, done.captures, done.pages, done.unresolved) == (2, 3, 1, 0)
    with zipfile.ZipFile(path) as found:
        captures = lines(found, "indexes/index.cdx")
        assert {(capture["url"], capture["mime"]) for capture in captures} >= {
            (SECOND, "text/html"),
            (FEED, "warc/revisit"),
            (FEED, "text/html"),
        }
        for capture in captures:
            warc = found.read(f"archive/{capture['filename']}")
            start = int(capture["offset"])
            record = gzip.decompress(warc[start : start + int(capture["length"])])
            assert f"WARC-Target-URI: {capture['url']}\r\n".encode() in record
            assert found.getinfo(f"archive/{capture['filename']}").compress_type == zipfile.ZIP_STORED
        header, page = lines(found, "pages/pages.jsonl")
        assert header["format"] == "json-pages-1.0"
        assert (page["url"], page["title"]) == (SECOND, "Kabar dua")
        assert datetime.fromisoformat(page["ts"]) == NEXT_MONTH
        package = json.loads(found.read("datapackage.json"))
        assert {resource["path"] for resource in package["resources"]} | {
            "datapackage.json",
            "datapackage-digest.json",
        } == set(found.namelist())
        for resource in package["resources"]:
            content = found.read(resource["path"])
            assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
            assert resource["bytes"] == len(content)


def test_days_are_those_of_jakarta(storage: Storage, tmp_path: Path) -> None:
    at = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
    run = open_run(storage, run_id="20261130T182900Z")
    look_at(run, FIRST, text(1), at=at)
    finish(run)
    assert written(storage, tmp_path / "a.wacz", date(2026, 12, 1), date(2026, 12, 1)).pages == 1
    with pytest.raises(WaczError, match="nothing was captured of kabarteknik from 2026-11-30 to 2026-11-30"):
        written(storage, tmp_path / "b.wacz", date(2026, 11, 30), date(2026, 11, 30))


def test_what_was_packed_is_in_it_once(archive: Storage, tmp_path: Path) -> None:
    before = written(archive, tmp_path / "a.wacz", NOON.date(), NOON.date())
    maintain(archive)
    after = written(archive, tmp_path / "b.wacz", NOON.date(), NOON.date())
    assert (before.captures, before.pages) == (after.captures, after.pages) == (2, 1)


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(archive: Storage, tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    path.write_text("mine")
    with pytest.raises(WaczError, match="--overwrite"):
        written(archive, path, NOON.date(), NOON.date())
    assert path.read_text() == "mine"
    written(archive, path, NOON.date(), NOON.date(), overwrite=True)
    assert zipfile.is_zipfile(path)


def test_the_command_says_what_it_wrote_and_what_is_wrong(archive: Storage, tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    day = f"{NEXT_MONTH:%Y-%m-%d}"
    done = run_program(archive, "local", "wacz", SITE, day, day, str(path))
    assert (done.returncode, done.stdout) == (0, f"{path}: 3 captures and 1 articles in 2 WARC files\n")
    assert run_program(archive, "local", "wacz", SITE, "kemarin", day, str(path)).returncode == 2
    refused = run_program(archive, "local", "wacz", SITE, "2020-01-01", "2020-01-01", str(tmp_path / "b.wacz"))
    assert refused.returncode == 1
    assert refused.stderr == f"Kliping: nothing was captured of {SITE} from 2020-01-01 to 2020-01-01\n"


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of the field, in an environment of their own."""
    place = tmp_path_factory.mktemp("replay") / "environment"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
    subprocess.run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", place / "bin/python", REQUIREMENTS], check=True
    )
    return place / "bin"


def test_the_fields_validator_finds_nothing_wrong(archive: Storage, tmp_path: Path, tools: Path) -> None:
    path = tmp_path / "a.wacz"
    written(archive, path, NOON.date(), NEXT_MONTH.date())
    found = subprocess.run([tools / "wacz", "validate", "-f", path], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_pywb_replays_each_page_and_revisit_as_it_was_captured(archive: Storage, tmp_path: Path, tools: Path) -> None:
    path = tmp_path / "a.wacz"
    written(archive, path, NEXT_MONTH.date(), NEXT_MONTH.date())
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    for command in (["init", "situs"], ["add", "--unpack-wacz", "situs", str(path)]):
        subprocess.run([tools / "wb-manager", *command], cwd=tmp_path, env=environment, check=True, capture_output=True)
    with pywb(tools, tmp_path) as address:
        assert_replayed(f"{address}/situs")


@contextmanager
def pywb(tools: Path, folder: Path, **variables: str) -> Iterator[str]:
    """The field's replay over the collections in a folder; its address."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [tools / "wayback", "--bind", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def assert_replayed(collection: str) -> None:
    """The second month's article, lead image and feed come as they were captured, the last by what its revisit refers
    to; the image also where a page shows it.
    """
    moment = f"{NEXT_MONTH:%Y%m%d%H%M%S}"
    page = gzip.compress(text(2).encode(), mtime=0)
    for url, body in ((SECOND, page), (IMAGE, PICTURE), (FEED, b"<rss>lama</rss>")):
        assert answer(f"{collection}/{moment}id_/{url}") == body
    assert answer(f"{collection}/{moment}im_/{IMAGE}") == PICTURE


def test_one_index_over_all_files_is_sorted_and_names_each_file_by_its_key(archive: Storage, tmp_path: Path) -> None:
    maintain(archive)  # packs the first month; its members are still there, and are not named a second time
    path = tmp_path / "index.cdxj"
    done = run_program(archive, "local", "cdxj", str(path), "--site", SITE)
    assert (done.returncode, done.stdout) == (0, f"{path}: 5 captures in 2 WARC files\n")
    found = path.read_bytes().splitlines()
    assert found == sorted(found)
    for line in found:
        capture = json.loads(line[line.index(b"{") :])
        offset, length = int(capture["offset"]), int(capture["length"])
        record = gzip.decompress(Bucket(archive).get(capture["filename"], offset, length))
        assert f"WARC-Target-URI: {capture['url']}\r\n".encode() in record
    on_disk = tmp_path / "all.cdxj"
    write_index(Bucket(archive), [], on_disk, max_lines_in_memory=1, progress=lambda _: None)
    assert on_disk.read_bytes() == path.read_bytes()
    with pytest.raises(NoIndex, match="--overwrite"):
        write_index(Bucket(archive), [], path, progress=lambda _: None)
    with pytest.raises(NoIndex, match="nothing was captured of tidak"):
        write_index(Bucket(archive), ["tidak"], tmp_path / "b.cdxj", progress=lambda _: None)


def test_the_bucket_is_replayed_by_the_pywb_that_the_user_has_installed(
    archive: Storage, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with start_program(archive, "local", "replay", "--port", str(port)) as shown:
        assert shown.stdout
        address = shown.stdout.readline()
        assert address == f"5 captures: http://replay.localhost:{port}/kliping/ (Ctrl-C ends it)\n"
        assert "without pictures, styles" in shown.stdout.readline()
        assert_replayed(f"http://127.0.0.1:{port}/kliping")
        assert b"without pictures" in answer(f"http://127.0.0.1:{port}/kliping/")
        shown.terminate()
        assert shown.wait(30) == 130
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20)


def test_pywb_alone_replays_the_bucket_by_the_indexes_that_lie_in_it(
    archive: Storage, tmp_path: Path, tools: Path
) -> None:
    assert maintain(archive).failures == []
    bucket, folder = Bucket(archive), tmp_path / "cdxj"
    folder.mkdir()
    for key in bucket.list("cdxj/"):
        (tmp_path / key).write_bytes(bucket.get(key))
    collection = {"index_paths": str(folder), "archive_paths": f"s3://{bucket.name}/"}
    (tmp_path / "config.yaml").write_text(json.dumps({"collections": {"arsip": collection}}))
    assert archive.secret_access_key
    keys = {
        "AWS_ENDPOINT_URL": str(archive.endpoint_url),
        "AWS_ACCESS_KEY_ID": str(archive.access_key_id),
        "AWS_SECRET_ACCESS_KEY": archive.secret_access_key.get_secret_value(),
        "AWS_DEFAULT_REGION": archive.region,
    }
    with pywb(tools, tmp_path, **keys) as address:
        assert_replayed(f"{address}/arsip")


def test_without_pywb_it_says_how_to_install_it(archive: Storage) -> None:
    refused = run_program(archive, "local", "replay")
    assert refused.returncode == 1
    assert refused.stderr == (
        "Kliping: pywb is not installed, or its program `wayback` is not in PATH: `uv tool install pywb` installs it\n"
    )


def answer(url: str) -> bytes:
    """What a server that is just starting answers."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=20) as response:
                content: bytes = response.read()
                return content
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)
