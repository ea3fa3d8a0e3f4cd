"""Memory of cleaning: a process that cleans many different pages, and what it holds on the way.

python -m benchmarks.cleaning.memory FOLDER... [--pages 10000]
"""

import argparse
import itertools
import os
import re
import resource
from pathlib import Path

from benchmarks.cleaning.pages import add_folders, sets_of
from pipelines.cleaning.cleaner import clean

_NAME = re.compile(rb'(?<=class=")|(?<=id=")')
_WORD = re.compile(rb"(?<=[ >])[a-z]{5,}(?=[ .,<])")


def distinct(html: bytes, number: int) -> bytes:
    """A page that no other number gives: each class, each id and every word of five letters or more is its own."""
    mark = f"{number:x}".translate(str.maketrans("0123456789abcdef", "aeioukmnprstlbdg")).encode()
    return _WORD.sub(lambda word: word[0] + mark, _NAME.sub(mark + b" ", html))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add_folders(parser)
    parser.add_argument("--pages", type=int, default=10_000)
    options = parser.parse_args()
    pages = [page for page_set in sets_of(parser, options) for page in page_set.pages]
    count = options.pages
    shown = {1, 100, *(count * tenth // 10 for tenth in range(1, 11))}
    for number, page in enumerate(itertools.islice(itertools.cycle(pages), count), 1):
        clean(distinct(page.html, number), f"{page.url}?{number}" if page.url else "")
        if number in shown:
            resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            size = resident * os.sysconf("SC_PAGE_SIZE") / 2**20
            print(f"{number:7} pages: {size:.0f} MB resident, {peak / 2**10:.0f} MB at most", flush=True)


if __name__ == "__main__":
    main()
