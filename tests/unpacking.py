"""Unpacking tar files that tests bring along."""

import tarfile
from pathlib import Path


def unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Unpack all of `tar` into `folder`, by the safe filter where Python has it (3.11.4)."""
    if hasattr(tarfile, "data_filter"):
        tar.extractall(folder, filter="data")
    else:
        tar.extractall(folder)  # noqa: S202 - the files are our own, or pinned
