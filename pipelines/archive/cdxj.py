"""CDXJ: one line per capture of a WARC file, by which pywb and other replay tools find it.

The form is that of pywb and cdxj-indexer: SURT of the URL, time of capture in UTC (14 digits), JSON.
"""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from pipelines.archive.surt import surt
from pipelines.archive.warc_reader import read_head, records
from pipelines.visit import WarcRecord

logger = logging.getLogger(__name__)


def cdxj_line(
    url: str,
    captured_at: datetime,
    record: WarcRecord,
    *,
    status: int,
    content_type: str | None,
    payload_digest: str | None,
    is_revisit: bool,
) -> str:
    """The line of one `response` or `revisit` record, with its line feed.

    `content_type` is the header's value; `payload_digest` the WARC's ('sha1:' and base32). What is not known has no
    field.
    """
    mime = "warc/revisit" if is_revisit else (content_type or "").partition(";")[0].strip().lower()
    fields = {
        "url": url,
        **({"mime": mime} if mime else {}),
        "status": str(status),
        **({"digest": payload_digest} if payload_digest else {}),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": record.filename,
    }
    return f"{surt(url)} {captured_at.astimezone(UTC):%Y%m%d%H%M%S} {json.dumps(fields, ensure_ascii=False)}\n"


def urls_in(lines: bytes) -> set[str]:
    """The URLs that lines of CDXJ name; those of damaged ones are left out."""
    found: set[str] = set()
    for line in lines.splitlines():
        try:
            found.add(str(json.loads(line.split(b" ", 2)[2])["url"]))
        except (ValueError, KeyError, IndexError, TypeError):
            continue
    return found


def cdxj_of_file(path: Path, filename: str) -> str:
    """The lines of a WARC file's captures, sorted. `filename` is what they state as the file's name."""
    lines = []
    for record in records(path, logger.warning):
        head = read_head(record.head)
        if head.kind in ("response", "revisit") and head.status is not None and head.date:
            lines.append(
                cdxj_line(
                    head.url,
                    head.date,
                    WarcRecord(filename, record.offset, record.length),
                    status=head.status,
                    content_type=head.http_header("content-type"),
                    payload_digest=head.fields.get("warc-payload-digest"),
                    is_revisit=head.kind == "revisit",
                )
            )
    return "".join(sorted(lines))
