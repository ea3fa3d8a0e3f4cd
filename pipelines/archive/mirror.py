"""A second copy of the bucket: everything that it holds, checked, in an order in which the copy is whole at any time.

Entries of the tables' logs are listed first and copied last, in order: whatever they refer to is there by then. What
was copied is not copied again, so that a copy that was broken off goes on.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.archive.bucket import PROBE_PREFIX, Bucket, ListedObject, ObjectConflict
from pipelines.archive.tombstones import PREFIX as TOMBSTONES

LOG_FOLDER = "/_delta_log/"
LOG_ENTRY = ".json"
CHECKPOINT_POINTER = "_last_checkpoint"
CONTENT_TYPE = "application/octet-stream"


@dataclass(slots=True)
class Mirrored:
    """What a round came to: objects and bytes copied, objects that were there already, those of which the bucket has
    no more (`removed` is whether they were removed). `damaged` are sentences, one for each object that was not copied.
    """

    copied: int = 0
    copied_bytes: int = 0
    there_already: int = 0
    left_over: list[str] = field(default_factory=list)
    removed: bool = False
    damaged: list[str] = field(default_factory=list)


def mirror(source: Bucket, target: Bucket, *, prune: bool = False, progress: Callable[[str], None]) -> Mirrored:
    """Copy what `source` holds to `target`, which is made where it is missing; with `prune`, or where something was
    taken down since the last time, remove from it what the source has no more.

    Raises StorageUnavailable, DiskFailed.
    """
    target.ensure()
    logs = {listed.key: listed for listed in source.listing("tables/") if LOG_FOLDER in listed.key}
    others = {listed.key: listed for listed in source.listing("") if _is_copied_first(listed.key)}
    there = {listed.key: listed for listed in target.listing("")}
    done = Mirrored()
    tombstones = {key: listed for key, listed in others.items() if key.startswith(TOMBSTONES)}
    every = [*(listed for key, listed in others.items() if key not in tombstones), *_in_order(logs)]
    for number, listed in enumerate(every, 1):
        progress(f"{listed.key} ({number:,} of {len(every):,})")
        _bring(source, target, listed, there, done)
    done.left_over = sorted(there.keys() - others.keys() - logs.keys())
    is_new_takedown = any(not _is_same(listed, there.get(key)) for key, listed in tombstones.items())
    if (prune or is_new_takedown) and not done.damaged:
        # What an entry still refers to goes after the entry.
        for key in sorted(done.left_over, key=lambda key: LOG_FOLDER not in key):
            target.remove(key)
        done.removed = True
    # Last, as they tell whether anything is still to be removed.
    for listed in tombstones.values():
        _bring(source, target, listed, there, done)
    return done


def _is_copied_first(key: str) -> bool:
    return LOG_FOLDER not in key and not key.startswith(PROBE_PREFIX)


def _in_order(logs: Mapping[str, ListedObject]) -> Iterator[ListedObject]:
    """Checkpoints, then entries by their numbers, then what names the last checkpoint."""
    yield from (logs[key] for key in sorted(logs) if not key.endswith((LOG_ENTRY, CHECKPOINT_POINTER)))
    yield from (logs[key] for key in sorted(logs) if key.endswith(LOG_ENTRY))
    yield from (logs[key] for key in sorted(logs) if key.endswith(CHECKPOINT_POINTER))


def _is_same(listed: ListedObject, there: ListedObject | None) -> bool:
    """Whether an object is there with the same bytes, as both stores name them: two tags that differ may be of the same
    bytes, and are copied again.
    """
    return there is not None and (listed.length, listed.etag) == (there.length, there.etag)


def _bring(
    source: Bucket, target: Bucket, listed: ListedObject, there: Mapping[str, ListedObject], done: Mirrored
) -> None:
    """Have the target hold an object as the source has it."""
    if _is_same(listed, there.get(listed.key)):
        done.there_already += 1
    else:
        _copy(source, target, listed, done)


def _copy(source: Bucket, target: Bucket, listed: ListedObject, done: Mirrored) -> None:
    with tempfile.NamedTemporaryFile(prefix="kliping-mirror-") as scratch:
        came = source.download(listed.key, Path(scratch.name))
        if came is None:
            return  # removed since it was listed; what referred to it has been replaced
        sha256, noted = came
        if noted not in (None, sha256):
            done.damaged.append(f"{listed.key}: its bytes are not those that its writer noted; it was not copied")
            return
        try:
            target.put_file(listed.key, Path(scratch.name), CONTENT_TYPE)
        except ObjectConflict as error:
            done.damaged.append(str(error))
            return
        done.copied += 1
        done.copied_bytes += Path(scratch.name).stat().st_size
