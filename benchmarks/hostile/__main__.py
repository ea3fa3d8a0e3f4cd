"""What inputs cost that are made to be expensive: CPU time and memory of each, in a process of its own.

    python -m benchmarks.hostile [WORD ...]      the inputs whose names have one of the words

What a crawl promises is MAX_CPU_SECONDS and MAX_GROWTH_BYTES for any of them. The exit code is 1 where one takes more.
The limits of the crawl's own processes are not in force here: what is measured is what the readers bound themselves.
"""

import sys

from benchmarks.hostile.cost import MAX_CPU_SECONDS, MAX_GROWTH_BYTES, cost_of
from benchmarks.hostile.inputs import inputs


def main(words: list[str]) -> int:
    """Exit code 0 where no input takes more than is promised."""
    over, names = 0, [name for name, _, _ in inputs() if not words or any(word in name for word in words)]
    print(f"{'input':44} {'MB':>6} {'CPU s':>7} {'grows by MB':>12}")
    for name in names:
        cost = cost_of(name)
        over += cost.is_over
        mark = f"  OVER {cost.trouble}" if cost.is_over else ""
        print(f"{name:44} {cost.size / 1e6:6.1f} {cost.seconds:7.2f} {cost.growth / 1e6:12.0f}{mark}", flush=True)
    print(f"{len(names)} inputs, {over} of them over {MAX_CPU_SECONDS:g} s of CPU or {MAX_GROWTH_BYTES >> 20} MB")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
