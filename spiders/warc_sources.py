"""Where WARC files come from: files and folders on disk, the store, the web, and lists that name any of these."""

import gzip
import re
import shutil
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from pipelines.archive.bucket import Bucket
from pipelines.archive.disk import writing
from pipelines.archive.warc_reader import holds_captures, warc_files
from pipelines.run.refusal import Refusal
from settings.storage import storage
from spiders.large_download import NotFetched, download

STORE = "s3://"
WEB = ("http://", "https://")

LIST_NAME = re.compile(r"(?i)\.(?:paths|txt)(?:\.gz)?$")
"""Names of lists: Common Crawl's `warc.paths.gz`, or a text file with one file a line."""

COMMON_CRAWL_PATH = "crawl-data/"
COMMON_CRAWL = "https://data.commoncrawl.org/"
"""Where the paths in Common Crawl's lists, which begin so, are: as its page on the dataset says."""


def is_list(path: str) -> bool:
    """Whether `path` names a list of WARC files, by its name."""
    return LIST_NAME.search(path) is not None


def find_sources(path: str, base: str = "") -> list[str]:
    """The WARC files at `path`, in order: each a path on disk, an `s3://` URL or a web address.

    `path` is such a file, a folder, an `s3://` prefix, or a list, on disk or in the web, with one file a line. Lines
    that are paths are below `base` (a folder, an `s3://` prefix or a web address); without it those of Common Crawl's
    lists are on its server, and others lie beside the list.

    Raises Refusal where there are none, StorageUnavailable.
    """
    if is_list(path):
        found = [_resolved(line, path, base) for line in _lines(path)]
        if not found:
            raise Refusal("wrong_argument", f"the list {path} names no file")
        return found
    if path.startswith(WEB):
        return [path]
    if path.startswith(STORE):
        bucket, prefix = _in_store(path)
        if found := [f"{STORE}{bucket.name}/{key}" for key in bucket.list(prefix) if holds_captures(key)]:
            return found
        raise Refusal("wrong_argument", f"there is no WARC file below {path}")
    try:
        return [str(file) for file in warc_files(Path(path))]
    except FileNotFoundError as error:
        raise Refusal("wrong_argument", str(error)) from error


def _lines(path: str) -> list[str]:
    """The lines of a list that are not empty."""
    try:
        if path.startswith((*WEB, STORE)):
            with on_disk(path, threading.Event()) as file:
                stored = file.read_bytes()
        else:
            stored = Path(path).read_bytes()
        text = gzip.decompress(stored) if path.lower().endswith(".gz") else stored
        return [line.strip() for line in text.decode("utf-8").splitlines() if line.strip()]
    except NotFetched as error:
        raise Refusal("wrong_argument", str(error)) from error
    except OSError as error:
        raise Refusal("wrong_argument", f"the list {path} cannot be read: {error.strerror or error}") from error
    except (EOFError, UnicodeDecodeError, zlib.error) as error:
        raise Refusal("wrong_argument", f"the list {path} cannot be read: {error}") from error


def _resolved(line: str, path: str, base: str) -> str:
    """The file that a line of the list at `path` names."""
    if line.startswith((*WEB, STORE, "/")):
        return line
    if not base and line.startswith(COMMON_CRAWL_PATH):
        base = COMMON_CRAWL
    if base.startswith((*WEB, STORE)):
        return f"{base.rstrip('/')}/{line}"
    if base:
        return str(Path(base) / line)
    if path.startswith(WEB):
        return urljoin(path, line)
    if path.startswith(STORE):
        return f"{path.rpartition('/')[0]}/{line}"
    return str(Path(path).parent / line)


def _in_store(url: str) -> tuple[Bucket, str]:
    name, _, key = url.removeprefix(STORE).partition("/")
    return Bucket(storage().model_copy(update={"bucket": name})), key


@contextmanager
def on_disk(source: str, stopped: threading.Event) -> Iterator[Path]:
    """A file that `find_sources` names, on local disk for as long as it is read.

    Raises NotFetched, also when `stopped` is set meanwhile; StorageUnavailable, StorageRefused, DiskFailed.
    """
    if not source.startswith((*WEB, STORE)):
        if not Path(source).is_file():
            raise NotFetched(f"{source} is not a file")
        yield Path(source)
        return
    fetched = storage().home / "ingest"  # a WARC file of Common Crawl's has a gigabyte, and /tmp may be memory
    with writing(fetched):
        fetched.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="fetched-", dir=fetched))
    path = folder / source.rpartition("/")[2]
    try:
        if source.startswith(STORE):
            _from_store(source, path)
        else:
            download(source, path, stopped)
        yield path
    finally:
        shutil.rmtree(folder)


def _from_store(source: str, path: Path) -> None:
    bucket, key = _in_store(source)
    if bucket.download(key, path) is None:
        raise NotFetched(f"{source} is not there")
