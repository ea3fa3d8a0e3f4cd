"""Faults at every place where a crawl can meet them, then a judge who knows what should have come of it: `make chaos`.

    python -m tests.chaos [--seeds 1-40] [--rounds 5] [--jobs 2] [--only KIND ...]

A seed is a small web, an empty bucket and a schedule that it repeats: in each round newsrooms publish or do not, and
one kind of fault strikes one crawl or two. After the last round each site is crawled undisturbed, and the verdict is
asked of readers that are not ours. One line is printed for each seed, a table of the kinds at the end; `.chaos/` keeps
the logs. The exit code is 0 where nothing was lost, doubled or stopped, and nothing is wrong.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from settings.child_process import die_with_parent
from tests.chaos.rounds import ROUNDS
from tests.chaos.seed import Outcome, run_seed

LOGS = Path(__file__).parents[2] / ".chaos"
MAX_SENTENCES = 6
"""Of a seed, on the terminal."""


def main(arguments: list[str]) -> int:
    """Exit code 0 where all seeds came through."""
    options = _parser().parse_args(arguments)
    kinds = options.only or list(ROUNDS)
    logs: Path = options.logs
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    work = [(seed, options.rounds, kinds, logs / f"seed-{seed:03}") for seed in _seeds(options.seeds)]
    outcomes = []
    with ProcessPoolExecutor(
        options.jobs, get_context("spawn"), die_with_parent, (signal.SIGTERM,), max_tasks_per_child=1
    ) as pool:
        for outcome in pool.map(run_seed, *zip(*work, strict=True)):
            outcomes.append(outcome)
            _print_seed(outcome)
    return _print_sum(outcomes, logs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", default="1-40", help="a seed, or the first and the last: 7, 1-40")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="seeds at a time")
    parser.add_argument("--logs", type=Path, default=LOGS, help="folder for the logs; what it holds is removed")
    parser.add_argument("--only", nargs="+", choices=sorted(ROUNDS), metavar="KIND", help="draw from these kinds")
    return parser


def _seeds(stated: str) -> range:
    first, _, last = stated.partition("-")
    return range(int(first), int(last or first) + 1)


def _print_seed(outcome: Outcome) -> None:
    found = outcome.findings
    print(
        f"seed {outcome.seed:3}  {outcome.runs:2} runs  {outcome.seconds:4.0f} s  lost {len(found.lost)}  doubled "
        f"{len(found.doubled)}  stopped {len(found.stopped)}  wrong {len(found.wrong)}  silent {len(found.silent)}  "
        + ", ".join(kind for kind, _ in outcome.rounds),
        flush=True,
    )
    said = found.all()
    for sentence in said[:MAX_SENTENCES]:
        print(f"          {sentence}", flush=True)
    if len(said) > MAX_SENTENCES:
        print(f"          and {len(said) - MAX_SENTENCES} more, in its seed.log", flush=True)


def _print_sum(outcomes: list[Outcome], logs: Path) -> int:
    struck = Counter(kind for outcome in outcomes for kind, _ in outcome.rounds)
    bad = Counter(kind for outcome in outcomes if outcome.findings.all() for kind, _ in outcome.rounds)
    print(f"\n{'kind':28}{'rounds':>8}{'in seeds with a fault':>24}")
    for kind, count in sorted(struck.items()):
        print(f"{kind:28}{count:8}{bad[kind]:24}")
    sums = {
        name: sum(len(getattr(outcome.findings, name)) for outcome in outcomes)
        for name in ("lost", "doubled", "stopped", "wrong", "silent")
    }
    rounds, runs = sum(struck.values()), sum(outcome.runs for outcome in outcomes)
    said = ", ".join(f"{count} {name}" for name, count in sums.items())
    print(f"\n{rounds} rounds over {len(outcomes)} seeds, {runs} runs: {said}. Logs are in {logs}.")
    return 1 if any(sums.values()) else 0


def _with_a_disk_of_its_own(arguments: list[str]) -> int:
    """Run this once more where it may mount a small disk, out of sight of the rest of the machine."""
    unshare = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        return main(arguments)
    inside = [*unshare, sys.executable, "-m", "tests.chaos", *arguments]
    return subprocess.run(inside, env={**os.environ, "CHAOS_INSIDE": "1"}, check=False).returncode


if __name__ == "__main__":
    started_inside = "CHAOS_INSIDE" in os.environ
    sys.exit(main(sys.argv[1:]) if started_inside else _with_a_disk_of_its_own(sys.argv[1:]))
