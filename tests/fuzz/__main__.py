"""Fuzzes the readers of strangers' bytes, one after the other: `make fuzz`.

    python -m tests.fuzz [--minutes 30] [--target clean|page|feeds|sitemaps|robots|dates|warc ...]

Each runs in a process of its own (see worker.py) for so many minutes. What it covered, from beginning to end, and each
input that broke it is printed; `.fuzz/<target>/` keeps the corpus, on which the next call goes on, and the crashers.
The exit code is 0 where nothing was broken.
"""

import argparse
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.targets import TARGETS

FUZZ = Path(__file__).parents[2] / ".fuzz"
PROGRESS = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/")
FOUND = re.compile(r"^FOUND (.+) (\w+)$")
QUARTERS = 5
"""Moments at which the coverage is told, the beginning and the end among them."""


@dataclass
class Session:
    """One target's session. `progress` holds seconds, inputs, and edges covered."""

    progress: list[tuple[float, int, int]] = field(default_factory=list)
    crashers: list[str] = field(default_factory=list)
    exit_code: int = 0

    def growth(self) -> str:
        """The edges covered at the beginning, at each quarter of the time, and at the end."""
        if not self.progress:
            return "nothing"
        end = self.progress[-1][0]
        moments = (end * part / (QUARTERS - 1) for part in range(QUARTERS))
        return " -> ".join(str(self._edges_at(moment)) for moment in moments)

    def _edges_at(self, moment: float) -> int:
        """The edges covered so many seconds after the beginning."""
        return max((edges for at, _, edges in self.progress if at <= moment), default=self.progress[0][2])


def main(arguments: list[str]) -> int:
    """Exit code 0 where no input broke a target."""
    options = _parser().parse_args(arguments)
    broken = 0
    for name in options.target:
        session = fuzz(name, FUZZ / name, options.minutes * 60)
        broken += len(session.crashers) + (session.exit_code != 0)
        inputs = session.progress[-1][1] if session.progress else 0
        said = f"{inputs:8} inputs, edges covered {session.growth()}, {len(session.crashers)} crashers"
        print(f"{name:9} {said}", flush=True)
        for crasher in session.crashers:
            print(f"          {crasher}", flush=True)
        if session.exit_code:
            print(f"          libFuzzer ended with exit code {session.exit_code}: see {FUZZ / name}", flush=True)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0, help="for each target")
    parser.add_argument("--target", nargs="+", choices=sorted(TARGETS), default=sorted(TARGETS), metavar="TARGET")
    return parser


def fuzz(name: str, folder: Path, seconds: float, runs: int | None = None) -> Session:
    """Fuzz one target for `seconds`, or for so many `runs`, which are always the same; its log is in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    session, began = Session(), time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(folder), str(max(1, round(seconds)))]
    if runs is not None:
        command += [f"-runs={runs}", "-seed=1"]
    with (
        (folder / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", errors="replace"
        ) as process,
    ):
        for line in process.stderr or ():
            log.write(line)
            log.flush()
            if found := PROGRESS.match(line):
                session.progress.append((time.monotonic() - began, int(found[1]), int(found[2])))
            elif found := FOUND.match(line):
                session.crashers.append(f"{found[1]}: {folder / 'crashers' / found[2]}")
    session.exit_code = process.returncode
    return session


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
