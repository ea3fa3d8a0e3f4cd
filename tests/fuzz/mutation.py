"""Mutations that know where a text's joints are: tags, lines, words, records."""

import random
import re
from collections.abc import Sequence

JOINTS = re.compile(rb"(<[^<>]{0,200}>|\r?\n|[\"'{}\[\],:;&?=]|[ ]+)")
MAX_PARTS = 4000
REPEATS = (2, 3, 10, 100, 1000)


def mutated(data: bytes, max_size: int, chance: random.Random, words: Sequence[bytes], seeds: Sequence[bytes]) -> bytes:
    """`data` with one to four changes at its joints, at most `max_size` bytes."""
    parts = [part for part in JOINTS.split(data)[:MAX_PARTS] if part]
    for _ in range(chance.randint(1, 4)):
        _change(parts, chance, words, seeds)
    return b"".join(parts)[:max_size]


def _change(parts: list[bytes], chance: random.Random, words: Sequence[bytes], seeds: Sequence[bytes]) -> None:
    at, other = chance.randrange(len(parts) + 1), chance.randrange(len(parts) + 1)
    first, last = min(at, other), min(max(at, other), min(at, other) + 60)
    kind = chance.randrange(8)
    if kind == 0:
        parts.insert(at, chance.choice(words))
    elif kind == 1:
        parts[at : at + 1] = [chance.choice(words)]
    elif kind == 2:
        del parts[first:last]
    elif kind == 3:
        parts[at:at] = parts[first:last]
    elif kind == 4:
        parts[at:at] = parts[at : at + chance.randint(1, 3)] * chance.choice(REPEATS)
    elif kind == 5:
        parts[first:last] = reversed(parts[first:last])
    elif kind == 6:
        foreign = [part for part in JOINTS.split(chance.choice(seeds)) if part]
        begin = chance.randrange(len(foreign))
        parts[at:at] = foreign[begin : begin + chance.randint(1, 40)]
    elif parts:
        at = min(at, len(parts) - 1)
        turned = bytearray(parts[at])
        turned[chance.randrange(len(turned))] = chance.randrange(256)
        parts[at] = bytes(turned)
