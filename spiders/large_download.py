"""Brings a large file from the web to local disk, and goes on where the connection broke off."""

import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from settings.crawl import crawl

CHUNK_BYTES = 1 << 20
TIMEOUT_SECONDS = 60.0
"""Without a byte: a server that is busy answers later than that with an error of its own."""

MAX_TRIES = 6
FIRST_PAUSE_SECONDS = 1.0
"""Before a second try; twice as long before each further one, so half a minute in all."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which another try may do. Common Crawl asks with 503 to slow down."""


class NotFetched(Exception):  # noqa: N818 - it names a state
    """A file is not on local disk; the message says why in one sentence."""


def download(url: str, path: Path, stopped: threading.Event) -> None:
    """Write what is at `url`, http or https, to `path`. When `stopped` is set it ends at the next megabyte.

    Raises NotFetched.
    """
    why = ""
    for turn in range(MAX_TRIES):
        if turn and stopped.wait(FIRST_PAUSE_SECONDS * 2 ** (turn - 1)):
            break
        try:
            _go_on(url, path, stopped)
        except urllib.error.HTTPError as error:
            error.close()
            why = f"HTTP {error.code}"
            if error.code not in PASSING:
                break
        except BrokenOff as error:
            why = str(error)
        except OSError as error:
            why = f"it cannot be written: {error.strerror or error}"
            break
        else:
            return
    raise NotFetched(f"{url} could not be fetched: {why or 'told to stop'}")


class BrokenOff(Exception):  # noqa: N818 - it names a state
    """The connection failed, or broke off."""


def _go_on(url: str, path: Path, stopped: threading.Event) -> None:
    """Fetch what of the file is not on disk yet; from its start where the server does not go on."""
    have = path.stat().st_size if path.exists() else 0
    headers = {"User-Agent": crawl().user_agent} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # the file has become shorter, or there was no byte left to fetch
            path.unlink()
            raise BrokenOff("the server has another file than before") from error
        raise
    except (OSError, HTTPException) as error:
        raise BrokenOff(str(getattr(error, "reason", error))) from error
    with response, path.open("ab" if response.status == 206 else "wb") as file:
        left = _length(response.headers)
        while not stopped.is_set():
            try:
                chunk = response.read(CHUNK_BYTES)
            except (OSError, HTTPException) as error:
                raise BrokenOff(str(error)) from error
            if not chunk:
                break
            file.write(chunk)
            left -= len(chunk)
    if stopped.is_set():
        raise BrokenOff("told to stop")
    if left > 0:
        raise BrokenOff(f"the connection ended {left:,} bytes before the file did")


def _length(headers: Mapping[str, Any]) -> int:
    """How many bytes are to come, 0 where the server does not say."""
    with suppress(ValueError):
        return int(headers.get("Content-Length") or 0)
    return 0
