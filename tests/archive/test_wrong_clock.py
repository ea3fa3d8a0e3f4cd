"""A store that refuses for this machine's clock is told as that, and by how much the clock is wrong."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.archive.bucket import Bucket, StorageUnavailable
from settings.clock import utc_now
from settings.storage import Storage

SKEWED = b"<Error><Code>RequestTimeTooSkewed</Code><Message>too skewed</Message></Error>"


@contextmanager
def refusing_store(tmp_path: Path, ahead: timedelta, body: bytes) -> Iterator[Storage]:
    """A store that refuses everything, and whose clock is `ahead` of ours."""

    class Refusal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(403)
            self.send_header("Date", format_datetime(utc_now() + ahead, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Storage(
            home=tmp_path,
            bucket="kliping",
            endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
            access_key_id="k",
            secret_access_key=SecretStr("s"),
        )
        server.shutdown()


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=40), "40 minutes behind the store's"),
        (timedelta(days=-2), "2,880 minutes ahead of the store's"),
    ],
)
@pytest.mark.parametrize("body", [b"", SKEWED], ids=["forbidden", "skewed"])
def test_a_wrong_clock_is_named(tmp_path: Path, ahead: timedelta, words: str, body: bytes) -> None:
    with (
        refusing_store(tmp_path, ahead, body) as storage,
        pytest.raises(StorageUnavailable, match=f"the clock of this machine is {words}"),
    ):
        Bucket(storage).ensure() if not body else list(Bucket(storage).list(""))


def test_a_refusal_by_a_store_of_the_same_time_is_not_put_down_to_the_clock(tmp_path: Path) -> None:
    with refusing_store(tmp_path, timedelta(), b"") as storage, pytest.raises(StorageUnavailable) as told:
        Bucket(storage).ensure()
    assert "clock" not in str(told.value)
