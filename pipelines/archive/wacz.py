"""WACZ: what was captured of a site on some days, in one file that replay tools open.

Follows WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/): a ZIP file with WARC files, their index, a list of
pages, and a data package that has the SHA-256 of each.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket, StorageDamaged
from pipelines.archive.conditions import sql
from pipelines.archive.indexed_captures import CapturesByFile, captures_between
from pipelines.archive.jakarta_days import JAKARTA
from pipelines.archive.schema import ARTICLES, DUPLICATES, REVISIONS, Row, Table
from pipelines.archive.tables import Corpus
from pipelines.archive.whole_file import obstacle, written_whole
from settings.version import VERSION

FORMAT_VERSION = "1.1.1"
PAGES_HEADER = {"format": "json-pages-1.0", "id": "pages", "title": "Articles"}
PAGE_COLUMNS = ("article_id", "revision", "headline", "captured_url", "url", "fetched_at")


class WaczError(Exception):
    """No file could be written; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file got: WARC files, captures in the days asked for, pages; revisits whose whole capture is nowhere."""

    files: int
    captures: int
    pages: int
    unresolved: int


def write_wacz(
    bucket: Bucket,
    corpus: Corpus,
    site: str,
    first_day: date,
    last_day: date,
    path: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[str], None],
) -> Written:
    """Write what was captured of a site from the first to the last day of Jakarta, both included; the file is there
    whole or not at all. WARC files are taken whole, with those that hold what their revisits refer to.

    Raises WaczError where there is nothing to be written or the file is there already, StorageUnavailable,
    StorageDamaged, DiskFailed, OSError.
    """
    if reason := obstacle(path, overwrite=overwrite):
        raise WaczError(reason)
    begin = datetime.combine(first_day, time.min, JAKARTA).astimezone(UTC)
    end = datetime.combine(last_day + timedelta(days=1), time.min, JAKARTA).astimezone(UTC)
    found = captures_between(bucket, site, begin, end)
    files = found.by_file
    if not files:
        raise WaczError(f"nothing was captured of {site} from {first_day} to {last_day}")
    pages = _pages(corpus, site, begin, end)
    title = f"{site}, captured from {first_day} to {last_day}"
    with written_whole(path) as beside, zipfile.ZipFile(beside, "w") as archive:
        package = _Package(archive)
        for number, key in enumerate(files, 1):
            progress(f"{key} ({number} of {len(files)})")
            package.add_warc(bucket, key)
        package.add("indexes/index.cdx", _index(files))
        package.add("pages/pages.jsonl", "".join(f"{json.dumps(page, ensure_ascii=False)}\n" for page in pages))
        package.close(title)
    captures = sum(capture.is_within(begin, end) for captures in files.values() for capture in captures)
    return Written(len(files), captures, len(pages) - 1, len(found.unresolved))


def _index(files: CapturesByFile) -> str:
    """The captures of all files, sorted as CDX servers want it; files are named as they are in `archive/`."""
    lines = (
        f"{capture.surt} {capture.at} "
        f"{json.dumps({**capture.fields, 'filename': Path(key).name}, ensure_ascii=False)}\n"
        for key, captures in files.items()
        for capture in captures
    )
    return "".join(sorted(lines))


def _pages(corpus: Corpus, site: str, begin: datetime, end: datetime) -> list[dict[str, str]]:
    """The lines of the list of pages: what the articles were captured under, the oldest first."""
    times = (f"TIMESTAMP {sql(moment.isoformat())}" for moment in (begin, end))
    span = f"t.site = {sql(site)} AND t.fetched_at >= {next(times)} AND t.fetched_at < {next(times)}"
    pages = [
        {
            "id": f"{row['article_id']}-{row['revision']}",
            "url": row["captured_url"] or row["url"],
            "ts": row["fetched_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "title": row["headline"],
        }
        for table in (REVISIONS, ARTICLES, DUPLICATES)
        for row in _rows(corpus, table, span)
    ]
    distinct = {(page["url"], page["ts"]): page for page in pages}
    return [PAGES_HEADER, *sorted(distinct.values(), key=lambda page: (page["ts"], page["url"]))]


def _rows(corpus: Corpus, table: Table, span: str) -> Sequence[Row]:
    try:
        return corpus.select(table, span, PAGE_COLUMNS)
    except TableNotFoundError:
        return []


class _Package:
    """The files of a WACZ as they are added, and the data package that tells of them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._resources: list[dict[str, object]] = []

    def add_warc(self, bucket: Bucket, key: str) -> None:
        """Add a WARC file as it is: it is packed already, and readers seek in it."""
        with tempfile.NamedTemporaryFile(prefix="kliping-wacz-") as scratch:
            came = bucket.download(key, Path(scratch.name))
            if came is None:
                raise StorageDamaged(f"{key} is not in the bucket; `kliping verify` says what it held")
            name = f"archive/{Path(key).name}"
            self._archive.write(scratch.name, name, zipfile.ZIP_STORED)
            self._note(name, came[0], Path(scratch.name).stat().st_size)

    def add(self, name: str, text: str) -> None:
        """Add a file of text."""
        content = text.encode()
        self._archive.writestr(name, content, zipfile.ZIP_DEFLATED)
        self._note(name, hashlib.sha256(content).hexdigest(), len(content))

    def _note(self, name: str, sha256: str, size: int) -> None:
        resource = {"name": Path(name).name.lower(), "path": name, "hash": f"sha256:{sha256}", "bytes": size}
        self._resources.append(resource)

    def close(self, title: str) -> None:
        """Add the data package and its digest."""
        package = {
            "profile": "data-package",
            "wacz_version": FORMAT_VERSION,
            "title": title,
            "software": f"Kliping/{VERSION}",
            "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "resources": self._resources,
        }
        content = json.dumps(package, indent=2, ensure_ascii=False).encode()
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        self._archive.writestr("datapackage.json", content, zipfile.ZIP_DEFLATED)
        self._archive.writestr("datapackage-digest.json", json.dumps(digest, indent=2), zipfile.ZIP_DEFLATED)
