"""Which files of a list have been taken in: what a run that was broken off, or is run again, passes over.

<home>/ingest/<digest>.done     a line for each file, under the digest of what was wanted of it

Kept on this machine alone: on another one the files are read again, and what is known of them is passed over there.
"""

import json
from hashlib import sha256
from pathlib import Path

from pipelines.archive.disk import writing


class TakenIn:
    """The files that were read to their end for the same `wanted`: sites, language, whatever decides what is taken."""

    def __init__(self, home: Path, wanted: object) -> None:
        digest = sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
        self._path = home / "ingest" / f"{digest}.done"
        known = self._path.read_text(encoding="utf-8", errors="replace") if self._path.is_file() else ""
        # Of a line that was cut off when the machine stopped, the rest is missing: its file is read again.
        self._sources = {line for line in known.splitlines(keepends=True) if line.endswith("\n")}

    def __contains__(self, source: str) -> bool:
        return f"{source}\n" in self._sources

    def add(self, source: str) -> None:
        """Note that a file was read to its end, and all that it brought is in the spool or delivered.

        Raises DiskFailed.
        """
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{source}\n")
        self._sources.add(f"{source}\n")
