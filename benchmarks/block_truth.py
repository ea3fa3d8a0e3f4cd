"""What of a page's blocks is the article's, by a reference text of it: the truth that the block model is trained on."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.cleaning.blocks import Block
from pipelines.cleaning.text_normalization import letters_only

MIN_FOUND_LETTERS = 20
"""Letters of a block that is looked for anywhere in the reference; a shorter one must follow what was found before."""

MIN_REPEATED_LETTERS = 40
"""Letters of a block that counts once, however often the page has it: a second layout of the same text."""

WINDOW_LETTERS = 16
WINDOW_STEP_LETTERS = 8
"""A block that the reference holds in part is looked for in windows of that size, one each so many letters."""

MIN_SHARE = 0.3
"""Share of a block's windows that the reference must hold; fewer are chance."""


def shares(blocks: Sequence[Block], truth: Mapping[str, Any]) -> list[float | None]:
    """Return the share (0 to 1) of each block's letters that the article has, None where it counts neither way.

    `truth` has the article's `body`, and with `optional` the passages that count neither way.
    """
    body = letters_only(truth["body"])
    lines = {letters_only(line) for line in truth["body"].splitlines()}
    optional = [letters_only(passage) for passage in truth.get("optional", ())]
    found: list[float | None] = [0.0] * len(blocks)
    seen: set[str] = set()
    position = 0
    for number, block in enumerate(blocks):
        key = block.match_key
        if len(key) < MIN_FOUND_LETTERS:
            if key and body.startswith(key, position):
                found[number] = 1.0
                position += len(key)
            elif key in optional:
                found[number] = None
            continue
        at = body.find(key, max(0, position - 5))
        at = body.find(key) if at < 0 else at
        if at >= 0:
            is_copy = key in seen and len(key) >= MIN_REPEATED_LETTERS and body.count(key) < 2
            found[number] = 0.0 if is_copy else 1.0
            position = at + len(key)
        else:
            share = _share_of_windows(key, body)
            found[number] = share if share > MIN_SHARE else 0.0
            if share < 0.5 and any(key in passage or (len(passage) > 20 and passage in key) for passage in optional):
                found[number] = None
        seen.add(key)
    long = [n for n, share in enumerate(found) if (share or 0) >= 0.5 and len(blocks[n].match_key) >= MIN_FOUND_LETTERS]
    if long:
        for number in range(long[0], long[-1]):
            key = blocks[number].match_key
            if found[number] == 0 and 0 < len(key) < MIN_FOUND_LETTERS and key in lines:
                found[number] = 1.0
    return found


def _share_of_windows(key: str, body: str) -> float:
    windows = [
        key[start : start + WINDOW_LETTERS] for start in range(0, len(key) - WINDOW_LETTERS + 1, WINDOW_STEP_LETTERS)
    ]
    return sum(window in body for window in windows) / len(windows)
