"""What an article rests on: each version of it with the record of each of its pages, as it lies in the archive."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.archive.bucket import Bucket
from pipelines.archive.history import history
from pipelines.archive.payload import MAX_BODY_BYTES, Unreadable, decoded
from pipelines.archive.schema import ARTICLES, DUPLICATES, REVISIONS, Row
from pipelines.archive.tables import Corpus
from pipelines.archive.versions import versions
from pipelines.archive.warc_reader import Damaged, read_head, response_in, unpacked_record
from pipelines.cleaning.decoding import as_utf8


@dataclass(frozen=True, slots=True)
class Response:
    """The response in a record. `fields` are those of the record's own header, `http_headers` those of HTTP, both with
    names in lower case; `page` is the body without its content encoding, as text. `digest` is computed from the body as
    it was received, in the form in which the record states its own.
    """

    fields: Mapping[str, str]
    status: int
    http_headers: Sequence[tuple[str, str]]
    page: str
    digest: str

    @property
    def is_as_captured(self) -> bool:
        """Whether the body has the digest that was noted when it was captured."""
        return self.fields.get("warc-payload-digest") == self.digest


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A page of an article: `record` is what lies in the WARC file at that place, b"" where nothing does. Without a
    `response` there is a `problem`, in one sentence.
    """

    url: str
    warc_filename: str
    offset: int
    length: int
    record: bytes
    response: Response | None
    problem: str | None

    @property
    def record_sha256(self) -> str:
        return hashlib.sha256(self.record).hexdigest()


@dataclass(frozen=True, slots=True)
class EvidencedVersion:
    """A version of an article: its row, in the columns of `articles`, and its pages in order."""

    row: Row
    pages: Sequence[Exhibit]


def evidence(corpus: Corpus, named: str) -> list[EvidencedVersion]:
    """The versions of the article or copy that `named`, an article_id or a URL, means, the first one first; empty where
    no table has one.

    Raises StorageUnavailable.
    """
    found = history(corpus, named)
    ids = [row["article_id"] for table in (ARTICLES, DUPLICATES, REVISIONS) for row in found.rows[table.name]]
    if not ids:
        return []
    return [
        EvidencedVersion(row, [_exhibit(corpus.bucket, place) for place in places(row)])
        for row in versions(corpus, ids[0])
    ]


def places(row: Row) -> list[Row]:
    """Where the pages of a row of `articles` lie, in order: of each its url and the place of its record. None of those
    that were not kept.
    """
    own = {
        "url": row["captured_url"] or row["url"],
        **{name: row[name] for name in ("warc_filename", "warc_record_offset", "warc_record_length")},
    }
    return [place for place in row["pages"] or [own] if place["warc_filename"]]


def _exhibit(bucket: Bucket, place: Row) -> Exhibit:
    key, offset, length = (place[name] for name in ("warc_filename", "warc_record_offset", "warc_record_length"))
    record, response, problem = b"", None, None
    try:
        record = bucket.get(key, offset, length)
        response = _response(record)
    except KeyError:
        problem = "the bucket has nothing there"
    except (Damaged, OverflowError, Unreadable) as error:
        problem = f"the record is damaged: {error}"
    return Exhibit(place["url"], key, offset, length, record, response, problem)


def _response(record: bytes) -> Response:
    received = response_in(record, MAX_BODY_BYTES)
    payload = decoded(received.body, received.header("content-encoding") or "", received.header("content-type") or "")
    return Response(
        read_head(unpacked_record(record, MAX_BODY_BYTES)).fields,
        received.status,
        received.headers,
        as_utf8(payload.body, payload.charset).decode(),
        "sha1:" + base64.b32encode(hashlib.sha1(received.body, usedforsecurity=False).digest()).decode(),
    )
