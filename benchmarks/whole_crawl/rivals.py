"""What Kliping is held against: Scrapy with trafilatura, and Scrapy with all that one would add to it to keep news.

Both are the plainest that does it: no care for what happens when something fails, and no more of a page than
trafilatura gives.
"""

import json
import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import scrapy
import trafilatura
from scrapy.http import Response

ROWS_PER_COMMIT = 500
SHINGLE_WORDS = 5


class Extracting(scrapy.Spider):
    """Fetches the URLs that the JSON file `urls` lists, one after the other; texts and metadata go to a file."""

    name = "extracting"
    custom_settings = {  # noqa: RUF012 - Scrapy's way to state settings
        "CONCURRENT_REQUESTS": 1,
        "DOWNLOAD_DELAY": 0.01,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "LOG_LEVEL": "WARNING",
    }

    def __init__(self, urls: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.place = Path(urls)
        self.urls: list[str] = json.loads(self.place.read_text(encoding="utf-8"))

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.urls:
            parts = urlsplit(url)
            there = urlunsplit(("http", f"127.0.0.1:{parts.port}", parts.path, parts.query, ""))
            yield scrapy.Request(there, headers={"Host": parts.netloc}, meta={"url": url}, dont_filter=True)

    def parse(self, response: Response) -> Any:
        yield self.extracted(response)

    def extracted(self, response: Response) -> dict[str, Any]:
        """The fields of a page."""
        document = trafilatura.bare_extraction(response.body, url=response.meta["url"], with_metadata=True)
        fields = ("title", "author", "date", "description", "sitename", "text")
        return {"url": response.meta["url"], **{name: getattr(document, name, None) for name in fields}}


class ToFile(Extracting):
    """Writes JSON lines, as Scrapy does."""

    def __init__(self, urls: str, **kwargs: Any) -> None:
        super().__init__(urls, **kwargs)
        self.file = self.place.with_suffix(".jsonl").open("w", encoding="utf-8")

    def parse(self, response: Response) -> Any:
        self.file.write(json.dumps(self.extracted(response), ensure_ascii=False) + "\n")
        yield {}

    def closed(self, _reason: str) -> None:
        self.file.close()


class Archiving(Extracting):
    """Keeps each response in a WARC file, tells near copies, and has rows and file in the store."""

    custom_settings = {  # noqa: RUF012
        **Extracting.custom_settings,
        "COMPRESSION_ENABLED": False,  # a WARC file has the response as it was received
    }

    def __init__(self, urls: str, **kwargs: Any) -> None:
        from datasketch import MinHashLSH
        from warcio.warcwriter import WARCWriter

        super().__init__(urls, **kwargs)
        self.warc = self.place.with_suffix(".warc.gz").open("wb")
        self.writer = WARCWriter(self.warc, gzip=True)
        self.known = MinHashLSH(threshold=0.5, num_perm=128)
        self.rows: list[dict[str, Any]] = []

    def parse(self, response: Response) -> Any:
        from datasketch import MinHash
        from scrapy.utils.gz import gunzip
        from warcio.statusandheaders import StatusAndHeaders

        url = response.meta["url"]
        headers = [(k.decode(), v.decode()) for k, values in response.headers.items() for v in values]
        head = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        record = self.writer.create_warc_record(url, "response", payload=BytesIO(response.body), http_headers=head)
        self.writer.write_record(record)
        request = StatusAndHeaders(
            f"GET {urlsplit(url).path} HTTP/1.1", [("Host", urlsplit(url).netloc)], is_http_request=True
        )
        self.writer.write_record(self.writer.create_warc_record(url, "request", http_headers=request))
        row = self.extracted(response.replace(body=gunzip(response.body)))
        words = (row["text"] or "").lower().split()
        signature = MinHash(num_perm=128)
        signature.update_batch([" ".join(words[at : at + SHINGLE_WORDS]).encode() for at in range(len(words))])
        row["copy_of"] = next(iter(self.known.query(signature)), None)
        self.known.insert(url, signature)
        self.rows.append(row)
        if len(self.rows) == ROWS_PER_COMMIT:
            self.commit()
        yield {}

    def commit(self) -> None:
        import pyarrow as pa
        from deltalake import write_deltalake

        names = ("url", "title", "author", "date", "description", "sitename", "text", "copy_of")
        table = pa.Table.from_pylist(self.rows, pa.schema([(name, pa.string()) for name in names]))
        options = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        write_deltalake(
            f"s3://{os.environ['KLIPING_BUCKET']}/plain",
            table,
            mode="append",
            storage_options={**options, "AWS_ALLOW_HTTP": "true"},
        )
        self.rows = []

    def closed(self, _reason: str) -> None:
        import boto3

        if self.rows:
            self.commit()
        self.warc.close()
        store = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        store.upload_file(self.warc.name, os.environ["KLIPING_BUCKET"], f"warc/{Path(self.warc.name).name}")
