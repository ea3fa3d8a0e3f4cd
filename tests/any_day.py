"""Runs the tests on other days, in another zone and locale, and on a busy machine: `make test-any-day`.

`python -m tests.any_day [ARGUMENT OF PYTEST ...]` prints a line for each run; where one fails, what pytest said and how
to repeat it come before. The exit code is 0 where all runs passed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Run:
    """One run of the tests: `at` is how far from now, or when, its clock begins."""

    at: timedelta | datetime
    zone: str
    busy: bool = False

    @property
    def offset(self) -> int:
        """Seconds between the clock of this machine and that of the run."""
        apart = self.at if isinstance(self.at, timedelta) else self.at - datetime.now(UTC)
        return round(apart.total_seconds())

    @property
    def name(self) -> str:
        at = f"{self.at.days:+} days" if isinstance(self.at, timedelta) else f"from {self.at:%Y-%m-%d %H:%M %Z}"
        return f"{at}, TZ={self.zone}{', busy machine' if self.busy else ''}"


JAKARTA = timezone(timedelta(hours=7), "WIB")
RUNS = (
    Run(timedelta(days=40), "UTC"),
    Run(timedelta(days=400), "Asia/Jayapura"),
    Run(datetime(2026, 12, 31, 23, 59, tzinfo=JAKARTA), "Asia/Jayapura", busy=True),
    Run(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "UTC"),
    Run(datetime(2028, 2, 29, 12, 0, tzinfo=JAKARTA), "UTC", busy=True),
)
"""Further than a month and a year, over both ends of a year (a run goes on in the next one), and on a leap day."""


def main(arguments: list[str]) -> int:
    """Exit code 0 where the tests passed in all runs, otherwise 1."""
    passed = [_passed(run, arguments) for run in RUNS]
    return 0 if all(passed) else 1


def _passed(run: Run, arguments: list[str]) -> bool:
    """Run the tests and print how that ended."""
    shifted = {
        "LC_ALL": "C",
        "PYTHONPATH": str(ROOT / "tests" / "clock"),
        "TEST_CLOCK_OFFSET": str(run.offset),
        "TZ": run.zone,
    }
    command = [sys.executable, "-m", "pytest", "--numprocesses=auto", "--dist=loadfile", *arguments]
    with _busy_machine() if run.busy else nullcontext():
        ended = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **shifted}, capture_output=True, encoding="utf-8", check=False
        )
    said = ended.stdout.rstrip().splitlines() or [ended.stderr]
    if ended.returncode != 0:
        print("\n".join(said), ended.stderr)
        print("To repeat:", *(f"{name}={value}" for name, value in shifted.items()), *command)
    print(f"{run.name}: {said[-1].strip(' =')}", flush=True)
    return ended.returncode == 0


@contextmanager
def _busy_machine() -> Iterator[None]:
    """A process for each core that does nothing but take its time."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
