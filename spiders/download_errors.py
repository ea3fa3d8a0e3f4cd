"""How a fetch that failed is told: the visit's outcome and one sentence."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from pipelines.cleaning.worker import CleaningError
from pipelines.visit import Outcome
from spiders.expected_error import ExpectedError
from spiders.guard import Excluded, OffSite, TooLarge, Undecodable
from spiders.politeness import RobotsDenied, Stopped
from spiders.replay import NotCaptured

OUTCOMES: tuple[tuple[type[Exception], Outcome], ...] = (
    (RobotsDenied, Outcome.ROBOTS),
    (Excluded, Outcome.RIGHTS),
    (OffSite, Outcome.OFF_SITE),
    (TooLarge, Outcome.TOO_LARGE),
    # Scrapy cancels a download for one cause only: it is larger than DOWNLOAD_MAXSIZE.
    (DownloadCancelledError, Outcome.TOO_LARGE),
    (DownloadTimeoutError, Outcome.TIMEOUT),
    (Undecodable, Outcome.FAILED),
    (NotCaptured, Outcome.FAILED),
    (Stopped, Outcome.FAILED),
    # What is left of IgnoreRequest is Scrapy's "max redirections reached".
    (IgnoreRequest, Outcome.HTTP_ERROR),
)

SENTENCES: dict[type[Exception], str] = {
    CannotResolveHostError: "the host name does not resolve",
    DownloadConnectionRefusedError: "the server refuses connections",
    DownloadCancelledError: "it is larger than the size limit",
    DownloadFailedError: "the connection broke",
    ResponseDataLossError: "the response was cut short",
}

EXPECTED = (
    IgnoreRequest,
    ExpectedError,
    CleaningError,
    DownloadCancelledError,
    DownloadTimeoutError,
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
    NotSupported,
)
"""Errors that the network makes; any other is a fault of ours, and is logged with its traceback."""


def outcome_of(error: Exception) -> Outcome:
    """How a visit ends whose page could not be fetched because of `error`."""
    return next((outcome for kind, outcome in OUTCOMES if isinstance(error, kind)), Outcome.FAILED)


def reason(error: Exception) -> str:
    """`error` in words for an operator."""
    words = next((words for kind, words in SENTENCES.items() if isinstance(error, kind)), None)
    told = str(error) or type(error).__name__
    if words is None:
        return told if isinstance(error, EXPECTED) else f"{type(error).__name__}: {told}"
    return words
