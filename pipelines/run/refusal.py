"""Why a run does not begin: one word for machines, one sentence for an operator."""

from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.bucket_identity import WrongBucket
from pipelines.archive.bucket_owner import ForeignBucket
from pipelines.archive.disk import DiskFailed, DiskFull
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.spool import SpoolUnusable
from pipelines.index.database import IndexUnavailable
from settings.storage import SettingsError


class Refusal(Exception):  # noqa: N818 - it names a decision, not an error
    """The run does not begin. `finish_reason` is one word, the message one sentence for an operator."""

    def __init__(self, finish_reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.finish_reason = finish_reason


REFUSAL_REASONS: dict[type[Exception], str] = {
    SettingsError: "wrong_settings",
    SiteBusy: "site_busy",
    WrongBucket: "wrong_bucket",
    ForeignBucket: "foreign_bucket",
    StorageRefused: "storage_refused",
    StorageUnavailable: "storage_unavailable",
    IndexUnavailable: "index_unavailable",
    SpoolUnusable: "spool_damaged",
    DiskFull: "disk_full",
    DiskFailed: "disk_failed",
}
"""What may keep a run from beginning besides its arguments, or end it early, as its finish_reason; the special before
the general."""


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that `error` means, None where it is a fault of ours."""
    if isinstance(error, Refusal):
        return error
    reason = next((reason for kind, reason in REFUSAL_REASONS.items() if isinstance(error, kind)), None)
    return Refusal(reason, str(error)) if reason else None
