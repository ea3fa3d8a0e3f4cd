"""What the bucket holds, by readers that are not ours: deltalake for tables, fastwarc and warcio for WARC files."""

import base64
import hashlib
import io
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import fastwarc.warc
import warcio.archiveiterator
from botocore.config import Config
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from pipelines.index.database import Index, Status, UrlRecord

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SET_ASIDE = "set-aside"
"""Folder of a site's spool for batches that were damaged."""


@dataclass
class Findings:
    """What is wrong, one sentence each. Empty is good."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Neither lost nor doubled, but not as it should be: bytes, rows of runs, an index that knows what is not there."""

    silent: list[str] = field(default_factory=list)
    """Runs that left no report, or a traceback in their log."""

    def all(self) -> list[str]:
        return [
            f"{kind}: {sentence}"
            for kind in ("lost", "doubled", "stopped", "wrong", "silent")
            for sentence in getattr(self, kind)
        ]


@dataclass(frozen=True)
class Announced:
    """An article as its newsroom wrote it. `texts` are its texts in the order of its edits."""

    url: str
    headline: str
    texts: Sequence[str]
    modified: datetime
    copy_of: str | None


class Archive:
    """The bucket as it is now, read past the proxy; each table once."""

    def __init__(self, environment: Mapping[str, str], bucket: str) -> None:
        self.bucket = bucket
        self._options = {name: environment[name] for name in environment if name.startswith("AWS_")}
        self._options["AWS_ALLOW_HTTP"] = "true"
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._s3: S3Client = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Raises DeltaError where the table cannot be read."""
        if table not in self._rows:
            try:
                delta = DeltaTable(f"s3://{self.bucket}/tables/{table}", storage_options=self._options)
                self._rows[table] = delta.to_pyarrow_table().to_pylist()
            except TableNotFoundError:
                self._rows[table] = []
        return self._rows[table]

    def keys(self, prefix: str) -> Iterator[str]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for found in page.get("Contents", ()):
                yield found["Key"]

    def bytes_of(self, key: str) -> bytes:
        return self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def remove(self, key: str) -> None:
        """Lose an object, to see whether it is missed."""
        self._s3.delete_object(Bucket=self.bucket, Key=key)


def judge_articles(
    archive: Archive, site: str, announced: Sequence[Announced], looks: Mapping[str, datetime], findings: Findings
) -> None:
    """Whether each announced article stands once, with its text as it is now, and its earlier ones in `revisions`.

    `looks` are the latest looks by URL (see `last_looks`).
    """
    articles = [row for row in archive.rows("articles") if row["site"] == site]
    copies = [row for row in archive.rows("duplicates") if row["site"] == site and not row["is_article"]]
    earlier = [row for row in archive.rows("revisions") if row["site"] == site]
    for article in announced:
        current = [row for row in articles if row["url"] == article.url]
        linked = [row for row in copies if row["url"] == article.url]
        if not current and not linked:
            findings.lost.append(f"{article.url} is not in the tables")
        elif len(current) + len(linked) > 1:
            findings.doubled.append(f"{article.url} is {len(current)} times in articles, {len(linked)} in duplicates")
        elif linked:
            if linked[0]["duplicate_of_url"] != article.copy_of:
                findings.wrong.append(f"{article.url} is a copy of {linked[0]['duplicate_of_url']}, of all articles")
        else:
            last_look = max(current[0]["fetched_at"], looks.get(article.url, current[0]["fetched_at"]))
            versions = [*(row for row in earlier if row["url"] == article.url), current[0]]
            _judge_versions(article, versions, last_look, findings)
    known = {article.url for article in announced}
    findings.wrong += [f"{row['url']} was never announced" for row in articles if row["url"] not in known]


def _judge_versions(
    article: Announced, rows: Sequence[dict[str, Any]], last_look: datetime, findings: Findings
) -> None:
    versions = sorted(rows, key=lambda row: row["revision"])
    current = rows[-1]
    bodies = [row["body"] for row in versions]
    if foreign := [body for body in bodies if body not in article.texts]:
        findings.wrong.append(f"{article.url} has a text that its site never had: {foreign[0]!r}")
        return
    if len(set(bodies)) < len(bodies):
        findings.doubled.append(f"a version of {article.url} stands twice")
    if [row["revision"] for row in versions] != list(range(1, len(versions) + 1)):
        findings.wrong.append(f"the revisions of {article.url} are {[row['revision'] for row in versions]}")
    if current["headline"] != article.headline:
        findings.wrong.append(f"{article.url} has the headline {current['headline']!r}, not {article.headline!r}")
    # A crawl whose clock was ahead has, by that clock, seen the edit: it comes with the next look for its age.
    if bodies[-1] != article.texts[-1] and last_look < article.modified + MINUTE:
        findings.lost.append(f"{article.url} has text {article.texts.index(bodies[-1]) + 1} of {len(article.texts)}")


def judge_evidence(archive: Archive, findings: Findings) -> None:
    """Whether every row leads to its bytes, every WARC file can be read to its end, and every CDXJ line is true."""
    files = {key: archive.bytes_of(key) for key in archive.keys("warc/")}
    for key, content in files.items():
        if key.endswith(".warc.gz"):
            _judge_warc(key, content, findings)
        else:
            _judge_cdxj(key, content, files, findings)
    for table in ("articles", "revisions", "duplicates", "rejected"):
        for row in archive.rows(table):
            own = row | {"url": row["captured_url"]}
            for page in (own, *(row.get("pages") or ())):
                _judge_page(f"{table}, {row['url']}", page, files, findings)


def _judge_warc(key: str, content: bytes, findings: Findings) -> None:
    try:
        records = list(fastwarc.warc.ArchiveIterator(io.BytesIO(content), parse_http=False))
        read = 0
        for record in warcio.archiveiterator.ArchiveIterator(io.BytesIO(content), check_digests="raise"):
            record.raw_stream.read()
            read += 1
    except Exception as error:  # noqa: BLE001 - whatever two readers say of a damaged file
        findings.wrong.append(f"{key} cannot be read: {error}")
        return
    if not read or read != len(records):
        findings.wrong.append(f"{key} has {read} records for one reader, {len(records)} for another")


def _judge_cdxj(key: str, content: bytes, files: Mapping[str, bytes], findings: Findings) -> None:
    for line in content.decode().splitlines():
        stated = json.loads(line.split(" ", 2)[2])
        page = {
            "url": stated["url"],
            "warc_filename": stated["filename"],
            "warc_record_offset": int(stated["offset"]),
            "warc_record_length": int(stated["length"]),
        }
        _judge_page(key, page, files, findings)


def _judge_page(whose: str, page: Mapping[str, Any], files: Mapping[str, bytes], findings: Findings) -> None:
    content = files.get(page["warc_filename"])
    if content is None:
        findings.wrong.append(f"{whose}: {page['warc_filename']} is not in the bucket")
        return
    first = page["warc_record_offset"]
    try:
        # A record can be read only until the iterator goes on.
        record = next(fastwarc.warc.ArchiveIterator(io.BytesIO(content[first : first + page["warc_record_length"]])))
        url, kind, stated = map(record.headers.get, ("WARC-Target-URI", "WARC-Type", "WARC-Payload-Digest"))
        payload = record.reader.read()
    except Exception as error:  # noqa: BLE001 - as above
        findings.wrong.append(f"{whose}: no record at {first} of {page['warc_filename']}: {error!r}")
        return
    if url != page["url"]:
        findings.wrong.append(f"{whose}: {page['url']} points to the record of {url}")
    if kind == "response":
        digest = "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()
        if stated != digest or page.get("content_digest", digest) != digest:
            findings.wrong.append(f"{whose}: the bytes of {url} are not those that were received")
    elif not whose.endswith(".cdxj"):
        findings.wrong.append(f"{whose}: {url} points to a record of type {kind}, which has no bytes")


def judge_runs(archive: Archive, delivered: Sequence[tuple[str, str]], findings: Findings) -> None:
    """Whether the runs (site, id) that came to their ends have one row each, and no run has two."""
    rows = [(row["site"], row["run"]) for row in archive.rows("runs")]
    findings.doubled += [f"run {run} has {rows.count(run)} rows" for run in sorted(set(rows)) if rows.count(run) > 1]
    findings.lost += [f"run {run} has no row" for run in delivered if run not in rows]
    looks = Counter((row["url"], row["run"], row["ended_at"]) for row in archive.rows("visits"))
    findings.doubled += [f"the look at {url} by run {run} has {n} rows" for (url, run, _), n in looks.items() if n > 1]


def last_looks(database: Path) -> dict[str, datetime]:
    """When each URL was last looked at, by the index, whatever came of it."""
    return {record.url: record.last_fetched_at for record in _records(database, list(Status))}


def judge_index(archive: Archive, database: Path, findings: Findings) -> None:
    """Whether the index calls nothing archived that the corpus does not have."""
    archived = {record.url for record in _records(database, [Status.ARCHIVED])}
    held = {row["url"] for row in archive.rows("articles")}
    findings.wrong += [f"the index calls {url} archived, and no row has it" for url in sorted(archived - held)]


def _records(database: Path, statuses: Collection[Status]) -> list[UrlRecord]:
    with Index.open(f"sqlite:///{database}") as index:
        return [record for chunk in index.entries(statuses) for record in chunk]


def judge_spool(spool: Path, findings: Findings, *, damaged: bool = False) -> None:
    """Whether nothing waits any more; what was damaged may lie set aside."""
    folders = [path for path in spool.glob("*/*") if path.is_dir() and not (damaged and path.name == SET_ASIDE)]
    waiting = sorted(str(path.relative_to(spool)) for path in folders)
    findings.wrong += [f"{name} is still in the spool" for name in waiting]
