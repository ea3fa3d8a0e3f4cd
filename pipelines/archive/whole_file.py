"""Files that a user asks for, on local disk: there whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def obstacle(path: Path, *, overwrite: bool, named: str = "the new one") -> str | None:
    """What keeps a file from being written at `path`, in one sentence, in which it is `named` so; None where nothing
    does.
    """
    if path.exists() and not overwrite:
        return f"{path} exists: --overwrite puts {named} in its place"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return None


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to: the file takes its place when the block ends, and is removed where that fails.

    Raises OSError.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
