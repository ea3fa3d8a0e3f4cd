"""Fuzzes one target in this process: `python -m tests.fuzz.worker TARGET FOLDER SECONDS [LIBFUZZER'S OPTIONS]`.

libFuzzer, through atheris, keeps what reaches new code and tells its coverage on stderr. Inputs that break the target
are saved in FOLDER/crashers, one for each place where they do; the corpus is in FOLDER/corpus.
"""

import hashlib
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import atheris

with atheris.instrument_imports(include=["pipelines", "spiders", "protego", "feedparser"]):
    from tests.fuzz.targets import TARGETS, Target

from tests.fuzz.mutation import mutated

ROOT = Path(__file__).parents[2]

MAX_CPU_SECONDS = 10
"""For one input, as for one page in a crawl."""

MAX_GROWTH_BYTES = 500 << 20
"""Of the process's memory, at one input."""

MAX_WALL_SECONDS = 1200
"""libFuzzer ends the process there: it waits for nothing, and on a busy machine ten seconds of CPU may take minutes."""

MAX_PROCESS_MB = 2500
MAX_INPUT_BYTES = 1 << 16


class TooSlow(Exception):  # noqa: N818 - it names a state
    """An input took more than MAX_CPU_SECONDS."""


class TooLarge(Exception):  # noqa: N818
    """An input made the process grow by more than MAX_GROWTH_BYTES."""


def main() -> None:
    name, folder, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    target = TARGETS[name]
    corpus, crashers = folder / "corpus", folder / "crashers"
    corpus.mkdir(parents=True, exist_ok=True)
    crashers.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    signal.signal(signal.SIGPROF, _too_slow)
    options = [
        f"-artifact_prefix={crashers}/",
        f"-max_total_time={seconds}",
        f"-timeout={MAX_WALL_SECONDS}",
        f"-rss_limit_mb={MAX_PROCESS_MB}",
        f"-max_len={MAX_INPUT_BYTES}",
        *sys.argv[4:],
    ]

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.2:
            return bytes(atheris.Mutate(data, max_size))
        return mutated(data, max_size, chance, target.words, target.seeds)

    atheris.Setup([sys.argv[0], str(corpus), *options], _watched(target, crashers), custom_mutator=mutate)
    atheris.Fuzz()


def _watched(target: Target, crashers: Path) -> Callable[[bytes], None]:
    """The target, within its limits; what breaks it is saved, and the fuzzing goes on."""
    known: set[str] = set()

    def run(data: bytes) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
        try:
            target.run(data)
            if time.process_time() - began > MAX_CPU_SECONDS:
                raise TooSlow("in one call of a library")
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > MAX_GROWTH_BYTES // 1024:
                raise TooLarge("memory")
        except Exception as error:  # noqa: BLE001 - each is a fault, told once
            if (place := _place(error)) not in known:
                known.add(place)
                _save(crashers, place, data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    return run


def _place(error: Exception) -> str:
    """Where an error came up: its kind, and the last line of ours that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    last = ours[-1] if ours else frames[-1]
    return f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"


def _save(crashers: Path, place: str, data: bytes) -> None:
    name = hashlib.sha256(data).hexdigest()[:12]
    (crashers / name).write_bytes(data)
    (crashers / f"{name}.txt").write_text(f"{place}\n\n{traceback.format_exc()}", "utf-8", "backslashreplace")
    print(f"FOUND {place} {name}", file=sys.stderr, flush=True)


def _too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlow(f"more than {MAX_CPU_SECONDS} s of CPU")


if __name__ == "__main__":
    main()
