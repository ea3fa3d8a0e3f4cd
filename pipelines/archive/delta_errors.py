"""What deltalake's errors mean to a caller: the store does not answer, its table does not fit, or it is damaged."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError, TableNotFoundError

from pipelines.archive.bucket import StorageDamaged, StorageRefused, StorageUnavailable
from settings.storage import Storage

BACKTRACE = re.compile(r"\s+0: ")
"""Where the library goes on with the frames of its own code."""

FROM_A_STREAM = "External error: "
"""What Arrow puts before an error of the library's that ends a stream of rows."""

OF_A_FILE = "Parquet error: "
OF_A_CONDITION = "evaluating filter predicate"
"""What such an error has where a data file cannot be read, and where that is for a condition: a division by zero."""

ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DamagedOnTheWay(StorageUnavailable):
    """The store has refused bytes that are not those that were sent."""


@contextmanager
def translated_errors(action: str, storage: Storage) -> Iterator[None]:
    """Turn the many errors with which deltalake says that the store does not answer into StorageUnavailable, and those
    about a table of another schema into StorageRefused. `action` is what was attempted, as in "cannot <action>".
    """
    try:
        yield
    except (CommitFailedError, TableNotFoundError):
        raise
    except Exception as error:
        kind = _kind_of(error)
        if kind is None:
            raise
        told = BACKTRACE.split(ANSI_COLOUR.sub("", str(error)))[0]
        reason = " ".join(told.split())
        if kind is StorageDamaged:
            reason = f"it is damaged, or the store's lists lag behind: {reason}"
        endpoint = storage.endpoint_url or "AWS S3"
        raise kind(f"cannot {action} in bucket {storage.bucket} at {endpoint}: {reason}") from error


def _kind_of(error: Exception) -> type[StorageUnavailable | StorageRefused] | None:
    """What an error of deltalake's means, None for one that is ours.

    The library raises a bare Exception where reading a file fails, so that the type alone does not tell.
    """
    if isinstance(error, StorageUnavailable | StorageRefused):
        return None
    if isinstance(error, SchemaMismatchError):
        return StorageRefused
    if "<Code>BadDigest</Code>" in str(error):
        return DamagedOnTheWay
    if "<Code>InvalidRange</Code>" in str(error):
        return StorageDamaged  # the file is shorter than its table says
    if isinstance(error, OSError) or "Generic S3 error" in str(error):
        return StorageUnavailable
    if isinstance(error, DeltaError) or type(error) is Exception or _is_of_a_file(str(error)):
        return StorageDamaged
    return None


def _is_of_a_file(message: str) -> bool:
    return message.startswith(FROM_A_STREAM) and OF_A_FILE in message and OF_A_CONDITION not in message
