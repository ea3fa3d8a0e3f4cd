"""The bucket: written once, verified, read by range, and plain words where a store is away or unfit."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.archive.bucket import Bucket, StorageRefused, StorageUnavailable
from settings.storage import Storage


@pytest.fixture
def bucket(storage: Storage) -> Bucket:
    bucket = Bucket(storage)
    bucket.ensure()
    return bucket


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / "part"
    path.write_bytes(b"0123456789")
    return path


@pytest.fixture
def careless_store() -> Iterator[str]:
    """A store that takes every request and looks at no condition."""

    class TakesAll(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # else a client waits a second for "100 Continue"

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_DELETE(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), TakesAll)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_bucket_is_made_where_it_is_missing_and_found_where_it_is(storage: Storage) -> None:
    Bucket(storage).ensure()
    Bucket(storage).ensure()
    assert list(Bucket(storage).list("")) == []


def test_an_object_is_stored_once_and_may_be_stored_again_with_the_same_bytes(bucket: Bucket, part: Path) -> None:
    first = bucket.put_once("warc/a", part, "application/warc")
    assert bucket.put_once("warc/a", part, "application/warc") == first == bucket.head("warc/a")
    assert first.length == 10


def test_an_object_is_never_overwritten(bucket: Bucket, part: Path) -> None:
    bucket.put_once("warc/a", part, "application/warc")
    part.write_bytes(b"9876543210")
    with pytest.raises(StorageRefused, match=r"warc/a is in the bucket .* with other bytes"):
        bucket.put_once("warc/a", part, "application/warc")
    assert bucket.get("warc/a") == b"0123456789"


def test_a_range_is_read(bucket: Bucket, part: Path) -> None:
    bucket.put_once("warc/a", part, "application/warc")
    assert bucket.get("warc/a", 2, 3) == b"234"
    assert bucket.get("warc/a", 7) == b"789"


def test_what_is_not_there(bucket: Bucket) -> None:
    assert bucket.head("nothing") is None
    with pytest.raises(KeyError):
        bucket.get("nothing")


def test_keys_are_listed_in_order(bucket: Bucket, part: Path) -> None:
    for key in ("b/2", "b/1", "a/1"):
        bucket.put_once(key, part, "text/plain")
    assert list(bucket.list("b/")) == ["b/1", "b/2"]


def test_a_store_with_conditional_put_is_accepted_and_left_clean(bucket: Bucket) -> None:
    bucket.probe_conditional_put()
    assert list(bucket.list("")) == []


def test_a_store_that_ignores_conditional_put_is_refused(storage: Storage, careless_store: str) -> None:
    careless = Bucket(storage.model_copy(update={"endpoint_url": careless_store}))
    with pytest.raises(StorageRefused, match="ignores conditional PUT"):
        careless.probe_conditional_put()


def test_a_store_that_is_away_is_named_in_one_sentence(storage: Storage, free_port: int) -> None:
    away = Bucket(storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"}))
    with pytest.raises(
        StorageUnavailable, match=f"cannot look for the bucket .* at http://127.0.0.1:{free_port}"
    ) as told:
        away.ensure()
    assert "\n" not in str(told.value)


@pytest.mark.present_time
def test_wrong_keys_are_told(storage: Storage) -> None:
    stranger = Bucket(storage.model_copy(update={"access_key_id": "stranger"}))
    with pytest.raises(StorageUnavailable, match="cannot look for the bucket"):
        stranger.ensure()
