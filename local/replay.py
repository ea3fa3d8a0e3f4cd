"""Replay: pywb, where the user has installed it, over one index and the WARC files as they lie in the bucket.

pywb is a program of its own (GPL), which Kliping starts and does not hold a line of. It gets the bytes of WARC records
from a small server on loopback, so that it needs no keys of the bucket, nor a library for S3.

<home>/replay/index.cdxj      the captures, sorted
<home>/replay/config.yaml     where pywb finds them and the WARC files
<home>/replay/pywb.log        what pywb says
"""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.packs import WARC_SUFFIX
from settings.child_process import die_with_parent, plain_environment

LOOPBACK = "127.0.0.1"
COLLECTION = "kliping"

HOST = "replay.localhost"
"""The name under which a browser opens it. Pages of strangers run their scripts there: under the name of the Airflow UI
they would share its cookies, which know no ports."""

NOT_CAPTURED = (
    "Pages are shown as they were captured: their text and markup, without pictures, styles and scripts of their own "
    "files, which were not fetched, but for lead images of sites that keep them."
)
HOW_TO_INSTALL = "pywb is not installed, or its program `wayback` is not in PATH: `uv tool install pywb` installs it"

START_SECONDS = 60.0
"""Until pywb answers. It takes two or three."""

STOP_SECONDS = 10.0
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class ReplayError(Exception):
    """Nothing can be replayed; the message says why, in one sentence."""


class Replay:
    """pywb over a bucket, in `folder`, at a port of this machine; ends with the context.

    Raises ReplayError where pywb is not installed.
    """

    def __init__(self, bucket: Bucket, folder: Path, port: int) -> None:
        self.bucket = bucket
        self.index = folder / "index.cdxj"
        self.address = f"http://{HOST}:{port}/{COLLECTION}/"
        self._folder, self._port = folder, port
        program = shutil.which("wayback")
        if program is None:
            raise ReplayError(HOW_TO_INSTALL)
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._records: _RecordServer | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._records is not None:
            self._records.close()

    def start(self) -> None:
        """Start pywb, and wait until it answers. Raises ReplayError where it does not."""
        with closing(socket.socket()) as probe:
            if probe.connect_ex((LOOPBACK, self._port)) == 0:
                raise ReplayError(f"port {self._port} is taken: choose another one with --port")
        self._records = _RecordServer(self.bucket)
        configuration = {
            "collections": {
                COLLECTION: {
                    "index_paths": str(self.index),
                    "archive_paths": self._records.address,
                    "metadata": {"title": f"Kliping. {NOT_CAPTURED}"},
                }
            }
        }
        # What JSON can say, YAML reads.
        (self._folder / "config.yaml").write_text(json.dumps(configuration), encoding="utf-8")
        command = [self._program, "--bind", LOOPBACK, "--port", str(self._port), "--directory", str(self._folder)]
        with (self._folder / "pywb.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=plain_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=partial(die_with_parent, signal.SIGTERM),
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with closing(socket.socket()) as probe:
                if probe.connect_ex((LOOPBACK, self._port)) == 0:
                    return
            time.sleep(0.1)
        raise ReplayError(f"pywb did not start; {self._folder / 'pywb.log'} says why")

    def wait(self) -> None:
        """Wait until pywb ends. Raises ReplayError, since it does not by itself."""
        if self._process is not None:
            self._process.wait()
            raise ReplayError(f"pywb ended; {self._folder / 'pywb.log'} says why")


class _RecordServer(ThreadingHTTPServer):
    """Answers with the bytes of WARC files in the bucket, below an address that nobody guesses."""

    daemon_threads = True

    def __init__(self, bucket: Bucket) -> None:
        super().__init__((LOOPBACK, 0), _RecordHandler)
        self.bucket = bucket
        self.path = f"/{secrets.token_urlsafe()}/"
        self.address = f"http://{LOOPBACK}:{self.server_address[1]}{self.path}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _RecordHandler(BaseHTTPRequestHandler):
    server: _RecordServer

    def do_GET(self) -> None:
        key = self.path.removeprefix(self.server.path)
        span = RANGE.fullmatch(self.headers.get("Range", ""))
        if key == self.path or not key.startswith("warc/") or not key.endswith(WARC_SUFFIX) or span is None:
            self.send_error(404)
            return
        begin = int(span[1])
        length = int(span[2]) - begin + 1 if span[2] else None
        try:
            content = self.server.bucket.get(key, begin, length)
        except KeyError:
            self.send_error(404)
            return
        except StorageUnavailable:
            self.send_error(503)
            return
        self.send_response(206)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet: pywb has a log of its own."""
