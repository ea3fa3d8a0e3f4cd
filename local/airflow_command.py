"""Commands of `airflow` that come to an end, with a log of their own."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.processes import last_words
from local.settings import ROOT


def run_airflow(arguments: Sequence[str], environment: Mapping[str, str], log: Path, timeout_seconds: float) -> str:
    """Run a command to its end, of at most so many seconds. What it failed for, in its last words; empty where it did
    not.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        try:
            exit_code = subprocess.run(
                [sys.executable, "-m", "airflow", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=timeout_seconds,
            ).returncode
        except subprocess.TimeoutExpired:
            exit_code = 1
    return f"{last_words(log)} (all of it: {log})" if exit_code else ""
