"""Writes WARC files as others make them."""

import io
from dataclasses import dataclass, field
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


@dataclass(frozen=True)
class Record:
    """One capture to be written."""

    url: str
    body: bytes | str = ""
    date: str = "2026-11-20T03:00:00Z"
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "response"


def write_warc(path: Path, *records: Record, packed: bool = True) -> list[int]:
    """Write the records after a warcinfo record; returns the offset of each."""
    offsets = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "uji"}))
        for record in records:
            offsets.append(file.tell())
            body = record.body.encode() if isinstance(record.body, str) else record.body
            headers = {"Content-Type": "text/html; charset=utf-8", **record.headers}
            http = StatusAndHeaders(record.status, list(headers.items()), protocol="HTTP/1.1")
            if record.kind == "request":
                http = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
            writer.write_record(
                writer.create_warc_record(
                    record.url,
                    record.kind,
                    payload=io.BytesIO(body),
                    http_headers=http,
                    warc_headers_dict={"WARC-Date": record.date},
                )
            )
    return offsets
