"""Answers as a web server gives them: conditional requests and gzip."""

import gzip
import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

GZIP_LEVEL = 5
"""What most web servers use for pages made on the fly."""


def reply(
    request: Request,
    content: str | bytes,
    media_type: str,
    *,
    modified: datetime,
    etag: str | None = None,
) -> Response:
    """A 200 with ETag and Last-Modified, gzipped where the client accepts it, or a 304 where it has that state already.

    `etag` is the state of the page's own matter (weak: the boxes around it may change); without one it is made of the
    content.
    """
    body = content.encode() if isinstance(content, str) else content
    tag = f'W/"{etag or hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True),
        "Cache-Control": "max-age=60",
        "Vary": "Accept-Encoding",
    }
    if _has_it(request.headers, tag, modified):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers={**headers, "Content-Type": media_type})


def _has_it(headers: Headers, tag: str, modified: datetime) -> bool:
    """Whether the client's validators match (RFC 9110, 13.2.2: If-None-Match silences If-Modified-Since)."""
    if (known := headers.get("if-none-match")) is not None:
        return known.strip() == "*" or tag.removeprefix("W/") in (
            part.strip().removeprefix("W/") for part in known.split(",")
        )
    if (since := headers.get("if-modified-since")) is not None:
        try:
            return modified <= parsedate_to_datetime(since)
        except ValueError:
            return False
    return False
