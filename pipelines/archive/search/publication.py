"""The next state of the index: its pieces are put into the bucket, then its list, which publishes it."""

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import tantivy

from pipelines.archive.bucket import Bucket
from pipelines.archive.schema import ARTICLES, Row
from pipelines.archive.search.spans import KEY_COLUMNS, RowsDigest, rows_in
from pipelines.archive.tables import Corpus, pass_by
from reader.kliping_reader.fulltext.fields import COLUMNS, entry, schema
from reader.kliping_reader.fulltext.local_copy import META, newest
from reader.kliping_reader.fulltext.published import (
    PREFIX,
    Piece,
    PublishedIndex,
    SearchError,
    list_key,
    list_keys,
    state_of,
)

WRITER_BYTES = 256 << 20
"""Of memory for entries until they are written as a segment: a month of 50,000 articles is two or three."""

CONTENT_TYPE = "application/x-tar"


class OvertakenBuild(SearchError):  # noqa: N818 - it names a state
    """Another process has published the index meanwhile: this one has published nothing."""


class Publication:
    """A state that is being made of the rows of `articles`, of those alone for which `where` holds, a condition in SQL.
    What of it was not published when the context ends is removed.
    """

    def __init__(self, corpus: Corpus, where: str | None, checkpoint: Callable[[str], None]) -> None:
        self._corpus = corpus
        self._bucket = corpus.bucket
        self._where = where
        self._checkpoint = checkpoint
        self._number = max(map(state_of, list_keys(self._bucket)), default=0) + 1
        self._put: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for key in sorted(self._put):
            self._bucket.remove(key)

    def make(self, span: str) -> Piece | None:
        """Index the articles of a span and put them into the bucket as a piece; None where there are none."""
        with TemporaryDirectory(prefix="kliping-search-") as name:
            folder, digest = Path(name), RowsDigest()
            writer = tantivy.Index(schema(), path=name).writer(WRITER_BYTES, num_threads=1)
            for row in self._rows(span):
                writer.add_document(entry(row))
                digest.add(row)
            if not len(digest):
                return None
            writer.commit()
            writer.wait_merging_threads()
            segments = json.loads((folder / META).read_bytes())["segments"]
            archive = folder / "piece.tar"
            _pack(folder, {segment["segment_id"].replace("-", "") for segment in segments}, archive)
            with archive.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            key = f"{PREFIX}{self._number:08}/{span}-{sha256[:8]}.tar"
            self._put.add(key)
            stored = self._bucket.put_once(key, archive, CONTENT_TYPE)
            self._checkpoint(f"piece {span}")
            return Piece(span, key, sha256, stored.length, len(digest), digest.hexdigest(), segments)

    def publish(self, pieces: Sequence[Piece], now: datetime, articles_version: int) -> PublishedIndex:
        """Publish these pieces as the index, made at an aware time from a version of the table, and remove those that
        it has in the place of.

        Raises OvertakenBuild where another process was faster.
        """
        index = PublishedIndex(self._number, now, articles_version, _meta(), pieces)
        if not self._bucket.create(list_key(self._number), index.to_json()):
            raise OvertakenBuild("another process has published the search index meanwhile: nothing was changed")
        self._put.clear()
        self._checkpoint("list")
        tidy(self._bucket, index, self._checkpoint)
        return index

    def _rows(self, span: str) -> Iterator[Row]:
        where = " AND ".join(filter(None, (rows_in(span), self._where)))
        with self._corpus.reading(ARTICLES, where, tuple(dict.fromkeys((*COLUMNS, *KEY_COLUMNS)))) as found:
            for batch in found:
                yield from batch.to_pylist()


def published_index(bucket: Bucket) -> PublishedIndex | None:
    """What is published, None where nothing is, or what another version of Kliping has."""
    try:
        return newest(bucket)
    except SearchError:
        return None


def tidy(bucket: Bucket, index: PublishedIndex, checkpoint: Callable[[str], None] = pass_by) -> None:
    """Remove what lies below the prefix and is not of the index that is published, but what a later one is being made
    of.
    """
    needed = {list_key(index.number), *(piece.key for piece in index.pieces)}
    for key in list(bucket.list(PREFIX)):
        if key not in needed and state_of(key) <= index.number:
            bucket.remove(key)
            checkpoint(f"removal of {key}")


def _pack(folder: Path, segments: set[str], archive: Path) -> None:
    """Write the files of segments to a tar file."""
    with tarfile.open(archive, "w") as tar:
        for file in sorted(folder.iterdir()):
            if file.name.partition(".")[0] in segments:
                tar.add(file, file.name, filter=_nobodys)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A member that does not tell who made it."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def _meta() -> Mapping[str, Any]:
    """What tantivy's meta.json says of an index of these fields that has no segments yet."""
    with TemporaryDirectory(prefix="kliping-search-") as folder:
        tantivy.Index(schema(), path=folder)
        meta: Mapping[str, Any] = json.loads((Path(folder) / META).read_bytes())
    return meta
