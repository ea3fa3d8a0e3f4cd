"""The way of a release: built, checked, and put into the bucket for good; or kept as a draft, and why."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.bucket import Bucket
from pipelines.archive.bucket_owner import require_own_bucket
from pipelines.archive.jakarta_days import month_after, month_of, span_of
from pipelines.archive.releases.contents import FILES, coverage_of, write_contents
from pipelines.archive.releases.documents import Release, sha256, write_documents
from pipelines.archive.releases.months_before import months_before
from pipelines.archive.releases.validation import faults
from pipelines.archive.schema import DAILY
from pipelines.archive.tables import Corpus
from settings.storage import Storage

CLOSING_DAYS = 7
"""After a month's end until it is released: copies, late announcements and most corrections have come by then."""

SUMS = "SHA256SUMS"
"""Put last: a version that has it is whole."""

CONTENT_TYPES = {".parquet": "application/vnd.apache.parquet", ".json": "application/json", ".csv": "text/csv"}


class MonthNotClosed(Exception):  # noqa: N818 - it names a state
    """A month that still changes is not released; the message says when it can be."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of a release. `place` is its prefix in the bucket, also of a draft; `faults` are why it is one, a
    sentence each.
    """

    month: str
    place: str
    summary: str
    faults: Sequence[str] = ()

    def to_json(self) -> str:
        """With the keys `summary` and `failures`, as a task reads a command's report."""
        return json.dumps({**asdict(self), "failures": list(self.faults)}, ensure_ascii=False)


def last_closed_month(now: datetime) -> str:
    """The month ('YYYY-MM') that was closed last, at an aware time."""
    return month_after(month_of(now - timedelta(days=CLOSING_DAYS)), -1)


def closed_months(corpus: Corpus, now: datetime) -> list[str]:
    """The months ('YYYY-MM', of Jakarta) that are closed at an aware time and have articles, by the table `daily`.

    Raises StorageUnavailable.
    """
    try:
        found = corpus.query([DAILY], "SELECT DISTINCT month FROM daily WHERE published > 0 ORDER BY month")
    except TableNotFoundError:
        return []
    return [row["month"] for row in found if row["month"] <= last_closed_month(now)]


def publish(
    storage: Storage,
    month: str,
    now: datetime,
    *,
    accept: str | None = None,
    notice: str | None = None,
    progress: Callable[[str], None],
) -> Publication:
    """Release a month ('YYYY-MM', of Jakarta) at an aware time: as its next version, as nothing where the last one
    holds the same, or as a draft where something speaks against it. `accept` says why that does not count.

    The card has the `notice` whatever was found.

    Raises MonthNotClosed, SelectionError where nothing has been archived, ForeignBucket, StorageUnavailable,
    IndexUnavailable, ObjectConflict where somebody else published the version meanwhile.
    """
    closed_at = span_of(month)[1] + timedelta(days=CLOSING_DAYS)
    if now < closed_at:
        raise MonthNotClosed(f"{month} still changes: it can be released from {closed_at:%Y-%m-%d %H:%M} UTC on")
    require_own_bucket(storage)
    corpus = Corpus(storage)
    bucket = corpus.bucket
    published = _versions(bucket, month)
    with TemporaryDirectory(prefix="kliping-release-") as name:
        folder = Path(name)
        progress(f"{month}: reading the tables")
        contents = write_contents(corpus, month, folder)
        if published and _data_sums(folder) == _published_sums(bucket, month, published[-1]):
            place = f"releases/{month}/v{published[-1]}/"
            return Publication(month, place, f"{place} holds all that is known of {month}")
        progress(f"{month}: checking {contents.count('articles'):,} articles")
        coverage = coverage_of(corpus, month)
        found = list(faults(corpus, month, folder, contents, coverage, months_before(corpus, month)))
        version = max(published, default=0) + 1
        is_draft = bool(found) and accept is None
        release = Release(month, version, contents, coverage, bucket.name, accept if found else None, notice)
        write_documents(release, folder)
        if is_draft:
            return _keep_draft(bucket, month, folder, found)
        place = f"releases/{release.name}/"
        progress(f"{month}: putting it into {place}")
        _remove(bucket, place)  # what was begun and is no version yet
        for path in _files(folder):
            bucket.put_once(f"{place}{path.name}", path, CONTENT_TYPES.get(path.suffix, "text/plain; charset=utf-8"))
        _remove(bucket, f"releases/{month}/draft/")
    rows = ", ".join(f"{contents.count(kind):,} {kind}" for kind in FILES)
    return Publication(month, place, f"{place}: {rows}")


def _keep_draft(bucket: Bucket, month: str, folder: Path, found: Sequence[str]) -> Publication:
    place = f"releases/{month}/draft/"
    _remove(bucket, place)
    (folder / "WHY").write_text("".join(f"{sentence}\n" for sentence in found), encoding="utf-8")
    for path in _files(folder):
        if path.name != SUMS:  # what has sums is published
            bucket.put_once(f"{place}{path.name}", path, CONTENT_TYPES.get(path.suffix, "text/plain; charset=utf-8"))
    return Publication(month, place, f"{month} is a draft, in {place}", tuple(found))


def _remove(bucket: Bucket, prefix: str) -> None:
    for key in list(bucket.list(prefix)):
        bucket.remove(key)


def _files(folder: Path) -> list[Path]:
    """The files of a release in the order in which they are put into the bucket: the sums last."""
    return sorted(folder.iterdir(), key=lambda path: (path.name == SUMS, path.name))


def _versions(bucket: Bucket, month: str) -> list[int]:
    """The numbers of the month's versions that are whole."""
    prefix = f"releases/{month}/v"
    keys = (key.removeprefix(prefix).split("/") for key in bucket.list(prefix) if key.endswith(f"/{SUMS}"))
    return sorted(int(number) for number, *_ in keys)


def _data_sums(folder: Path) -> dict[str, str]:
    return {file: sha256(folder / file) for file in FILES.values()}


def _published_sums(bucket: Bucket, month: str, version: int) -> dict[str, str]:
    lines = bucket.get(f"releases/{month}/v{version}/{SUMS}").decode().splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    return {file: sums.get(file, "") for file in FILES.values()}
